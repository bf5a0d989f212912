/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segmentsink-feed.h"

#include "segmentsink-recording.h"
#include "temporary-tree.h"

#define TIMEOUT     (30 * GST_SECOND)
#define FRAME       (40 * GST_MSECOND)
#define AUDIO_BYTES 100

static void
push_start (GstPad *pad, GstCaps *caps)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  g_assert_true (gst_pad_push_event (pad, gst_event_new_stream_start (GST_PAD_NAME (pad))));
  g_assert_true (gst_pad_push_event (pad, gst_event_new_caps (caps)));
  g_assert_true (gst_pad_push_event (pad, gst_event_new_segment (&segment)));
}

/* Returns: (transfer full): a pad linked to the one of @name. */
static GstPad *
link_pad (GstElement *element, const gchar *name)
{
  g_autoptr (GstPad) peer = gst_element_request_pad_simple (element, name);
  GstPad *pad = gst_object_ref_sink (gst_pad_new (name, GST_PAD_SRC));

  gst_pad_set_active (pad, TRUE);
  g_assert_cmpint (gst_pad_link (pad, peer), ==, GST_PAD_LINK_OK);
  return pad;
}

static GstCaps *
make_video_caps (gint width)
{
  g_autofree gchar *text = g_strdup_printf (
      "video/x-h264,stream-format=avc,alignment=au,width=%d,height=128,framerate=25/1,"
      "codec_data=(buffer)0142c00bffe100056742c00b%02x01000468ce3c80",
      width, (guint) width & 0x7f);

  return gst_caps_from_string (text);
}

SegmentFeed *
segment_feed_new (const gchar *root, gboolean audio, const gchar *first_property, ...)
{
  SegmentFeed *feed = g_new0 (SegmentFeed, 1);
  g_autoptr (GstCaps) video_caps = make_video_caps (160);
  va_list args;

  feed->root = root != NULL ? g_strdup (root) : g_dir_make_tmp (NULL, NULL);
  feed->closed = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_structure_free);
  feed->gaps = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_structure_free);
  feed->element = gst_object_ref_sink (gst_element_factory_make ("segmentsink", NULL));
  feed->bus = gst_bus_new ();
  gst_element_set_bus (feed->element, feed->bus);
  g_object_set (feed->element, "root", feed->root, "camera", "door", "run", "r1", "location",
                "{sequence}.mp4", "segment-seconds", segment_recording_undivided (), NULL);
  va_start (args, first_property);
  if (first_property != NULL)
    g_object_set_valist (G_OBJECT (feed->element), first_property, args);
  va_end (args);
  gst_element_set_state (feed->element, GST_STATE_PLAYING);
  feed->video = link_pad (feed->element, "video");
  push_start (feed->video, video_caps);
  if (audio) {
    g_autoptr (GstCaps) caps = gst_caps_from_string (
        "audio/mpeg,mpegversion=4,stream-format=raw,framed=true,rate=48000,channels=1,"
        "codec_data=(buffer)1188");

    feed->audio = link_pad (feed->element, "audio_0");
    push_start (feed->audio, caps);
  }
  return feed;
}

static void
remove_pad (GstPad **pad)
{
  if (*pad == NULL)
    return;
  gst_pad_set_active (*pad, FALSE);
  gst_clear_object (pad);
}

void
segment_feed_free (SegmentFeed *feed)
{
  gst_element_set_state (feed->element, GST_STATE_NULL);
  remove_pad (&feed->video);
  remove_pad (&feed->audio);
  gst_element_set_bus (feed->element, NULL);
  gst_object_unref (feed->element);
  gst_object_unref (feed->bus);
  temporary_tree_remove (feed->root);
  g_ptr_array_unref (feed->closed);
  g_ptr_array_unref (feed->gaps);
  g_free (feed->error);
  g_free (feed->root);
  g_free (feed);
}

void
segment_feed_set_video_caps (SegmentFeed *feed, gint width)
{
  g_autoptr (GstCaps) caps = make_video_caps (width);

  g_assert_true (gst_pad_push_event (feed->video, gst_event_new_caps (caps)));
}

GstBuffer *
segment_feed_make_frame (GstClockTime pts, GstClockTime dts, gboolean key, gsize size)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, size, NULL);
  guint8 nal[] = { 0, 0, 0, 0, key ? 0x65 : 0x41 };

  GST_WRITE_UINT32_BE (nal, size - 4);
  /* One NAL unit (ISO/IEC 14496-15, 5.3.4.2), as far as its header. */
  gst_buffer_memset (buffer, 0, 0x5a, size);
  gst_buffer_fill (buffer, 0, nal, sizeof nal);
  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DTS (buffer) = dts;
  if (!key)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  return buffer;
}

