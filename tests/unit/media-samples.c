/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media-samples.h"

#include <gio/gio.h>
#include <gst/app/gstappsink.h>
#include <gst/gst.h>
#include <stdio.h>
#include <string.h>

#define VIDEO_HZ         90000
#define OPUS_HEAD_FIXED  8 /* "OpusHead": RFC 7845, 5.1 */
#define OPUS_HEAD_LENGTH 19

/* The body of dOps has the fields of OpusHead in another byte order, and version 0. */
static GBytes *
make_dops (const GstStructure *caps)
{
  const GValue *headers = gst_structure_get_value (caps, "streamheader");
  GstBuffer *buffer = gst_value_get_buffer (gst_value_array_get_value (headers, 0));
  guint8 head[OPUS_HEAD_LENGTH];
  guint8 dops[OPUS_HEAD_LENGTH - OPUS_HEAD_FIXED];

  g_assert_cmpuint (gst_buffer_extract (buffer, 0, head, sizeof head), ==, sizeof head);
  memcpy (dops, head + OPUS_HEAD_FIXED, sizeof dops);
  dops[0] = 0;
  dops[2] = head[11];
  dops[3] = head[10];
  for (guint i = 0; i < 4; i++)
    dops[4 + i] = head[15 - i];
  dops[8] = head[17];
  dops[9] = head[16];
  return g_bytes_new (dops, sizeof dops);
}

static void
take_caps (MediaSamples *self, const GstCaps *caps)
{
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  const GValue *data = gst_structure_get_value (structure, "codec_data");
  const char *name = gst_structure_get_name (structure);
  TytoMp4Track *track = &self->track;
  int value;

  if (g_str_equal (name, "video/x-h264"))
    track->codec = TYTO_MP4_H264;
  else if (g_str_equal (name, "video/x-h265"))
    track->codec = TYTO_MP4_H265;
  else if (g_str_equal (name, "audio/mpeg"))
    track->codec = TYTO_MP4_AAC;
  else
    track->codec = TYTO_MP4_OPUS;
  if (gst_structure_get_int (structure, "width", &value))
    track->width = (guint) value;
  if (gst_structure_get_int (structure, "height", &value))
    track->height = (guint) value;
  if (gst_structure_get_int (structure, "channels", &value))
    track->channels = (guint) value;
  if (gst_structure_get_int (structure, "rate", &value))
    track->rate = (guint) value;
  track->timescale = track->width > 0 ? VIDEO_HZ : track->rate;
  if (track->codec == TYTO_MP4_OPUS) {
    track->codec_data = make_dops (structure);
  } else {
    GstBuffer *buffer = gst_value_get_buffer (data);
    gsize size = gst_buffer_get_size (buffer);
    guint8 *bytes = g_malloc (size);

    gst_buffer_extract (buffer, 0, bytes, size);
    track->codec_data = g_bytes_new_take (bytes, size);
  }
}

static guint64
to_units (const MediaSamples *self, GstClockTime time)
{
  return gst_util_uint64_scale_round (time, self->track.timescale, GST_SECOND);
}

static void
take_buffer (MediaSamples *self, GstBuffer *buffer, GstClockTime origin)
{
  gboolean has_dts = GST_BUFFER_DTS_IS_VALID (buffer);
  guint64 pts = to_units (self, GST_BUFFER_PTS (buffer) - origin);
  guint64 dts = has_dts ? to_units (self, GST_BUFFER_DTS (buffer) - origin) : pts;
  gsize size = gst_buffer_get_size (buffer);
  guint8 *bytes = g_malloc (size);
  TytoMp4Sample sample = {
    .dts = dts,
    .duration = (guint32) to_units (self, GST_BUFFER_DURATION (buffer)),
    .composition_offset = (gint32) ((gint64) pts - (gint64) dts),
    .size = (guint32) size,
    .key = !GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT),
  };

  gst_buffer_extract (buffer, 0, bytes, size);
  g_array_append_val (self->samples, sample);
  g_ptr_array_add (self->payloads, g_bytes_new_take (bytes, size));
}

