/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentoutput.h"
#include "segment/gstsegmentfile.h"
#include "segment/gstsegmentpath.h"

#include "media/tyto-media-file.h"

#define ALLOCATE_LEAST (4 * 1024 * 1024)
#define ALLOCATE_MOST  (64 * 1024 * 1024)

struct _GstSegmentOutput {
  gatomicrefcount references;
  GstSegmentSettings settings;
  gint64 camera_time; /* µs; -1: not known */
  GArray *streams;    /* (element-type GstSegmentStream) */
  guint reference;    /* index of the stream that says how long the segment is */
  GstSegmentRecord record;
  GstSegmentFile *file; /* (nullable): from when it is opened */
  TytoMp4Writer *mp4;
  gsize step; /* bytes to allocate at a time */

  GMutex lock; /* guards what follows */
  GstSegmentExtent written;
  GstSegmentExtent synced;
  guint64 end; /* of what was written: bytes from the start of the file */
};

GstSegmentOutput *
gst_segment_output_new (const GstSegmentSettings *settings, guint64 sequence,
                        const GstSegmentCut *start, gint64 camera_time, GArray *streams)
{
  GstSegmentOutput *output = g_new0 (GstSegmentOutput, 1);

  g_atomic_ref_count_init (&output->references);
  g_mutex_init (&output->lock);
  gst_segment_settings_copy (&output->settings, settings);
  output->camera_time = camera_time;
  output->streams = g_array_ref (streams);
  output->record.sequence = sequence;
  output->record.start = *start;
  output->record.video_codec = output->record.audio_codec = "";
  output->written.wall = output->synced.wall = start->wall;
  for (guint i = streams->len; i > 0; i--) {
    const GstSegmentStream *stream = &g_array_index (streams, GstSegmentStream, i - 1);

    if (stream->audio) {
      output->record.audio_codec = stream->codec;
    } else {
      output->record.video_codec = stream->codec;
      output->reference = i - 1;
    }
  }
  return output;
}

GstSegmentOutput *
gst_segment_output_ref (GstSegmentOutput *output)
{
  g_atomic_ref_count_inc (&output->references);
  return output;
}

void
gst_segment_output_unref (GstSegmentOutput *output)
{
  if (!g_atomic_ref_count_dec (&output->references))
    return;
  gst_segment_output_abandon (output);
  g_clear_pointer (&output->file, gst_segment_file_free);
  g_clear_pointer (&output->mp4, tyto_mp4_writer_free);
  g_array_unref (output->streams);
  gst_segment_settings_clear (&output->settings);
  g_mutex_clear (&output->lock);
  g_free (output);
}

gboolean
gst_segment_output_is_open (const GstSegmentOutput *output)
{
  return output->file != NULL;
}

gchar *
gst_segment_output_dup_location (const GstSegmentOutput *output)
{
  const GstSegmentSettings *settings = &output->settings;

  return gst_segment_path_format (settings->location, settings->root, settings->camera,
                                  settings->run, output->record.sequence,
                                  output->record.start.wall);
}

static TytoMp4Writer *
make_writer (GstSegmentOutput *output)
{
  TytoMediaIdentity identity = {
    .camera = output->settings.camera,
    .stream = (char *) "main",
    .run = output->settings.run,
    .sequence = output->record.sequence,
    .wall_start_us = output->record.start.wall,
    .clock_offset_us = output->record.start.clock_offset,
    .monotonic_start_ns = output->record.start.monotonic,
    .camera_time_us = output->camera_time,
  };
  g_autofree TytoMp4Track *tracks = g_new (TytoMp4Track, output->streams->len);

  for (guint i = 0; i < output->streams->len; i++)
    tracks[i] = g_array_index (output->streams, GstSegmentStream, i).mp4;
  return tyto_mp4_writer_new (&identity, tracks, output->streams->len);
}

/* Appends @bytes (transfer full) to what is to be written. */
static void
append_bytes (GstSegmentOutput *output, GBytes *bytes)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new_wrapped_bytes (bytes);

  gst_segment_file_append (output->file, buffer);
  g_bytes_unref (bytes);
}

gboolean
gst_segment_output_open (GstSegmentOutput *output, gsize step, GError **error)
{
  g_autofree gchar *location = gst_segment_output_dup_location (output);

  output->file = gst_segment_file_create (location, error);
  if (output->file == NULL)
    return FALSE;
  output->step = CLAMP (step, ALLOCATE_LEAST, ALLOCATE_MOST);
  output->mp4 = make_writer (output);
  append_bytes (output, tyto_mp4_writer_header (output->mp4));
  return TRUE;
}

/* The boxes in front, and the samples' bytes as they are. */
static void
append_fragment (GstSegmentOutput *output, GstSegmentFragment *fragment)
{
  for (guint i = 0; i < fragment->samples->len; i++)
    tyto_mp4_writer_add (output->mp4, fragment->stream,
                         &g_array_index (fragment->samples, TytoMp4Sample, i));
  append_bytes (output, tyto_mp4_writer_end_fragment (output->mp4, fragment->stream));
  gst_segment_file_append_all (output->file, g_steal_pointer (&fragment->buffers), fragment->bytes);
}

static gint64
get_label (const GstSegmentOutput *output, GstClockTimeDiff running_time)
{
  const GstSegmentCut *start = &output->record.start;

  return start->wall
         + (running_time - (GstClockTimeDiff) start->running_time) / (gint64) GST_USECOND;
}

