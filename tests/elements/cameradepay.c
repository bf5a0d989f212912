/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The same packets through gstcameradepay and through the elements of GStreamer. */
#include "camera/lean/gstcamerabytes.h"
#include "cameradepay-units.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#define VIDEO                                                                                      \
  "videotestsrc num-buffers=24 pattern=ball ! "                                                    \
  "video/x-raw,format=I420,width=320,height=180,framerate=25/1 ! "
#define SOUND "audiotestsrc num-buffers=24 ! audio/x-raw,rate="
#define AVC   "rtph264depay ! h264parse ! video/x-h264,stream-format=avc,alignment=au"
#define HVC1  "rtph265depay ! h265parse ! video/x-h265,stream-format=hvc1,alignment=au"
#define X265  "x265enc key-int-max=8 speed-preset=ultrafast bitrate=1000 option-string="
#define RAW   "rtpmp4gdepay ! aacparse ! audio/mpeg,stream-format=raw"

typedef struct {
  const gchar *name;
  const gchar *camera;
  const gchar *elements;
} Way;

static const Way ways[] = {
  { "h264/plain", VIDEO "x264enc key-int-max=8 ! rtph264pay config-interval=-1", AVC },
  { "h264/high-slices",
    VIDEO "x264enc key-int-max=8 bframes=2 option-string=slices=4 ! video/x-h264,profile=high ! "
          "rtph264pay mtu=400 config-interval=-1",
    AVC },
  { "h264/aggregates",
    VIDEO "x264enc key-int-max=8 aud=true option-string=slices=6 ! "
          "rtph264pay aggregate-mode=max-stap config-interval=-1",
    AVC },
  { "h264/filler",
    VIDEO "x264enc key-int-max=8 bitrate=2000 option-string=nal-hrd=cbr:force-cfr=1 ! "
          "rtph264pay config-interval=0",
    AVC },
  { "h265/plain", VIDEO X265 "open-gop=0 ! rtph265pay config-interval=-1", HVC1 },
  { "h265/open", VIDEO X265 "open-gop=1:bframes=3:slices=2 ! rtph265pay mtu=400", HVC1 },
  { "h265/aggregates",
    VIDEO X265 "open-gop=0:aud=1:slices=4 ! rtph265pay aggregate-mode=max config-interval=-1",
    HVC1 },
  { "aac/stereo", SOUND "48000,channels=2 ! voaacenc ! aacparse ! rtpmp4gpay", RAW },
  { "aac/mono-fragments",
    SOUND "16000,channels=1 ! voaacenc bitrate=64000 ! aacparse ! rtpmp4gpay mtu=200", RAW },
  { "g711/mulaw", SOUND "8000,channels=1 ! mulawenc ! rtppcmupay", "rtppcmudepay" },
  { "g711/alaw", SOUND "8000,channels=1 ! alawenc ! rtppcmapay", "rtppcmadepay" },
  { "opus/stereo", SOUND "48000,channels=2 ! opusenc ! rtpopuspay", "rtpopusdepay ! opusparse" },
  { "opus/mono", SOUND "48000,channels=1 ! opusenc ! rtpopuspay", "rtpopusdepay ! opusparse" },
};

static GstElement *
start (const gchar *description)
{
  g_autoptr (GError) error = NULL;
  GstElement *pipeline = gst_parse_launch (description, &error);

  g_assert_no_error (error);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  return pipeline;
}

/* All that @pipeline gives, and ends it. */
static GArray *
collect (GstElement *pipeline)
{
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) failure = NULL;
  GArray *units = unit_list_new ();
  GstSample *sample;

  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink))) != NULL) {
    unit_list_append (units, gst_sample_get_buffer (sample), gst_sample_get_caps (sample));
    gst_sample_unref (sample);
  }
  failure = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  g_assert_null (failure);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
  return units;
}

