/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "index/gstsegmententry.h"

void
gst_segment_entry_clear (GstSegmentEntry *self)
{
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->object, g_free);
  g_clear_pointer (&self->sha256, g_free);
  g_clear_pointer (&self->media, tyto_media_file_free);
}

static void
append_fragment (GValue *fragments, const TytoMediaFragment *fragment)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, GST_TYPE_STRUCTURE);
  g_value_take_boxed (
      &value, gst_structure_new ("fragment", "track", G_TYPE_UINT, fragment->track, "offset",
                                 G_TYPE_UINT64, fragment->offset, "size", G_TYPE_UINT64,
                                 fragment->size, "time", G_TYPE_UINT64, fragment->time_ns,
                                 "duration", G_TYPE_UINT64, fragment->duration_ns, "frames",
                                 G_TYPE_UINT, fragment->frames, "key-frames", G_TYPE_UINT,
                                 fragment->key_frames, "key", G_TYPE_BOOLEAN, fragment->key, NULL));
  gst_value_array_append_value (fragments, &value);
}

static void
set_fragments (GstStructure *structure, const GArray *fragments)
{
  GValue array = G_VALUE_INIT;

  gst_value_array_init (&array, fragments->len);
  for (guint i = 0; i < fragments->len; i++)
    append_fragment (&array, &g_array_index (fragments, TytoMediaFragment, i));
  gst_structure_take_value (structure, "fragments", &array);
}

static void
set_media (GstStructure *structure, const TytoMediaFile *media)
{
  const TytoMediaIdentity *identity = &media->identity;

  gst_structure_set (structure, "format", G_TYPE_STRING, media->format, "camera", G_TYPE_STRING,
                     identity->camera, "stream", G_TYPE_STRING, identity->stream, "run",
                     G_TYPE_STRING, identity->run, "sequence", G_TYPE_UINT64, identity->sequence,
                     "wall-start", G_TYPE_INT64, identity->wall_start_us, "duration", G_TYPE_UINT64,
                     media->duration_ns, "frames", G_TYPE_UINT64, media->frames, "key-frames",
                     G_TYPE_UINT64, media->key_frames, "audio-frames", G_TYPE_UINT64,
                     media->audio_frames, "video-codec", G_TYPE_STRING, media->video_codec,
                     "audio-codec", G_TYPE_STRING, media->audio_codec, NULL);
  set_fragments (structure, media->fragments);
}

GstStructure *
gst_segment_entry_to_structure (const GstSegmentEntry *self)
{
  GstStructure *structure = gst_structure_new (
      "segment-index", "size", G_TYPE_UINT64, self->bytes, "sha256", G_TYPE_STRING, self->sha256,
      "path", G_TYPE_STRING, self->path, "object", G_TYPE_STRING, self->object, NULL);

  if (self->media != NULL)
    set_media (structure, self->media);
  return structure;
}
