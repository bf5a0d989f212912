/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-camera-facts.h: how a #TytoCamera is at one moment, for those who judge it. */
#pragma once

#include "recorder/cameras/tyto-camera.h"

G_BEGIN_DECLS

/**
 * TytoCameraFacts: strings belong to the camera and hold until it changes.
 * @error: "" for none
 * @worker_pid: 0 when no worker records it
 * @gap_reason, @gap_detail: of the open gap; NULL when none is open
 * @reconnects, @worker_restarts, @segments: counters
 * @frames_sent: by the camera, as far as can be told
 * @frames_lost: of those, that never came whole or were not recorded
 * @segment_seconds: as set, for it or for all
 * @current_path: of the open segment, as it will be called; "" when none is open
 * @last_path: of that one or the last before it; "" before the first
 * @has_clock, @clock_offset_us: the camera's clock minus the recorder's, when it is known
 */
typedef struct {
  TytoCameraState state;
  const char *error;
  guint worker_pid;
  const char *gap_reason;
  const char *gap_detail;
  guint64 reconnects;
  guint64 worker_restarts;
  guint64 segments;
  guint64 frames_sent;
  guint64 frames_lost;
  guint segment_seconds;
  const char *current_path;
  const char *last_path;
  gboolean has_clock;
  gint64 clock_offset_us;
} TytoCameraFacts;

void tyto_camera_get_facts (TytoCamera *self, TytoCameraFacts *facts);

G_END_DECLS
