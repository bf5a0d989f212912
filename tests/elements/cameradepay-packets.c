/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* gstcameradepay and the packets of cameras that do not do as they should. */
#include "cameradepay-camera.h"

#include <string.h>

#define SETS "sprop-parameter-sets=(string)\"Z0LAFdkBQfsBagwMDUoAAAMAAgAAAwBlHixckA==,aMuMsg==\""
#define H264 "application/x-rtp,media=video,clock-rate=90000,encoding-name=H264"
#define H265 "application/x-rtp,media=video,clock-rate=90000,encoding-name=H265"
#define AAC                                                                                        \
  "application/x-rtp,media=audio,clock-rate=48000,encoding-name=MPEG4-GENERIC,"                    \
  "mode=AAC-hbr,config=(string)1190"
#define H265_SETS                                                                                  \
  "sprop-vps=(string)\"QAEMAf//BAgAAAMAmAgAAAMAAD+VmAk=\",sprop-sps=(string)\"QgEBBAgAAAMAmAgAAA"  \
  "MAAD+QAUEB4ilLKzSSZX/4AAgAC1BgYGBAAAADAEAAAAZC\",sprop-pps=(string)\"RAHBcrRiQA==\""
#define LARGE_PACKET 60000

#define SEND(camera, marker, nal) g_assert_true (camera_send (camera, marker, nal, sizeof nal))

static const guint8 sps[]
    = { 0x67, 0x42, 0xc0, 0x15, 0xd9, 0x01, 0x41, 0xfb, 0x01, 0x6a, 0x0c, 0x0c, 0x0d, 0x4a,
        0,    0,    3,    0,    2,    0,    0,    3,    0,    0x65, 0x1e, 0x2c, 0x5c, 0x90 };
static const guint8 pps[] = { 0x68, 0xcb, 0x8c, 0xb2 };
static const guint8 other_pps[] = { 0x68, 0xcb, 0x8c, 0xb3 };
static const guint8 idr[] = { 0x65, 0x88, 0x84, 0x21 };   /* first_mb_in_slice: 0 */
static const guint8 idr_next[] = { 0x65, 0x44, 0x12, 4 }; /* more of the same picture */
static const guint8 slice[] = { 0x41, 0x9a, 0x24, 0x6c }; /* another picture */
static const guint8 slice_next[] = { 0x41, 0x46, 0x22, 5 };

/* Over a wrap of sequence numbers; without markers, too. */
static void
test_boundaries (void)
{
  Camera camera;

  camera_open (&camera, H264 "," SETS);
  SEND (&camera, FALSE, idr);
  SEND (&camera, TRUE, idr_next);
  g_assert_cmpuint (camera.units->len, ==, 1);
  camera.rtp = 2000;
  SEND (&camera, FALSE, slice);
  SEND (&camera, FALSE, slice_next);
  camera.rtp = 3000;
  SEND (&camera, FALSE, slice);
  g_assert_cmpuint (camera.units->len, ==, 2);
  gst_camera_depay_flush (camera.depay);

  g_assert_cmpuint (camera.units->len, ==, 3);
  camera_check (&camera, 0, TRUE, "6588 6544 ");
  camera_check (&camera, 1, TRUE, "419a 4146 ");
  camera_check (&camera, 2, TRUE, "419a ");
  g_assert_cmpuint (unit_list_get (camera.units, 0)->rtp, ==, 1000);
  g_assert_cmpuint (unit_list_get (camera.units, 2)->rtp, ==, 3000);
  g_assert_cmpuint (camera_count (&camera).highest, ==, 0x10000 + 2);
  g_assert_cmpuint (camera_count (&camera).lost + camera_count (&camera).broken_units, ==, 0);
  camera_close (&camera);
}

static void
send_fragments (Camera *camera, guint n, guint lost, gboolean with_end)
{
  for (guint i = 0; i < n; i++) {
    guint8 fragment[] = { 0x7c, 5, 0x88, 1 };

    fragment[1] |= i == 0 ? 0x80 : 0;
    fragment[1] |= i == n - 1 && with_end ? 0x40 : 0;
    if (i == lost)
      camera->sequence++;
    else
      SEND (camera, i == n - 1, fragment);
  }
}

