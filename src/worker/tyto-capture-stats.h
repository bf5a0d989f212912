/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-capture-stats.h: the statistics of one run, as org.tyto.Worker1 tells them. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* TytoCaptureStats: a plain value.
 * @frames_recorded: video frames in closed segments
 * @clock_known: whether the camera has told its time
 * @clock_camera_us: camera's clock, µs since the Unix epoch, at @clock_running_ns of running time
 * @clock_offset_us: camera's clock minus the recorder's, then */
typedef struct {
  guint64 frames_recorded;
  gboolean clock_known;
  gint64 clock_camera_us;
  guint64 clock_running_ns;
  gint64 clock_offset_us;
} TytoCaptureStats;

/* Takes a "camerasrc-clock" message; @wall_us: the recorder's clock at its running time. */
void
tyto_capture_stats_take_clock (TytoCaptureStats *self, const GstStructure *message, gint64 wall_us);

/* The camera's clock at @running_ns, µs since the Unix epoch: FALSE when it is unknown. */
gboolean tyto_capture_stats_camera_time (const TytoCaptureStats *self, guint64 running_ns,
                                         gint64 *camera_us);

/* The figure @name (guint64) of @source, camerasrc's stats or a message; 0 where it has none, or
 * @source is NULL. */
guint64 tyto_capture_stats_get_counter (const GstStructure *source, const char *name);

/* The figures of @run as Statistics tells them: (sxbxttttt), floating. @source: as below. */
GVariant *tyto_capture_stats_to_figures (const TytoCaptureStats *self, const char *run,
                                         const GstStructure *source);

/* Adds all of them, by name, to @dict. @source: camerasrc's stats; may be NULL. */
void tyto_capture_stats_insert (const TytoCaptureStats *self, const GstStructure *source,
                                GVariantDict *dict);

G_END_DECLS
