/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-camera-counters.h: what one camera received, recorded and lost since tytod was started.
 *
 * A worker tells the figures of the present run only; they are added up here over the runs. Frames
 * lost are those that a run received and that are in no segment when it is over; while a run lasts
 * they may still be recorded.
 */
#pragma once

#include "store/tyto-segment.h"

G_BEGIN_DECLS

/* TytoCameraRunFigures: the members of the worker's Statistics for one run that are added up. */
typedef struct {
  guint64 packets_received;
  guint64 packets_lost;
  guint64 frames_received;
  guint64 frames_recorded; /* in closed segments */
  guint64 frames_missing;  /* that the camera numbered and that never came whole */
} TytoCameraRunFigures;

/* TytoCameraCounters: a plain value, zeroed before use. */
typedef struct {
  TytoCameraRunFigures past; /* ended runs */
  TytoCameraRunFigures run;  /* the present one, as last told */
  guint64 frames_lost;
  guint64 segments;
  guint64 bytes;
  guint64 reconnects;
  guint64 worker_restarts;
} TytoCameraCounters;

/* What the worker told last of the present run. */
void tyto_camera_counters_take (TytoCameraCounters *self, const TytoCameraRunFigures *figures);
/* The same, by name, as RunEnded tells it: @dict: a{sv}. */
void tyto_camera_counters_update (TytoCameraCounters *self, GVariant *dict);

/* A segment of the present run is in its file. */
void tyto_camera_counters_add_segment (TytoCameraCounters *self, const TytoSegment *segment);

/* The present run is over, by RunEnded or with its worker: adds it up and gives the frames it
 * lost. */
guint64 tyto_camera_counters_end_run (TytoCameraCounters *self);

/* A segment of an ended run was mended: its frames were not lost. */
void tyto_camera_counters_recover_segment (TytoCameraCounters *self, const TytoSegment *segment);

guint64 tyto_camera_counters_get_frames_received (const TytoCameraCounters *self);
guint64 tyto_camera_counters_get_frames_recorded (const TytoCameraCounters *self);
guint64 tyto_camera_counters_get_packets_received (const TytoCameraCounters *self);
guint64 tyto_camera_counters_get_packets_lost (const TytoCameraCounters *self);

guint64 tyto_camera_counters_get_frames_missing (const TytoCameraCounters *self);

/* Packets lost of those sent, 0–1. */
double tyto_camera_counters_get_loss_ratio (const TytoCameraCounters *self);

/* Frames missing or lost of those the camera sent, 0–1. */
double tyto_camera_counters_get_frame_loss_ratio (const TytoCameraCounters *self);

G_END_DECLS