static void
test_loss (void)
{
  Camera camera;

  camera_open (&camera, H264 "," SETS);
  send_fragments (&camera, 4, 9, TRUE);
  camera.rtp += 3000;
  send_fragments (&camera, 4, 9, FALSE); /* nothing says that it ends but the marker */
  camera.rtp += 3000;
  send_fragments (&camera, 4, 2, TRUE); /* nothing is left of it */
  camera.rtp += 3000;
  SEND (&camera, FALSE, idr); /* its second slice is missing */
  camera.sequence++;
  camera.rtp += 3000;
  SEND (&camera, TRUE, idr);
  SEND (&camera, TRUE, idr); /* as another picture of the same time */

  g_assert_cmpuint (camera.units->len, ==, 5);
  camera_check (&camera, 0, TRUE, "6588 ");
  g_assert_cmpuint (gst_buffer_get_size (unit_list_get (camera.units, 0)->buffer), ==, 4 + 1 + 8);
  camera_check (&camera, 1, TRUE, "6588 ");
  camera_check (&camera, 2, FALSE, "6588 ");
  camera_check (&camera, 3, TRUE, "6588 ");
  g_assert_cmpuint (
      unit_list_get (camera.units, 2)->missing + unit_list_get (camera.units, 3)->missing, ==, 2);
  g_assert_cmpuint (camera_count (&camera).lost, ==, 2);
  g_assert_cmpuint (camera_count (&camera).broken_units, ==, 2);
  camera_close (&camera);
}

/* What is left of a picture is given, but never with what is not its own. */
static void
test_remains (void)
{
  static const guint8 message[] = { 0x06, 5, 1, 2, 0x80 };
  Camera camera;

  camera_open (&camera, H264 "," SETS);
  SEND (&camera, TRUE, idr);
  camera.rtp += 3000;
  SEND (&camera, FALSE, slice);
  camera.sequence++;
  SEND (&camera, TRUE, slice_next);
  camera.rtp += 3000;
  SEND (&camera, FALSE, message);
  send_fragments (&camera, 4, 2, TRUE);
  camera.rtp += 3000;
  SEND (&camera, TRUE, slice);
  g_assert_cmpuint (camera.units->len, ==, 3);
  camera_check (&camera, 1, FALSE, "419a 4146 ");
  camera_check (&camera, 2, TRUE, "419a ");
  g_assert_cmpuint (camera_count (&camera).broken_units, ==, 2);
  camera_close (&camera);
}

/* A camera that is in the middle of a picture. */
static void
test_middle (void)
{
  Camera camera;

  camera_open (&camera, H264 "," SETS);
  SEND (&camera, FALSE, idr_next);
  SEND (&camera, TRUE, idr_next);
  camera.rtp += 3000;
  SEND (&camera, TRUE, idr);
  g_assert_cmpuint (camera.units->len, ==, 2);
  camera_check (&camera, 0, FALSE, "6544 6544 ");
  camera_check (&camera, 1, TRUE, "6588 ");
  camera_close (&camera);
}

static void
test_h265 (void)
{
  static const guint8 suffix[] = { 0x50, 1, 5, 0x80 };
  static const guint8 begin[] = { 0x62, 1, 0x93, 0x88, 1 }; /* of IDR_W_RADL */
  static const guint8 end[] = { 0x62, 1, 0x53, 2 };
  static const guint8 cra[] = { 0x2a, 1, 0xaf, 9 };
  static const guint8 rasl[] = { 0x10, 1, 0xd0, 9 };
  static const guint8 both[] = { 0x60, 1, 0, 4, 2, 1, 0xd0, 9, 0, 4, 2, 9, 0xd0, 9 };
  static const GstCameraPicture pictures[]
      = { GST_CAMERA_PICTURE_RANDOM_ACCESS, GST_CAMERA_PICTURE_OPEN,
          GST_CAMERA_PICTURE_SKIPPED_LEADING, GST_CAMERA_PICTURE_OTHER };
  Camera camera;

  camera_open (&camera, H265 "," H265_SETS);
  SEND (&camera, FALSE, suffix); /* of a picture before */
  SEND (&camera, FALSE, begin);
  SEND (&camera, FALSE, end);
  SEND (&camera, TRUE, suffix);
  camera.rtp += 3000;
  SEND (&camera, FALSE, begin);
  camera.sequence++;
  SEND (&camera, TRUE, end); /* nothing is left of it */
  camera.rtp += 3000;
  SEND (&camera, TRUE, cra);
  camera.rtp += 3000;
  SEND (&camera, TRUE, rasl);
  camera.rtp += 3000;
  SEND (&camera, TRUE, both); /* the second is of another layer */
  g_assert_cmpuint (camera.units->len, ==, 4);
  camera_check (&camera, 0, TRUE, "2601 5001 ");
  camera_check (&camera, 1, TRUE, "2a01 ");
  camera_check (&camera, 3, TRUE, "0201 ");
  for (guint i = 0; i < 4; i++) {
    const Unit *unit = unit_list_get (camera.units, i);

    g_assert_cmpint (unit->picture, ==, pictures[i]);
    g_assert_cmpint (GST_BUFFER_FLAG_IS_SET (unit->buffer, GST_BUFFER_FLAG_DELTA_UNIT), ==, i > 1);
  }
  g_assert_cmpuint (unit_list_get (camera.units, 1)->missing, ==, 1);
  camera_close (&camera);
}