static void
await_end (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message
      = gst_bus_timed_pop_filtered (bus, 60 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);

  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

MediaSamples *
media_samples_encode (const char *pipeline)
{
  MediaSamples *self = g_new0 (MediaSamples, 1);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) element = gst_parse_launch (pipeline, &error);
  g_autoptr (GstElement) out = NULL;
  GstClockTime origin = GST_CLOCK_TIME_NONE;
  GstSample *sample;

  g_assert_no_error (error);
  self->samples = g_array_new (FALSE, FALSE, sizeof (TytoMp4Sample));
  self->payloads = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  out = gst_bin_get_by_name (GST_BIN (element), "out");
  g_object_set (out, "sync", FALSE, NULL);
  gst_element_set_state (element, GST_STATE_PLAYING);
  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (out))) != NULL) {
    GstBuffer *buffer = gst_sample_get_buffer (sample);

    if (self->samples->len == 0) {
      take_caps (self, gst_sample_get_caps (sample));
      origin = GST_BUFFER_DTS_OR_PTS (buffer);
    }
    take_buffer (self, buffer, origin);
    gst_sample_unref (sample);
  }
  await_end (element);
  g_assert_cmpuint (self->samples->len, >, 0);
  return self;
}

void
media_samples_free (MediaSamples *self)
{
  g_bytes_unref (self->track.codec_data);
  g_array_unref (self->samples);
  g_ptr_array_unref (self->payloads);
  g_free (self);
}

MediaSamples *
media_samples_h264 (guint frames, gboolean b_frames)
{
  g_autofree char *pipeline = g_strdup_printf (
      "videotestsrc num-buffers=%u ! video/x-raw,width=320,height=240,framerate=25/1 ! "
      "x264enc key-int-max=50 bitrate=200 bframes=%d b-adapt=false speed-preset=veryfast ! "
      "h264parse ! video/x-h264,stream-format=avc,alignment=au ! appsink name=out",
      frames, b_frames ? 2 : 0);

  return media_samples_encode (pipeline);
}

MediaSamples *
media_samples_h265 (guint frames)
{
  g_autofree char *pipeline = g_strdup_printf (
      "videotestsrc num-buffers=%u ! video/x-raw,width=320,height=240,framerate=25/1 ! "
      "x265enc key-int-max=50 bitrate=200 speed-preset=ultrafast ! h265parse ! "
      "video/x-h265,stream-format=hvc1,alignment=au ! appsink name=out",
      frames);

  return media_samples_encode (pipeline);
}

MediaSamples *
media_samples_aac (guint frames)
{
  g_autofree char *pipeline = g_strdup_printf (
      "audiotestsrc num-buffers=%u samplesperbuffer=1024 ! audio/x-raw,rate=44100,channels=1 ! "
      "voaacenc ! aacparse ! audio/mpeg,stream-format=raw ! appsink name=out",
      frames);

  return media_samples_encode (pipeline);
}

MediaSamples *
media_samples_opus (guint frames)
{
  g_autofree char *pipeline = g_strdup_printf (
      "audiotestsrc num-buffers=%u samplesperbuffer=960 ! audio/x-raw,rate=48000,channels=1 ! "
      "opusenc ! opusparse ! appsink name=out",
      frames);

  return media_samples_encode (pipeline);
}

static void
put (FILE *file, GBytes *bytes)
{
  gsize size;
  const void *data = g_bytes_get_data (bytes, &size);

  g_assert_cmpuint (fwrite (data, 1, size, file), ==, size);
}

/* Writes what is pending of @track: its boxes, then the payloads from @first on. */
static void
end_fragment (FILE *file, TytoMp4Writer *writer, MediaSamples *track, guint number, guint next)
{
  guint pending = tyto_mp4_writer_get_pending (writer, number, NULL);
  g_autoptr (GBytes) boxes = tyto_mp4_writer_end_fragment (writer, number);

  if (boxes == NULL)
    return;
  put (file, boxes);
  for (guint i = next - pending; i < next; i++)
    put (file, g_ptr_array_index (track->payloads, i));
}

