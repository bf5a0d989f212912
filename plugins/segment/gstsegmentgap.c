/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentgap.h"

static void
post (const GstSegmentGap *gap, GstElement *element, const GstSegmentSettings *settings)
{
  GstStructure *structure = gst_structure_new (
      "tyto-segment-gap", "camera", G_TYPE_STRING, settings->camera, "run", G_TYPE_STRING,
      settings->run, "reason", G_TYPE_STRING, gap->reason, "state", G_TYPE_STRING,
      gap->open ? "open" : "closed", "wall-start", G_TYPE_INT64, gap->start, "frames",
      G_TYPE_UINT64, gap->frames, "bytes", G_TYPE_UINT64, gap->bytes, "detail", G_TYPE_STRING,
      gap->detail != NULL ? gap->detail : "", NULL);

  if (!gap->open)
    gst_structure_set (structure, "wall-end", G_TYPE_INT64, gap->last, NULL);
  if (gap->part != NULL)
    gst_structure_set (structure, "part", G_TYPE_STRING, gap->part, NULL);
  gst_element_post_message (element, gst_message_new_element (GST_OBJECT (element), structure));
}

void
gst_segment_gap_start (GstSegmentGap *gap, GstElement *element, const GstSegmentSettings *settings,
                       const gchar *reason, gint64 wall, const gchar *detail, const gchar *part)
{
  if (gap->open && g_str_equal (gap->reason, reason))
    return;
  gst_segment_gap_end (gap, element, settings, wall);
  gst_segment_gap_clear (gap);
  *gap = (GstSegmentGap){ .open = TRUE, .reason = reason, .start = wall, .last = wall };
  gap->detail = g_strdup (detail);
  gap->part = g_strdup (part);
  post (gap, element, settings);
}

void
gst_segment_gap_count (GstSegmentGap *gap, guint64 frames, guint64 bytes, gint64 wall)
{
  if (!gap->open)
    return;
  gap->frames += frames;
  gap->bytes += bytes;
  gap->last = MAX (gap->last, wall);
}

void
gst_segment_gap_end (GstSegmentGap *gap, GstElement *element, const GstSegmentSettings *settings,
                     gint64 wall)
{
  if (!gap->open)
    return;
  gap->open = FALSE;
  gap->last = MAX (gap->start, wall);
  post (gap, element, settings);
}

void
gst_segment_gap_clear (GstSegmentGap *gap)
{
  g_clear_pointer (&gap->detail, g_free);
  g_clear_pointer (&gap->part, g_free);
}