static void
test_order (void)
{
  Camera camera;

  camera_open (&camera, H264 "," SETS);
  SEND (&camera, TRUE, idr);
  camera.sequence--;
  SEND (&camera, TRUE, idr); /* twice */
  camera.sequence -= 50;
  SEND (&camera, TRUE, idr); /* too late */
  g_assert_cmpuint (camera.units->len, ==, 1);
  g_assert_cmpuint (camera_count (&camera).duplicate, ==, 2);

  camera.sequence -= 5000; /* it numbers anew */
  SEND (&camera, TRUE, idr);
  g_assert_cmpuint (camera.units->len, ==, 2);
  g_assert_cmpuint (camera_count (&camera).lost, ==, 0);

  SEND (&camera, FALSE, idr);
  camera.ssrc = 8; /* another source */
  g_assert_false (camera_send (&camera, TRUE, idr, sizeof idr));
  gst_camera_depay_restart (camera.depay);
  SEND (&camera, TRUE, slice);
  g_assert_cmpuint (camera.units->len, ==, 3);
  camera_check (&camera, 2, TRUE, "419a ");
  g_assert_cmpuint (camera_count (&camera).ssrc, ==, 8);
  camera_close (&camera);
}

/* Each slice is marked: pictures end where they must. */
static void
test_marks_everywhere (void)
{
  Camera camera;

  camera_open (&camera, H264);
  SEND (&camera, TRUE, sps);
  SEND (&camera, TRUE, pps);
  for (guint i = 0; i < 4; i++, camera.rtp += 3000) {
    SEND (&camera, TRUE, idr);
    SEND (&camera, TRUE, idr_next);
  }
  gst_camera_depay_flush (camera.depay);
  g_assert_cmpuint (camera.units->len, ==, 4);
  camera_check (&camera, 0, TRUE, "6588 "); /* how it marks is not known yet */
  for (guint i = 1; i < 4; i++)
    camera_check (&camera, i, TRUE, "6588 6544 ");
  g_assert_cmpuint (camera_count (&camera).broken_units, ==, 1);
  camera_close (&camera);
}

static void
append_start_code (GByteArray *to, const guint8 *nal, gsize size)
{
  static const guint8 code[] = { 0, 0, 0, 1 };

  g_byte_array_append (to, code, sizeof code);
  g_byte_array_append (to, nal, (guint) size);
}

/* Annex B in a packet. */
static void
test_start_codes (void)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();
  Camera camera;

  camera_open (&camera, H264);
  append_start_code (all, sps, sizeof sps);
  append_start_code (all, pps, sizeof pps);
  append_start_code (all, idr, sizeof idr);
  append_start_code (all, idr_next, sizeof idr_next);
  camera_send (&camera, TRUE, all->data, all->len);
  camera.rtp += 3000;
  camera_send (&camera, TRUE, all->data + 4, all->len - 4); /* it begins without one */
  g_assert_cmpuint (camera.units->len, ==, 2);
  camera_check (&camera, 0, TRUE, "6588 6544 ");
  camera_check (&camera, 1, TRUE, "6588 6544 ");
  g_assert_cmpuint (gst_buffer_get_size (unit_list_get (camera.units, 1)->buffer), ==, 16);
  camera_close (&camera);
}

/* Nothing comes before it can be described; what changes is told before what it is for. */
static void
test_parameter_sets (void)
{
  Camera camera;

  camera_open (&camera, H264);
  SEND (&camera, TRUE, idr);
  SEND (&camera, FALSE, sps);
  camera.rtp += 3000;
  SEND (&camera, TRUE, slice);
  g_assert_cmpuint (camera.units->len, ==, 0);
  for (guint i = 0; i < 2; i++) {
    camera.rtp += 3000;
    SEND (&camera, TRUE, sps); /* as some cameras mark it */
    SEND (&camera, TRUE, pps);
    SEND (&camera, TRUE, idr);
  }
  camera.rtp += 3000;
  SEND (&camera, FALSE, other_pps);
  SEND (&camera, TRUE, idr);
  g_assert_cmpuint (camera.units->len, ==, 3);
  camera_check (&camera, 0, TRUE, "6588 ");
  g_assert_true (unit_list_get (camera.units, 0)->caps == unit_list_get (camera.units, 1)->caps);
  g_assert_false (gst_caps_is_equal (unit_list_get (camera.units, 1)->caps,
                                     unit_list_get (camera.units, 2)->caps));
  camera_close (&camera);
}