static GArray *
film (const gchar *camera)
{
  g_autofree gchar *description = g_strconcat (camera, " ! appsink name=sink sync=false", NULL);

  return collect (start (description));
}

static GArray *
take_by_elements (const gchar *elements, GArray *packets)
{
  g_autofree gchar *description = g_strconcat ("appsrc name=camera format=time ! ", elements,
                                               " ! appsink name=sink sync=false", NULL);
  GstElement *pipeline = start (description);
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (pipeline), "camera");

  gst_app_src_set_caps (GST_APP_SRC (source), unit_list_get (packets, 0)->caps);
  for (guint i = 0; i < packets->len; i++)
    gst_app_src_push_buffer (GST_APP_SRC (source),
                             gst_buffer_copy (unit_list_get (packets, i)->buffer));
  gst_app_src_end_of_stream (GST_APP_SRC (source));
  return collect (pipeline);
}

static GArray *
take_lean (GArray *packets)
{
  GArray *units = unit_list_new ();
  const GstCaps *caps = unit_list_get (packets, 0)->caps;
  g_autoptr (GstCameraDepay) depay = NULL;
  GstCameraDepayCounters counters;

  g_assert_true (gst_camera_depay_knows (caps));
  depay = gst_camera_depay_new (caps, &unit_list_events, units);
  for (guint i = 0; i < packets->len; i++) {
    GstMapInfo map;

    gst_buffer_map (unit_list_get (packets, i)->buffer, &map, GST_MAP_READ);
    g_assert_true (gst_camera_depay_take (depay, map.data, map.size, 1000 * i));
    gst_buffer_unmap (unit_list_get (packets, i)->buffer, &map);
  }
  gst_camera_depay_flush (depay);
  gst_camera_depay_get_counters (depay, &counters);
  g_assert_cmpuint (counters.packets, ==, packets->len);
  g_assert_cmpuint (counters.lost + counters.duplicate, ==, 0);
  g_assert_cmpuint (counters.malformed + counters.broken_units, ==, 0);
  return units;
}

/* What is in the caps: parameter sets; and delimiters. */
static gboolean
is_left_out (gboolean h265, guint8 header)
{
  guint type = h265 ? header >> 1 & 0x3f : header & 0x1f;

  return h265 ? type >= 32 && type <= 35 : type >= 7 && type <= 9;
}

/* The bytes of @unit, of video without those NAL units. */
static GBytes *
read_unit (const Unit *unit)
{
  GstStructure *s = gst_caps_get_structure (unit->caps, 0);
  gboolean h265 = gst_structure_has_name (s, "video/x-h265");
  GByteArray *bytes = g_byte_array_new ();
  GstMapInfo map;

  gst_buffer_map (unit->buffer, &map, GST_MAP_READ);
  if (!h265 && !gst_structure_has_name (s, "video/x-h264")) {
    g_byte_array_append (bytes, map.data, (guint) map.size);
  } else {
    for (gsize at = 0; at < map.size;) {
      guint32 size;

      g_assert_cmpuint (map.size - at, >, 4);
      size = gst_camera_bytes_get_uint32 (map.data + at);
      g_assert_cmpuint (size, <=, map.size - at - 4);
      if (!is_left_out (h265, map.data[at + 4]))
        g_byte_array_append (bytes, map.data + at, size + 4);
      at += size + 4;
    }
  }
  gst_buffer_unmap (unit->buffer, &map);
  return g_byte_array_free_to_bytes (bytes);
}

/* The arrays of hvcC. */
static void
say_complete (guint8 *data, gsize size)
{
  gsize at = 23;

  for (guint array = 0; array < data[22]; array++) {
    guint count = gst_camera_bytes_get_uint16 (data + at + 1);

    data[at] |= 0x80;
    at += 3;
    for (guint i = 0; i < count; i++)
      at += 2 + gst_camera_bytes_get_uint16 (data + at);
  }
  g_assert_cmpuint (at, ==, size);
}