static void
write_tracks (FILE *file, TytoMp4Writer *writer, MediaSamples *const *tracks, guint n_tracks)
{
  g_autofree guint *next = g_new0 (guint, n_tracks);
  gboolean more = TRUE;

  for (guint64 second = 1; more; second++) {
    more = FALSE;
    for (guint t = 0; t < n_tracks; t++) {
      guint64 end = second * tracks[t]->track.timescale;

      while (next[t] < tracks[t]->samples->len
             && g_array_index (tracks[t]->samples, TytoMp4Sample, next[t]).dts < end)
        tyto_mp4_writer_add (writer, t,
                             &g_array_index (tracks[t]->samples, TytoMp4Sample, next[t]++));
      end_fragment (file, writer, tracks[t], t, next[t]);
      more |= next[t] < tracks[t]->samples->len;
    }
  }
}

void
media_samples_write (const char *path, const TytoMediaIdentity *identity,
                     MediaSamples *const *tracks, guint n_tracks, gboolean finish)
{
  g_autofree TytoMp4Track *infos = g_new0 (TytoMp4Track, n_tracks);
  g_autoptr (TytoMp4Writer) writer = NULL;
  g_autoptr (GBytes) header = NULL;
  FILE *file = fopen (path, "we");

  g_assert_nonnull (file);
  for (guint t = 0; t < n_tracks; t++)
    infos[t] = tracks[t]->track;
  writer = tyto_mp4_writer_new (identity, infos, n_tracks);
  header = tyto_mp4_writer_header (writer);
  put (file, header);
  write_tracks (file, writer, tracks, n_tracks);
  if (finish) {
    g_autoptr (GBytes) trailer = tyto_mp4_writer_trailer (writer);

    put (file, trailer);
  }
  g_assert_cmpint (ftell (file), ==, (long) tyto_mp4_writer_get_size (writer));
  g_assert_cmpint (fclose (file), ==, 0);
}

void
media_samples_run (const char *pipeline, const char *comment)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) element = gst_parse_launch (pipeline, &error);
  g_autoptr (GstElement) muxer = NULL;

  g_assert_no_error (error);
  muxer = gst_bin_get_by_name (GST_BIN (element), "mux");
  if (GST_IS_TAG_SETTER (muxer))
    gst_tag_setter_add_tags (GST_TAG_SETTER (muxer), GST_TAG_MERGE_REPLACE, GST_TAG_COMMENT,
                             comment, NULL);
  gst_element_set_state (element, GST_STATE_PLAYING);
  await_end (element);
}

char *
media_samples_command (const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_newv (
      argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE, &error);
  g_autoptr (GBytes) bytes = NULL;
  const char *said;

  g_assert_no_error (error);
  g_subprocess_communicate (process, NULL, NULL, &bytes, NULL, &error);
  g_assert_no_error (error);
  said = g_bytes_get_data (bytes, NULL);
  if (!g_subprocess_get_successful (process))
    g_error ("%s %s: %s", argv[0], argv[g_strv_length ((char **) argv) - 1], said);
  return g_strndup (said != NULL ? said : "", g_bytes_get_size (bytes));
}

void
media_samples_assert_decodes (const char *path)
{
  const char *argv[] = { "ffmpeg", "-v", "error", "-i", path, "-f", "null", "-", NULL };
  g_autofree char *said = media_samples_command (argv);

  g_assert_cmpstr (said, ==, "");
}

guint
media_samples_count_packets (const char *path, const char *type)
{
  g_autofree char *stream = g_strdup_printf ("%s:0", type);
  const char *argv[] = { "ffprobe",
                         "-v",
                         "error",
                         "-count_packets",
                         "-select_streams",
                         stream,
                         "-show_entries",
                         "stream=nb_read_packets",
                         "-of",
                         "csv=p=0",
                         path,
                         NULL };
  g_autofree char *said = media_samples_command (argv);

  return (guint) g_ascii_strtoull (said, NULL, 10);
}
