/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentrecord.h"

static GstStructure *
new_structure (const gchar *name, const GstSegmentRecord *record, const gchar *camera,
               const gchar *run, const gchar *format, const gchar *path)
{
  return gst_structure_new (
      name, "camera", G_TYPE_STRING, camera, "run", G_TYPE_STRING, run, "sequence", G_TYPE_UINT64,
      record->sequence, "path", G_TYPE_STRING, path, "format", G_TYPE_STRING, format, "video-codec",
      G_TYPE_STRING, record->video_codec, "audio-codec", G_TYPE_STRING, record->audio_codec,
      "wall-start", G_TYPE_INT64, record->start.wall, "monotonic-start", G_TYPE_UINT64,
      record->start.monotonic, "running-start", G_TYPE_UINT64, record->start.running_time,
      "clock-offset", G_TYPE_INT64, record->start.clock_offset, "clock-source", G_TYPE_STRING,
      "system", NULL);
}

GstStructure *
gst_segment_record_opened (const GstSegmentRecord *record, const gchar *camera, const gchar *run,
                           const gchar *format, const gchar *path)
{
  return new_structure ("tyto-segment-opened", record, camera, run, format, path);
}

GstStructure *
gst_segment_record_closed (const GstSegmentRecord *record, const gchar *camera, const gchar *run,
                           const gchar *format, const gchar *path, GstClockTime end, guint64 bytes,
                           const gchar *reason)
{
  GstStructure *structure
      = new_structure ("tyto-segment-closed", record, camera, run, format, path);
  GstClockTime duration = end > record->start.running_time ? end - record->start.running_time : 0;

  gst_structure_set (structure, "duration", G_TYPE_UINT64, duration, "frames", G_TYPE_UINT64,
                     record->frames, "key-frames", G_TYPE_UINT64, record->key_frames,
                     "audio-frames", G_TYPE_UINT64, record->audio_frames, "bytes", G_TYPE_UINT64,
                     bytes, "reason", G_TYPE_STRING, reason, NULL);
  return structure;
}