static void
count_fragment (GstSegmentOutput *output, const GstSegmentFragment *fragment)
{
  if (fragment->audio) {
    output->record.audio_frames += fragment->samples->len;
  } else {
    output->record.frames += fragment->samples->len;
    output->record.key_frames += fragment->key_frames;
    output->written.frames += fragment->samples->len;
  }
  output->written.bytes += fragment->bytes;
  if (fragment->stream == output->reference)
    output->written.wall = get_label (output, fragment->end);
}

gboolean
gst_segment_output_write (GstSegmentOutput *output, GPtrArray *fragments, GError **error)
{
  gsize bytes = gst_segment_file_get_pending (output->file);

  for (guint i = 0; i < fragments->len; i++)
    bytes += ((const GstSegmentFragment *) fragments->pdata[i])->bytes;
  /* Before the index knows of them. */
  if (!gst_segment_file_reserve (output->file, bytes, output->step, error))
    return FALSE;
  for (guint i = 0; i < fragments->len; i++)
    append_fragment (output, fragments->pdata[i]);
  if (!gst_segment_file_flush (output->file, error))
    return FALSE;
  g_mutex_lock (&output->lock);
  for (guint i = 0; i < fragments->len; i++)
    count_fragment (output, fragments->pdata[i]);
  output->end = gst_segment_file_get_written (output->file);
  g_mutex_unlock (&output->lock);
  return TRUE;
}

gboolean
gst_segment_output_end (GstSegmentOutput *output, GError **error)
{
  append_bytes (output, tyto_mp4_writer_trailer (output->mp4));
  if (!gst_segment_file_end (output->file, error))
    return FALSE;
  g_mutex_lock (&output->lock);
  output->end = gst_segment_file_get_written (output->file);
  g_mutex_unlock (&output->lock);
  return TRUE;
}

static guint64
get_end (GstSegmentOutput *output, GstSegmentExtent *written)
{
  guint64 end;

  g_mutex_lock (&output->lock);
  *written = output->written;
  end = output->end;
  g_mutex_unlock (&output->lock);
  return end;
}

void
gst_segment_output_begin_sync (GstSegmentOutput *output)
{
  GstSegmentExtent written;

  gst_segment_file_begin_sync (output->file, get_end (output, &written));
}

gboolean
gst_segment_output_sync (GstSegmentOutput *output, GError **error)
{
  GstSegmentExtent written;
  guint64 end = get_end (output, &written);

  if (!gst_segment_file_sync (output->file, end, error))
    return FALSE;
  g_mutex_lock (&output->lock);
  output->synced = written;
  g_mutex_unlock (&output->lock);
  return TRUE;
}

gboolean
gst_segment_output_is_dirty (GstSegmentOutput *output)
{
  gboolean dirty;

  g_mutex_lock (&output->lock);
  dirty = output->written.bytes != output->synced.bytes;
  g_mutex_unlock (&output->lock);
  return dirty;
}

gboolean
gst_segment_output_close (GstSegmentOutput *output, GError **error)
{
  return gst_segment_file_close (output->file, error);
}

gboolean
gst_segment_output_sync_name (GstSegmentOutput *output, GError **error)
{
  return gst_segment_file_sync_name (output->file, error);
}

gboolean
gst_segment_output_rescue (GstSegmentOutput *output, GError **error)
{
  g_autoptr (TytoMediaFile) mended = NULL;

  gst_segment_file_abandon (output->file);
  mended = tyto_media_file_mend (gst_segment_file_get_part (output->file), error);
  return mended != NULL && gst_segment_file_adopt (output->file, error);
}

void
gst_segment_output_abandon (GstSegmentOutput *output)
{
  if (output->file == NULL)
    return;
  gst_segment_file_abandon (output->file);
  if (output->written.bytes == 0)
    gst_segment_file_remove (output->file);
}

guint64
gst_segment_output_get_size (const GstSegmentOutput *output)
{
  return gst_segment_file_get_size (output->file);
}

const gchar *
gst_segment_output_get_part (const GstSegmentOutput *output)
{
  return output->file != NULL ? gst_segment_file_get_part (output->file) : NULL;
}

GstStructure *
gst_segment_output_describe_opened (const GstSegmentOutput *output)
{
  return gst_segment_record_opened (&output->record, output->settings.camera, output->settings.run,
                                    gst_segment_format_get_nick (GST_SEGMENT_FORMAT_MP4),
                                    gst_segment_file_get_path (output->file));
}

GstStructure *
gst_segment_output_describe_closed (const GstSegmentOutput *output, GstClockTime end,
                                    const gchar *reason)
{
  const GstSegmentCut *start = &output->record.start;

  if (!GST_CLOCK_TIME_IS_VALID (end))
    end = start->running_time
          + (GstClockTime) MAX (output->written.wall - start->wall, 0) * GST_USECOND;
  return gst_segment_record_closed (&output->record, output->settings.camera, output->settings.run,
                                    gst_segment_format_get_nick (GST_SEGMENT_FORMAT_MP4),
                                    gst_segment_file_get_path (output->file), end,
                                    gst_segment_output_get_size (output), reason);
}

void
gst_segment_output_get_extents (GstSegmentOutput *output, GstSegmentExtent *written,
                                GstSegmentExtent *synced)
{
  g_mutex_lock (&output->lock);
  *written = output->written;
  *synced = output->synced;
  g_mutex_unlock (&output->lock);
}
