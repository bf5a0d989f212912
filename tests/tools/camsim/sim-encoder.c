/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-encoder.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <math.h>

#include "sim-picture.h"

#define CACHE_FORMAT "5" /* to be raised when the encoded loops change */
#define CACHE_TYPE   "a(uay)"
#define PICTURE_NS   GST_MSECOND /* time stamps only carry the picture's place */
#define NOISE_SHARE  0.7         /* of the bit rate; filler data makes up the rest */
#define BITS_PER_DOT 1.5         /* what the noise costs at a fair quality */

static void
clear_picture (gpointer data)
{
  g_clear_pointer (&((SimEncodedPicture *) data)->bytes, g_bytes_unref);
}

static GArray *
picture_array_new (void)
{
  GArray *pictures = g_array_new (FALSE, FALSE, sizeof (SimEncodedPicture));

  g_array_set_clear_func (pictures, clear_picture);
  return pictures;
}

static char *
cache_path (const SimVideoConfig *config, guint number, guint n_pictures, const char *dir)
{
  g_autofree char *name = NULL;

  if (dir == NULL)
    return NULL;
  name = g_strdup_printf ("camsim" CACHE_FORMAT "-%s-%ux%u-%u-%u-%u-%u-%u.loop",
                          sim_codec_name (config->codec), config->width, config->height,
                          config->fps_milli, config->bitrate, config->bframes, n_pictures, number);
  return g_build_filename (dir, name, NULL);
}

static GArray *
cache_load (const char *path)
{
  g_autofree char *data = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GVariant) variant = NULL;
  GArray *pictures;
  gsize size;

  if (path == NULL || !g_file_get_contents (path, &data, &size, NULL))
    return NULL;
  bytes = g_bytes_new_take (g_steal_pointer (&data), size);
  variant
      = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (CACHE_TYPE), bytes, FALSE));
  if (!g_variant_is_normal_form (variant) || g_variant_n_children (variant) == 0)
    return NULL;
  pictures = picture_array_new ();
  for (gsize i = 0; i < g_variant_n_children (variant); i++) {
    g_autoptr (GVariant) content = NULL;
    SimEncodedPicture picture;

    g_variant_get_child (variant, i, "(u@ay)", &picture.display, &content);
    picture.bytes = g_variant_get_data_as_bytes (content);
    g_array_append_val (pictures, picture);
  }
  return pictures;
}

static void
cache_store (const char *path, GArray *pictures)
{
  g_autoptr (GVariant) variant = NULL;
  g_autoptr (GError) error = NULL;
  GVariantBuilder builder;

  if (path == NULL)
    return;
  g_variant_builder_init (&builder, G_VARIANT_TYPE (CACHE_TYPE));
  for (guint i = 0; i < pictures->len; i++) {
    const SimEncodedPicture *picture = &g_array_index (pictures, SimEncodedPicture, i);

    g_variant_builder_add (
        &builder, "(u@ay)", picture->display,
        g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, picture->bytes, TRUE));
  }
  variant = g_variant_ref_sink (g_variant_builder_end (&builder));
  if (!g_file_set_contents (path, g_variant_get_data (variant), g_variant_get_size (variant),
                            &error))
    g_printerr ("camsim: the encoded loop is not kept: %s\n", error->message);
}

static char *
encoder_launch (const SimVideoConfig *config, guint n_pictures)
{
  guint bitrate = MAX (config->bitrate * NOISE_SHARE, 1);

  if (config->codec == SIM_CODEC_H264)
    return g_strdup_printf (
        "x264enc speed-preset=superfast bitrate=%u vbv-buf-capacity=1000 key-int-max=%u "
        "bframes=%u ref=1 rc-lookahead=0 sync-lookahead=0 sliced-threads=false threads=2 "
        "dct8x8=true cabac=true b-pyramid=false weightb=false byte-stream=true aud=false "
        "option-string=\"scenecut=0:weightp=0:mbtree=0:b-adapt=0:open-gop=0\" ! "
        "video/x-h264,profile=high,stream-format=byte-stream,alignment=au",
        bitrate, n_pictures + 1, config->bframes);
  return g_strdup_printf (
      "x265enc speed-preset=ultrafast bitrate=%u key-int-max=%u log-level=none "
      "option-string=\"log2-max-poc-lsb=%u:bframes=%u:ref=1:scenecut=0:info=0:b-adapt=0:"
      "b-pyramid=0:rc-lookahead=%u:open-gop=0:weightp=0:cutree=0:vbv-bufsize=%u:vbv-maxrate=%u\" ! "
      "video/x-h265,stream-format=byte-stream,alignment=au",
      bitrate, n_pictures + 1, config->bframes > 0 ? 8 : 4, config->bframes,
      config->bframes > 0 ? 10 : 0, bitrate, bitrate * 2);
}

/* Runs the pipeline to its end and hands each encoded buffer to @func. */
static gboolean
drain (GstElement *pipeline, GstElement *sink, void (*func) (GstBuffer *, gpointer), gpointer data,
       GError **error)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;
  GstSample *sample;

  while ((sample = gst_app_sink_pull_sample (GST_APP_SINK (sink))) != NULL) {
    func (gst_sample_get_buffer (sample), data);
    gst_sample_unref (sample);
  }
  message = gst_bus_pop_filtered (bus, GST_MESSAGE_ERROR);
  if (message != NULL)
    gst_message_parse_error (message, error, NULL);
  return message == NULL;
}

static void
push (GstElement *source, guint8 *data, gsize size, GstClockTime pts)
{
  GstBuffer *buffer = gst_buffer_new_wrapped (data, size);

  GST_BUFFER_PTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = PICTURE_NS;
  gst_app_src_push_buffer (GST_APP_SRC (source), buffer);
}