static void
test_malformed (void)
{
  static const guint8 wrong_version[12] = { 0x40 };
  static const guint8 long_extension[16] = { 0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 9 };
  static const guint8 long_padding[14] = { 0xa0, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 9 };
  static const guint8 padded[] = { 0xb1, 0xe0, 0xff, 0xfe, 0, 0, 0, 0, 0, 0,    0,    7, 0, 0, 0,
                                   1,    0xbe, 0xde, 0,    1, 9, 9, 9, 9, 0x65, 0x88, 1, 0, 2 };
  static const guint8 stap[] = { 0x78, 0, 4, 0x65, 0x88, 1, 1, 0, 99, 1 };
  static const guint8 mtap[] = { 0x1a, 0, 0, 0 };
  static const guint8 fragment[] = { 0x7c, 0x85 };
  Camera camera;

  camera_open (&camera, H264 "," SETS);
  gst_camera_depay_take (camera.depay, wrong_version, sizeof wrong_version, 0);
  gst_camera_depay_take (camera.depay, long_extension, sizeof long_extension, 0);
  gst_camera_depay_take (camera.depay, long_padding, sizeof long_padding, 0);
  gst_camera_depay_take (camera.depay, idr, sizeof idr, 0);
  g_assert_cmpuint (camera_count (&camera).malformed, ==, 4);
  g_assert_cmpuint (camera_count (&camera).packets, ==, 0);
  gst_camera_depay_take (camera.depay, padded, sizeof padded, 0); /* that is fine */
  camera_check (&camera, 0, TRUE, "6588 ");
  camera.sequence++;
  g_assert_true (camera_send (&camera, FALSE, NULL, 0)); /* so is this */
  SEND (&camera, FALSE, mtap);
  SEND (&camera, FALSE, fragment);
  SEND (&camera, TRUE, stap);
  g_assert_cmpuint (camera_count (&camera).malformed, ==, 7);
  camera_check (&camera, 1, TRUE, "6588 ");
  camera_close (&camera);
}

/* A camera that never ends a picture costs 16 MiB at most, and goes on after it. */
static void
test_too_large (void)
{
  g_autofree guint8 *large = g_malloc (LARGE_PACKET);
  Camera camera;

  memset (large, 0xee, LARGE_PACKET);
  memcpy (large, "\x7c\x85\x88", 3);
  camera_open (&camera, H264 "," SETS);
  for (guint i = 0; i < 300; i++, large[1] = 5)
    camera_send (&camera, FALSE, large, LARGE_PACKET);
  camera.rtp += 3000;
  SEND (&camera, TRUE, idr);
  g_assert_cmpuint (camera.units->len, ==, 1);
  camera_check (&camera, 0, TRUE, "6588 ");
  camera_close (&camera);
}

static void
test_aac (void)
{
  static const guint8 two[] = { 0, 32, 0, 24, 0, 16, 'a', 'b', 'c', 'd', 'e' };
  static const guint8 part[] = { 0, 16, 0, 40, 'f', 'g', 'h' };
  static const guint8 rest[] = { 0, 16, 0, 40, 'i', 'j' };
  static const guint8 interleaved[] = { 0, 16, 0, 9, 'k' };
  static const guint8 cut[] = { 0, 32, 0, 16, 0, 16, 'a', 'b', 'c' };
  Camera camera;

  camera_open (&camera, AAC);
  SEND (&camera, TRUE, two);
  SEND (&camera, FALSE, part);
  SEND (&camera, TRUE, rest);
  g_assert_cmpuint (camera.units->len, ==, 3);
  g_assert_cmpint (gst_buffer_memcmp (unit_list_get (camera.units, 1)->buffer, 0, "de", 2), ==, 0);
  g_assert_cmpuint (unit_list_get (camera.units, 1)->rtp, ==, 1000 + 1024);
  g_assert_cmpuint (gst_buffer_get_size (unit_list_get (camera.units, 0)->buffer), ==, 3);
  g_assert_cmpint (gst_buffer_memcmp (unit_list_get (camera.units, 2)->buffer, 0, "fghij", 5), ==,
                   0);
  SEND (&camera, FALSE, part);
  camera.sequence++;
  SEND (&camera, TRUE, rest);
  SEND (&camera, TRUE, interleaved);
  g_assert_cmpuint (camera.units->len, ==, 3);
  SEND (&camera, TRUE, cut);
  g_assert_cmpuint (camera.units->len, ==, 4);
  g_assert_cmpuint (camera_count (&camera).malformed, ==, 2);
  camera_close (&camera);
}

