/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-capture-stats.h"

#include "base/tyto-time.h"

/* What is told as it is counted where it happens; 0 where nobody counts it. */
static const char *const counters[] = {
  "packets-received", "packets-lost",   "frames-received", "frames-skipped",
  "key-frames",       "bytes-received", "frames-missing",  "stalls",
};

void
tyto_capture_stats_take_clock (TytoCaptureStats *self, const GstStructure *message, gint64 wall_us)
{
  if (!gst_structure_get (message, "camera-time", G_TYPE_INT64, &self->clock_camera_us,
                          "running-time", G_TYPE_UINT64, &self->clock_running_ns, NULL))
    return;
  self->clock_offset_us = self->clock_camera_us - wall_us;
  self->clock_known = TRUE;
}

gboolean
tyto_capture_stats_camera_time (const TytoCaptureStats *self, guint64 running_ns, gint64 *camera_us)
{
  if (self->clock_known)
    *camera_us = self->clock_camera_us + GST_CLOCK_DIFF (self->clock_running_ns, running_ns) / 1000;
  return self->clock_known;
}

guint64
tyto_capture_stats_get_counter (const GstStructure *source, const char *name)
{
  guint64 value = 0;

  if (source != NULL)
    gst_structure_get_uint64 (source, name, &value);
  return value;
}

/* The recorder's clock when the last frame came, 0: none did. */
static gint64
get_last_frame (const GstStructure *source)
{
  gint64 last = 0;

  if (source == NULL || !gst_structure_get_int64 (source, "last-frame-monotonic-us", &last)
      || last <= 0)
    return 0;
  return tyto_time_now () - (g_get_monotonic_time () - last);
}

GVariant *
tyto_capture_stats_to_figures (const TytoCaptureStats *self, const char *run,
                               const GstStructure *source)
{
  return g_variant_new ("(sxbxttttt)", run, get_last_frame (source), self->clock_known,
                        self->clock_known ? self->clock_offset_us : 0,
                        tyto_capture_stats_get_counter (source, "packets-received"),
                        tyto_capture_stats_get_counter (source, "packets-lost"),
                        tyto_capture_stats_get_counter (source, "frames-received"),
                        self->frames_recorded,
                        tyto_capture_stats_get_counter (source, "frames-missing"));
}

void
tyto_capture_stats_insert (const TytoCaptureStats *self, const GstStructure *source,
                           GVariantDict *dict)
{
  gint64 last = get_last_frame (source);

  for (guint i = 0; i < G_N_ELEMENTS (counters); i++)
    g_variant_dict_insert (dict, counters[i], "t",
                           tyto_capture_stats_get_counter (source, counters[i]));
  g_variant_dict_insert (dict, "frames-recorded", "t", self->frames_recorded);
  if (last > 0)
    g_variant_dict_insert (dict, "last-frame", "x", last);
  if (self->clock_known)
    g_variant_dict_insert (dict, "camera-clock-offset", "x", self->clock_offset_us);
}
