/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentopenings.h"

void
gst_segment_opening_free (GstSegmentOpening *opening)
{
  gst_segment_output_unref (opening->output);
  g_clear_pointer (&opening->opened, gst_structure_free);
  g_clear_pointer (&opening->close, gst_segment_job_free);
  g_free (opening);
}

GstSegmentOpening *
gst_segment_openings_find (const GQueue *openings, const GstSegmentOutput *output)
{
  for (GList *l = openings->head; l != NULL; l = l->next)
    if (((GstSegmentOpening *) l->data)->output == output)
      return l->data;
  return NULL;
}

gboolean
gst_segment_openings_is_closing (const GQueue *openings)
{
  for (GList *l = openings->head; l != NULL; l = l->next)
    if (((const GstSegmentOpening *) l->data)->close != NULL)
      return TRUE;
  return FALSE;
}

guint64
gst_segment_openings_get_unsynced (const GQueue *openings)
{
  guint64 unsynced = 0;

  for (GList *l = openings->head; l != NULL; l = l->next) {
    GstSegmentExtent written, synced;

    gst_segment_output_get_extents (((const GstSegmentOpening *) l->data)->output, &written,
                                    &synced);
    unsynced += written.bytes - synced.bytes;
  }
  return unsynced;
}
