/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-camera-private.h: what the files of #TytoCamera share. */
#pragma once

#include "recorder/cameras/tyto-camera.h"

G_BEGIN_DECLS

typedef enum {
  CAMERA_SIGNAL_CHANGED,
  CAMERA_SIGNAL_RUN_STARTED,
  CAMERA_SIGNAL_RUN_ENDED,
  CAMERA_SIGNAL_WISH,
  CAMERA_SIGNAL_SEGMENT_BEGUN,
  CAMERA_SIGNAL_SEGMENT_OPENED,
  CAMERA_SIGNAL_SEGMENT_CLOSED,
  CAMERA_SIGNAL_THUMBNAIL_TAKEN,
  CAMERA_SIGNAL_GAP_OPENED,
  CAMERA_SIGNAL_GAP_CLOSED,
  CAMERA_SIGNAL_GAP_MOVED,
  CAMERA_N_SIGNALS
} CameraSignal;

struct _TytoCamera {
  GObject parent_instance;

  char *id; /* stays while the config is exchanged */
  TytoSettings *settings;
  TytoCameraConfig *config;
  TytoCameraState state;
  gint64 state_since_us;
  gint64 asked_us; /* when recording was asked for; -1: it is not */
  char *error;
  gboolean settled;
  const char *restart_reason; /* nullable, static: what the run is being ended for, by our wish */
  char *restart_why;          /* nullable: in words */
  gboolean interrupted;       /* the last run ended otherwise than by our wish */

  TytoRun *run;      /* nullable: the present one */
  char *video_codec; /* of the last run, kept when it is over */
  char *audio_codec;
  char *transport;
  char *ingest;
  guint width;
  guint height;
  char *current_path;     /* "" while no segment is open */
  char *last_path;        /* of the last segment that was opened; "" before the first */
  gint64 last_segment_us; /* end of the last closed segment; -1: none */
  TytoSegment *current;   /* nullable: the open one */
  gint64 last_frame_us;   /* when the last frame came; -1: not known */
  guint worker_pid;       /* 0: none */
  gboolean has_clock_offset;
  gint64 clock_offset_us; /* camera minus recorder */

  double coverage; /* -1: not known */
  TytoCameraCounters counters;
  TytoLedger *ledger;
};

/* @argument: a record or GVariant, NULL for CAMERA_SIGNAL_CHANGED. */
void tyto_camera_emit (TytoCamera *self, CameraSignal signal, gpointer argument);

G_END_DECLS