GstFlowReturn
segment_feed_push (GstPad *pad, GstClockTime pts, GstClockTime dts, gboolean key, gsize size)
{
  return gst_pad_push (pad, segment_feed_make_frame (pts, dts, key, size));
}

void
segment_feed_push_video (SegmentFeed *feed, guint first, guint end, guint gop, gsize size)
{
  for (guint i = first; i < end; i++)
    g_assert_cmpint (segment_feed_push (feed->video, i * FRAME, i * FRAME, i % gop == 0, size), ==,
                     GST_FLOW_OK);
}

void
segment_feed_push_audio (SegmentFeed *feed, guint first, guint end)
{
  for (guint i = first; i < end; i++)
    g_assert_cmpint (segment_feed_push (feed->audio,
                                        gst_util_uint64_scale (i, 1024 * GST_SECOND, 48000),
                                        GST_CLOCK_TIME_NONE, TRUE, AUDIO_BYTES),
                     ==, GST_FLOW_OK);
}

/* Returns: (transfer none): what @message is called here. */
static const gchar *
take_message (SegmentFeed *feed, GstMessage *message)
{
  const GstStructure *structure = gst_message_get_structure (message);
  g_autoptr (GError) error = NULL;

  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_EOS:
    feed->eos = TRUE;
    return "eos";
  case GST_MESSAGE_ERROR:
    gst_message_parse_error (message, &error, NULL);
    if (feed->error == NULL)
      feed->error = g_strdup (error->message);
    return "error";
  case GST_MESSAGE_ELEMENT:
    if (gst_structure_has_name (structure, "tyto-segment-closed"))
      g_ptr_array_add (feed->closed, gst_structure_copy (structure));
    if (gst_structure_has_name (structure, "tyto-segment-gap"))
      g_ptr_array_add (feed->gaps, gst_structure_copy (structure));
    return gst_structure_get_name (structure);
  default:
    return "";
  }
}

void
segment_feed_wait (SegmentFeed *feed, const gchar *name)
{
  gboolean found = FALSE;

  while (!found) {
    g_autoptr (GstMessage) message = gst_bus_timed_pop (feed->bus, TIMEOUT);

    if (message == NULL)
      g_error ("no %s came for 30 s", name);
    found = g_str_equal (take_message (feed, message), name);
  }
}

void
segment_feed_finish (SegmentFeed *feed)
{
  gst_pad_push_event (feed->video, gst_event_new_eos ());
  if (feed->audio != NULL)
    gst_pad_push_event (feed->audio, gst_event_new_eos ());
  segment_feed_wait (feed, "eos");
}

TytoMediaFile *
segment_feed_read (SegmentFeed *feed, guint index)
{
  const GstStructure *closed = feed->closed->pdata[index];
  g_autoptr (GError) error = NULL;
  TytoMediaFile *file = tyto_media_file_read (gst_structure_get_string (closed, "path"), &error);
  guint64 frames = 0, key_frames = 0, audio_frames = 0, bytes = 0, sequence = 0;
  gint64 wall = 0, offset = 0;

  g_assert_no_error (error);
  gst_structure_get (closed, "frames", G_TYPE_UINT64, &frames, "key-frames", G_TYPE_UINT64,
                     &key_frames, "audio-frames", G_TYPE_UINT64, &audio_frames, "bytes",
                     G_TYPE_UINT64, &bytes, "sequence", G_TYPE_UINT64, &sequence, "wall-start",
                     G_TYPE_INT64, &wall, "clock-offset", G_TYPE_INT64, &offset, NULL);
  g_assert_true (file->complete);
  g_assert_cmpuint (file->frames, ==, frames);
  g_assert_cmpuint (file->key_frames, ==, key_frames);
  g_assert_cmpuint (file->audio_frames, ==, audio_frames);
  g_assert_cmpuint (file->bytes, ==, bytes);
  g_assert_cmpstr (file->identity.camera, ==, "door");
  g_assert_cmpstr (file->identity.run, ==, "r1");
  g_assert_cmpuint (file->identity.sequence, ==, sequence);
  g_assert_cmpint (file->identity.wall_start_us, ==, wall);
  g_assert_cmpint (file->identity.clock_offset_us, ==, offset);
  return file;
}

guint64
segment_feed_sum (GPtrArray *structures, const gchar *field)
{
  return segment_recording_sum (structures, field);
}

gint64
segment_feed_get_int64 (GPtrArray *structures, guint index, const gchar *field)
{
  return segment_recording_get_int64 (structures, index, field);
}

const gchar *
segment_feed_get_string (GPtrArray *structures, guint index, const gchar *field)
{
  return segment_recording_get_string (structures, index, field);
}

guint64
segment_feed_get_stat (SegmentFeed *feed, const gchar *name)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 value = 0;

  g_object_get (feed->element, "stats", &stats, NULL);
  g_assert_true (gst_structure_get_uint64 (stats, name, &value));
  return value;
}
