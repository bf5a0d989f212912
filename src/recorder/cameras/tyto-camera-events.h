/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-camera-events.h: what happens to a #TytoCamera: the wishes of people and the news of its
 * worker. The dictionaries are those of data/org.tyto.Worker1.xml.
 */
#pragma once

#include "recorder/cameras/tyto-camera-counters.h"
#include "recorder/cameras/tyto-camera.h"

G_BEGIN_DECLS

/* It shall be recorded from @now_us (wall clock, µs) on: connecting, unless it was asked before. */
void tyto_camera_ask (TytoCamera *self, gint64 now_us);

/* It was to be recorded until @until_us and its worker has let go of it: off. */
void tyto_camera_cease (TytoCamera *self, gint64 until_us);

/* @pid: of the worker that records it, 0 when there is none. */
void tyto_camera_set_worker (TytoCamera *self, guint pid);

/* Its worker died (@detail: how; @next: what happens now), or kept dying until it was parked. */
void
tyto_camera_worker_died (TytoCamera *self, const char *detail, const char *next, gboolean parked);

/* Its recording is about to be ended and started anew: the gap's @reason, and @why in words. */
void tyto_camera_restarting (TytoCamera *self, const char *reason, const char *why);

/* It cannot be handed to a worker as it is configured. */
void tyto_camera_refused (TytoCamera *self, const GError *error);

void tyto_camera_worker_state (TytoCamera *self, const char *state, GVariant *details);
void tyto_camera_run_started (TytoCamera *self, GVariant *dict);
void tyto_camera_run_ended (TytoCamera *self, GVariant *dict);
void tyto_camera_segment_opened (TytoCamera *self, GVariant *dict);
void tyto_camera_segment_closed (TytoCamera *self, GVariant *dict);
void tyto_camera_gap (TytoCamera *self, GVariant *dict);
/* A segment that a dead worker of it left was mended: as if it were closed, only later. */
void tyto_camera_segment_recovered (TytoCamera *self, TytoSegment *segment);
void tyto_camera_thumbnail_taken (TytoCamera *self, GVariant *dict);

/* TytoCameraFigures: a camera's of the worker's Statistics.
 * @run: id; those of another run are not taken
 * @last_frame_us: the recorder's clock, 0: none came yet
 * @clock_offset_us: camera's clock minus the recorder's, while @has_clock_offset */
typedef struct {
  const char *run;
  gint64 last_frame_us;
  gboolean has_clock_offset;
  gint64 clock_offset_us;
  TytoCameraRunFigures counted;
} TytoCameraFigures;

void tyto_camera_statistics (TytoCamera *self, const TytoCameraFigures *figures);

G_END_DECLS
