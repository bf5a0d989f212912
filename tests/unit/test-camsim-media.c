/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-audio.h"
#include "sim-media.h"
#include "sim-sdp.h"

#include <glib/gstdio.h>
#include <string.h>

static SimVideoConfig
make_config (SimCodec codec)
{
  return (SimVideoConfig){
    .codec = codec, .width = 160, .height = 96, .bitrate = 400, .fps_milli = 25000, .gop = 2
  };
}

static SimMedia *
make_media (SimCodec codec)
{
  SimVideoConfig config = make_config (codec);
  g_autoptr (GError) error = NULL;
  SimMedia *media = sim_media_new (&config, 1, NULL, &error);

  g_assert_no_error (error);
  return media;
}

static void
test_bit_rate (void)
{
  for (guint codec = SIM_CODEC_H264; codec <= SIM_CODEC_H265; codec++) {
    g_autoptr (SimMedia) media = make_media (codec);
    guint64 display;
    gsize bytes = 0;

    for (guint i = 0; i < 50; i++) {
      bytes += sim_media_get_unit (media, i, &display)->size;
      g_assert_cmpuint (display, ==, i);
    }
    /* 400 kbit/s for 2 s are 100,000 bytes */
    g_assert_cmpuint (bytes, >, 97000);
    g_assert_cmpuint (bytes, <, 103000);
  }
}

static void
test_positions (void)
{
  g_autoptr (SimMedia) media = make_media (SIM_CODEC_H264);
  guint64 display;
  const SimAccessUnit *key = sim_media_get_unit (media, 0, &display);
  const SimAccessUnit *first = sim_media_get_unit (media, 1, &display);

  /* A long GOP repeats the predicted pictures, never the key frame. */
  g_assert_true (sim_media_get_unit (media, 49, &display) == first);
  g_assert_cmpuint (display, ==, 49);
  for (guint64 i = 1; i < 1000; i++)
    g_assert_true (sim_media_get_unit (media, i, &display) != key);
  g_assert_cmpuint (sim_media_gop_frames (media, 4), ==, 100);
  g_assert_cmpuint (sim_media_gop_frames (media, -1), ==, 0);
}

static void
test_first_packet (void)
{
  g_autoptr (SimMedia) media = make_media (SIM_CODEC_H265);
  g_autoptr (GByteArray) key = g_byte_array_new ();
  g_autoptr (GByteArray) predicted = g_byte_array_new ();
  static const guint8 sei[] = { 39 << 1, 1, 5, 9 };

  sim_media_write_first_packet (media, FALSE, sei, sizeof sei, predicted);
  g_assert_cmpmem (predicted->data, predicted->len, sei, sizeof sei);
  sim_media_write_first_packet (media, TRUE, sei, sizeof sei, key);
  g_assert_cmpuint (sim_nal_type (SIM_CODEC_H265, key->data), ==, 48);
  g_assert_cmpuint (sim_nal_type (SIM_CODEC_H265, key->data + 4), ==, 32);
  g_assert_cmpmem (key->data + key->len - 4, 4, sei, 4);
}

static void
test_sdp (void)
{
  g_autoptr (SimMedia) media = make_media (SIM_CODEC_H264);
  g_autoptr (SimAudio) audio = sim_audio_new (SIM_AUDIO_PCMA, NULL);
  g_autofree char *sdp = sim_sdp_new (3, SIM_STREAM_SUB, media, audio, "127.0.0.1");
  g_auto (GStrv) lines = g_strsplit (sdp, "\r\n", -1);

  g_assert_cmpstr (lines[0], ==, "v=0");
  g_assert_true (g_strv_contains ((const char *const *) lines, "s=camera 3 sub"));
  g_assert_true (g_strv_contains ((const char *const *) lines, "a=framerate:25"));
  g_assert_true (g_strv_contains ((const char *const *) lines, "m=audio 0 RTP/AVP 8"));
  g_assert_true (g_strv_contains ((const char *const *) lines, "a=control:trackID=2"));
  g_assert_nonnull (strstr (sdp, "profile-level-id=64"));
  g_assert_nonnull (strstr (sdp, ";sprop-parameter-sets=Z2Q")); /* 67 64: SPS, High profile */
  g_assert_true (g_str_has_suffix (sdp, "\r\n"));
}

static void
test_cache (void)
{
  g_autofree char *dir = g_dir_make_tmp ("camsim-XXXXXX", NULL);
  SimVideoConfig config = make_config (SIM_CODEC_H264);
  g_autoptr (SimMedia) made = sim_media_new (&config, 1, dir, NULL);
  g_autoptr (SimMedia) loaded = sim_media_new (&config, 1, dir, NULL);
  g_autoptr (GDir) listing = g_dir_open (dir, 0, NULL);
  const char *name = g_dir_read_name (listing);
  g_autofree char *path = g_build_filename (dir, name, NULL);
  guint64 display;

  g_assert_nonnull (name);
  for (guint i = 0; i < 49; i++) {
    const SimAccessUnit *a = sim_media_get_unit (made, i, &display);
    const SimAccessUnit *b = sim_media_get_unit (loaded, i, &display);

    g_assert_cmpuint (a->n_packets, ==, b->n_packets);
    g_assert_cmpmem (a->packets[0].data, a->packets[0].size, b->packets[0].data,
                     b->packets[0].size);
  }
  g_assert_cmpint (g_unlink (path), ==, 0);
  g_assert_cmpint (g_rmdir (dir), ==, 0);
}

static void
test_g711 (void)
{
  /* ITU-T G.711, tables 1a and 2a: silence, the largest values */
  g_assert_cmpuint (sim_audio_encode_mulaw (0), ==, 0xff);
  g_assert_cmpuint (sim_audio_encode_mulaw (32767), ==, 0x80);
  g_assert_cmpuint (sim_audio_encode_mulaw (-32768), ==, 0x00);
  g_assert_cmpuint (sim_audio_encode_alaw (0), ==, 0xd5);
  g_assert_cmpuint (sim_audio_encode_alaw (32767), ==, 0xaa);
  g_assert_cmpuint (sim_audio_encode_alaw (-32768), ==, 0x2a);
}

static void
test_aac (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SimAudio) audio = sim_audio_new (SIM_AUDIO_AAC, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (sim_audio_get_packet_samples (audio), ==, 1024);
  for (guint i = 0; i < 300; i++) {
    const SimPacket *packet = sim_audio_get_packet (audio, i);

    g_assert_cmpuint (packet->data[0] << 8 | packet->data[1], ==, 16);
    g_assert_cmpuint ((packet->data[2] << 8 | packet->data[3]) >> 3, ==, packet->size - 4);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camsim/media/bit-rate", test_bit_rate);
  g_test_add_func ("/camsim/media/positions", test_positions);
  g_test_add_func ("/camsim/media/first-packet", test_first_packet);
  g_test_add_func ("/camsim/media/cache", test_cache);
  g_test_add_func ("/camsim/sdp", test_sdp);
  g_test_add_func ("/camsim/audio/g711", test_g711);
  g_test_add_func ("/camsim/audio/aac", test_aac);
  return g_test_run ();
}