static void
take_picture (GstBuffer *buffer, gpointer data)
{
  SimEncodedPicture picture;
  GstMapInfo map;

  /* x264enc moves time stamps away from 0 to leave room for DTS: the first picture, a key
   * frame, sets the origin (see normalise()). */
  picture.display = (GST_BUFFER_PTS (buffer) + PICTURE_NS / 2) / PICTURE_NS % 1000000;
  gst_buffer_map (buffer, &map, GST_MAP_READ);
  picture.bytes = g_bytes_new (map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  g_array_append_val ((GArray *) data, picture);
}

static void
normalise (GArray *pictures)
{
  guint origin = g_array_index (pictures, SimEncodedPicture, 0).display;

  for (guint i = 0; i < pictures->len; i++) {
    SimEncodedPicture *picture = &g_array_index (pictures, SimEncodedPicture, i);

    picture->display = (picture->display + 1000000 - origin) % 1000000;
  }
}

static void
push_pictures (GstElement *source, const SimVideoConfig *config, guint number, guint n_pictures)
{
  gdouble bits = NOISE_SHARE * config->bitrate * 1000.0 * 1000.0 / config->fps_milli;
  g_autoptr (SimPicture) picture = sim_picture_new (
      config->width, config->height, number, bits * 1000.0 / BITS_PER_DOT / config->width / 1000.0);

  for (guint i = 0; i < n_pictures; i++) {
    gsize size = sim_picture_get_size (picture);
    guint8 *data = g_malloc (size);

    sim_picture_draw (picture, i, data);
    push (source, data, size, i * PICTURE_NS);
  }
  gst_app_src_end_of_stream (GST_APP_SRC (source));
}

static GArray *
encode_pictures (const SimVideoConfig *config, guint number, guint n_pictures, GError **error)
{
  g_autofree char *encoder = encoder_launch (config, n_pictures);
  g_autofree char *launch
      = g_strdup_printf ("appsrc name=source format=time block=true max-bytes=%u "
                         "caps=video/x-raw,format=I420,width=%u,height=%u,framerate=%u/1000 ! "
                         "%s ! appsink name=sink sync=false",
                         config->width * config->height * 6, config->width, config->height,
                         config->fps_milli, encoder);
  g_autoptr (GstElement) pipeline
      = gst_parse_launch_full (launch, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GArray) pictures = picture_array_new ();
  gboolean ok;

  if (pipeline == NULL)
    return NULL;
  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  push_pictures (source, config, number, n_pictures);
  ok = drain (pipeline, sink, take_picture, pictures, error);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  if (!ok)
    return NULL;
  if (pictures->len != n_pictures) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_ENCODE,
                 "the encoder made %u pictures of %u", pictures->len, n_pictures);
    return NULL;
  }
  normalise (pictures);
  return g_steal_pointer (&pictures);
}

GArray *
sim_encoder_encode (const SimVideoConfig *config, guint number, const char *cache_dir,
                    GError **error)
{
  guint n_pictures = config->bframes > 0 ? sim_video_config_gop_frames (config, config->gop)
                                         : 1 + SIM_PICTURE_PERIOD;
  g_autofree char *path = cache_path (config, number, n_pictures, cache_dir);
  GArray *pictures = cache_load (path);

  if (pictures != NULL)
    return pictures;
  if (!gst_init_check (NULL, NULL, error))
    return NULL;
  pictures = encode_pictures (config, number, n_pictures, error);
  if (pictures != NULL)
    cache_store (path, pictures);
  return pictures;
}

static void
take_packet (GstBuffer *buffer, gpointer data)
{
  GstMapInfo map;

  gst_buffer_map (buffer, &map, GST_MAP_READ);
  if (!GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_HEADER))
    g_ptr_array_add (data, g_bytes_new (map.data, map.size));
  gst_buffer_unmap (buffer, &map);
}

gint16
sim_encoder_tone_sample (guint rate, guint64 index)
{
  gdouble seconds = (gdouble) (index % rate) / rate;

  return seconds < 0.5 ? 6000 * sin (2 * G_PI * 440 * seconds) : 0;
}

GPtrArray *
sim_encoder_encode_tone (const char *launch, guint rate, guint n_samples, GError **error)
{
  g_autofree char *line = g_strdup_printf (
      "appsrc name=source format=time caps=audio/x-raw,format=S16LE,layout=interleaved,rate=%u,"
      "channels=1 ! %s ! appsink name=sink sync=false",
      rate, launch);
  g_autoptr (GPtrArray) packets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GstElement) pipeline = NULL;
  g_autoptr (GstElement) source = NULL;
  g_autoptr (GstElement) sink = NULL;
  gint16 *samples;
  gboolean ok;

  if (!gst_init_check (NULL, NULL, error))
    return NULL;
  pipeline = gst_parse_launch_full (line, NULL, GST_PARSE_FLAG_FATAL_ERRORS, error);
  if (pipeline == NULL)
    return NULL;
  source = gst_bin_get_by_name (GST_BIN (pipeline), "source");
  sink = gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  samples = g_new (gint16, n_samples);
  for (guint i = 0; i < n_samples; i++)
    samples[i] = GINT16_TO_LE (sim_encoder_tone_sample (rate, i));
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  push (source, (guint8 *) samples, n_samples * sizeof (gint16), 0);
  gst_app_src_end_of_stream (GST_APP_SRC (source));
  ok = drain (pipeline, sink, take_packet, packets, error);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return ok ? g_steal_pointer (&packets) : NULL;
}