/* 200 packets of sound, 20 ms each: @late: µs that every other one came late; @batch: so many
 * are read together. Returns: the jitter. */
static guint32
take_sound (gint64 late, guint batch)
{
  static const guint8 sound[160] = { 0 };
  Camera camera;
  guint32 jitter;

  camera_open (&camera, "application/x-rtp,media=audio,payload=0,clock-rate=8000");
  for (guint i = 0; i < 200; i++, camera.rtp += 160) {
    guint8 packet[172] = { 0x80, 0, 0, (guint8) i };
    gint64 arrival = (i / batch + 1) * batch * 20000 + (i % 2) * late;

    GST_WRITE_UINT32_BE (packet + 4, camera.rtp);
    memcpy (packet + 12, sound, sizeof sound);
    gst_camera_depay_take (camera.depay, packet, sizeof packet, G_MAXINT64 / 2 + arrival);
  }
  g_assert_cmpuint (camera.units->len, ==, 200);
  g_assert_cmpuint (gst_camera_depay_get_rate (camera.depay), ==, 8000);
  jitter = camera_count (&camera).jitter;
  camera_close (&camera);
  return jitter;
}

/* RFC 3550, A.8: packets that come 10 ms early and late by turns; and what waited for us only. */
static void
test_jitter (void)
{
  guint32 jitter = take_sound (10000, 1);

  g_assert_cmpuint (jitter, >=, 78);
  g_assert_cmpuint (jitter, <=, 81);
  g_assert_cmpuint (take_sound (0, 1), ==, 0);
  g_assert_cmpuint (take_sound (0, 12), ==, 0);
}

static void
test_known (void)
{
  static const gchar *const known[] = { H264, H264 ",packetization-mode=(string)1", H265, AAC,
                                        "application/x-rtp,media=audio,payload=8,clock-rate=8000" };
  static const gchar *const unknown[]
      = { H264 ",packetization-mode=(string)2",
          H265 ",sprop-max-don-diff=(string)1",
          AAC ",ctsdeltalength=(string)4",
          "application/x-rtp,media=audio,clock-rate=48000,encoding-name=MPEG4-GENERIC,mode=AAC-hbr",
          "application/x-rtp,media=audio,clock-rate=48000,encoding-name=MP4A-LATM",
          "application/x-rtp,media=video,encoding-name=H264",
          "application/x-rtp,media=video,clock-rate=90000,encoding-name=JPEG" };

  for (guint i = 0; i < G_N_ELEMENTS (known) + G_N_ELEMENTS (unknown); i++) {
    gboolean is_known = i < G_N_ELEMENTS (known);
    g_autoptr (GstCaps) caps
        = gst_caps_from_string (is_known ? known[i] : unknown[i - G_N_ELEMENTS (known)]);

    g_assert_nonnull (caps);
    g_assert_cmpint (gst_camera_depay_knows (caps), ==, is_known);
  }
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camera-depay/boundaries", test_boundaries);
  g_test_add_func ("/camera-depay/loss", test_loss);
  g_test_add_func ("/camera-depay/remains", test_remains);
  g_test_add_func ("/camera-depay/middle", test_middle);
  g_test_add_func ("/camera-depay/h265", test_h265);
  g_test_add_func ("/camera-depay/order", test_order);
  g_test_add_func ("/camera-depay/marks-everywhere", test_marks_everywhere);
  g_test_add_func ("/camera-depay/start-codes", test_start_codes);
  g_test_add_func ("/camera-depay/parameter-sets", test_parameter_sets);
  g_test_add_func ("/camera-depay/malformed", test_malformed);
  g_test_add_func ("/camera-depay/too-large", test_too_large);
  g_test_add_func ("/camera-depay/aac", test_aac);
  g_test_add_func ("/camera-depay/jitter", test_jitter);
  g_test_add_func ("/camera-depay/known", test_known);
  return g_test_run ();
}