/* What ISO/IEC 14496-15 has and the parsers leave out: h264parse what 5.3.3.1 adds for the profile
 * High, h265parse that hvc1 has no other parameter sets than those in hvcC (8.4.1). */
static GstCaps *
mend (GstCaps *caps)
{
  static const guint8 high[] = { 0xfd, 0xf8, 0xf8, 0 };
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  const GValue *value = gst_structure_get_value (s, "codec_data");
  GstCaps *copy = gst_caps_copy (caps);
  GstBuffer *config;
  GstMapInfo map;

  if (!g_str_has_prefix (gst_structure_get_name (s), "video/"))
    return copy;
  config = gst_buffer_copy_deep (gst_value_get_buffer (value));
  if (g_strcmp0 (gst_structure_get_string (s, "profile"), "high") == 0)
    config = gst_buffer_append (config, gst_buffer_new_memdup (high, sizeof high));
  gst_buffer_map (config, &map, GST_MAP_READWRITE);
  if (gst_structure_has_name (s, "video/x-h265"))
    say_complete (map.data, map.size);
  gst_buffer_unmap (config, &map);
  gst_caps_set_simple (copy, "codec_data", GST_TYPE_BUFFER, config, NULL);
  gst_buffer_unref (config);
  return copy;
}

static void
compare_caps (const Unit *ours, const Unit *theirs)
{
  g_autoptr (GstCaps) mended = mend (theirs->caps);
  g_autofree gchar *a = gst_caps_to_string (ours->caps);
  g_autofree gchar *b = gst_caps_to_string (mended);

  g_test_message ("%s\n%s", a, b);
  g_assert_true (gst_caps_is_subset (mended, ours->caps));
}

static void
compare_flags (const Unit *ours)
{
  gboolean delta = GST_BUFFER_FLAG_IS_SET (ours->buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  const GstStructure *s = gst_caps_get_structure (ours->caps, 0);
  GstCameraNalFormat format;
  GstCameraPicture picture;

  if (!g_str_has_prefix (gst_structure_get_name (s), "video/")) {
    g_assert_false (delta);
    return;
  }
  gst_camera_nal_format_from_caps (&format, ours->caps);
  picture = gst_camera_picture_of (&format, ours->buffer);
  g_assert_cmpint (ours->picture, ==, picture);
  g_assert_cmpint (
      delta, ==, picture != GST_CAMERA_PICTURE_RANDOM_ACCESS && picture != GST_CAMERA_PICTURE_OPEN);
}

static void
test_way (gconstpointer data)
{
  const Way *way = data;
  g_autoptr (GArray) packets = film (way->camera);
  g_autoptr (GArray) ours = take_lean (packets);
  g_autoptr (GArray) theirs = take_by_elements (way->elements, packets);

  g_assert_cmpuint (ours->len, >=, 10);
  g_assert_cmpuint (ours->len, ==, theirs->len);
  for (guint i = 0; i < ours->len; i++) {
    g_autoptr (GBytes) a = read_unit (unit_list_get (ours, i));
    g_autoptr (GBytes) b = read_unit (unit_list_get (theirs, i));

    g_assert_cmpmem (g_bytes_get_data (a, NULL), g_bytes_get_size (a), g_bytes_get_data (b, NULL),
                     g_bytes_get_size (b));
    g_assert_cmpuint (g_bytes_get_size (a), ==,
                      gst_buffer_get_size (unit_list_get (ours, i)->buffer));
    g_assert_true (unit_list_get (ours, i)->whole);
    compare_flags (unit_list_get (ours, i));
    compare_caps (unit_list_get (ours, i), unit_list_get (theirs, i));
  }
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++) {
    g_autofree gchar *path = g_strconcat ("/camera-depay/", ways[i].name, NULL);

    g_test_add_data_func (path, &ways[i], test_way);
  }
  return g_test_run ();
}
