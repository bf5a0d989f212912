/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What comes on an RTSP connection, taken apart. Each stream comes in one piece, byte by byte, and
 * in pieces of many sizes: what is told must be the same. */
#include <gst/gst.h>
#include <string.h>

#include "camera/lean/gstcamerainterleave.h"

#define SSRC     0x11223344
#define CHANNELS 4
#define ANSWER   "RTSP/1.0 200 OK\r\nCSeq: 7\r\n\r\n"

static void
on_packet (gpointer owner, guint8 channel, const guint8 *data, gsize size)
{
  g_assert_cmpuint (size, >, 0);
  g_string_append_printf (owner, "%u:%" G_GSIZE_FORMAT ":%02x ", channel, size, data[size - 1]);
}

static void
on_message (gpointer owner, const gchar *head, gsize head_size, const guint8 *body, gsize body_size)
{
  g_string_append_printf (owner, "[%.*s|%.*s] ", (int) strcspn (head, "\r\n"), head,
                          (int) body_size, (const gchar *) body);
  g_assert_cmpint (head[head_size - 1], ==, '\n');
}

static const GstCameraInterleaveEvents events = { on_packet, on_message };

static void
check_cut (const GByteArray *stream, gsize cut, const gchar *told, guint64 noise)
{
  g_autoptr (GString) got = g_string_new (NULL);
  g_autoptr (GstCameraInterleave) interleave = gst_camera_interleave_new (&events, got, CHANNELS);

  for (gsize at = 0; at < stream->len; at += cut) {
    gsize size = MIN (cut, stream->len - at);
    /* of its own, so that reading over its end shows */
    g_autofree guint8 *chunk = g_memdup2 (stream->data + at, size);

    gst_camera_interleave_take (interleave, chunk, size);
  }
  g_assert_cmpstr (got->str, ==, told);
  g_assert_cmpuint (gst_camera_interleave_get_noise (interleave), ==, noise);
  g_assert_false (gst_camera_interleave_is_cut (interleave));
}

static void
check (const GByteArray *stream, const gchar *told, guint64 noise)
{
  check_cut (stream, stream->len, told, noise);
  for (gsize cut = 1; cut < MIN (stream->len, 64); cut++)
    check_cut (stream, cut, told, noise);
}

static void
add (GByteArray *stream, const gchar *text)
{
  g_byte_array_append (stream, (const guint8 *) text, (guint) strlen (text));
}

/* RTP of @size bytes, 12 at least, the last of which is @last. */
static void
add_packet (GByteArray *stream, guint8 channel, guint32 ssrc, guint16 size, guint8 last)
{
  g_autofree guint8 *packet = g_malloc0 (4 + (gsize) size);

  packet[0] = '$';
  packet[1] = channel;
  GST_WRITE_UINT16_BE (packet + 2, size);
  packet[4] = 0x80;
  packet[5] = 96;
  GST_WRITE_UINT32_BE (packet + 12, ssrc);
  packet[3 + size] = last;
  g_byte_array_append (stream, packet, 4u + size);
}

static void
test_packets_and_messages (void)
{
  static const guint8 empty[] = { '$', 0, 0, 0 };
  g_autoptr (GByteArray) stream = g_byte_array_new ();

  add (stream, ANSWER);
  add_packet (stream, 0, SSRC, 20, 1);
  add_packet (stream, 3, SSRC + 1, 300, 2);
  add (stream, "RTSP/1.0 200 OK\r\nContent-type: a/b\r\ncontent-length : 5\r\n\r\n$\1");
  /* the rest of the body, a packet's beginning */
  g_byte_array_append (stream, (const guint8 *) "\0\2x", 3);
  g_byte_array_append (stream, empty, sizeof empty);
  add_packet (stream, 1, SSRC, 12, 3);
  add (stream, "\r\n\r\nANNOUNCE rtsp://a/ RTSP/1.0\nCSeq: 1\n\n");
  add_packet (stream, 0, SSRC, 1500, 4);
  check (stream,
         "[RTSP/1.0 200 OK|] 0:20:01 3:300:02 [RTSP/1.0 200 OK|$\1] 1:12:03 "
         "[ANNOUNCE rtsp://a/ RTSP/1.0|] 0:1500:04 ",
         0);
}

static void
test_largest_packet (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();

  for (guint i = 0; i < 3; i++)
    add_packet (stream, 0, SSRC, G_MAXUINT16, 5);
  check_cut (stream, stream->len, "0:65535:05 0:65535:05 0:65535:05 ", 0);
  check_cut (stream, 1000, "0:65535:05 0:65535:05 0:65535:05 ", 0);
  check_cut (stream, 65539 + 2, "0:65535:05 0:65535:05 0:65535:05 ", 0);
}

static void
test_noise_before_known (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();

  /* a byte too many after each packet: what follows never confirms, the SSRC does */
  for (guint8 i = 0; i < 5; i++) {
    add_packet (stream, i % 2, SSRC, 40, i);
    g_byte_array_append (stream, (const guint8 *) "", 1);
  }
  check (stream, "0:40:00 1:40:01 0:40:02 1:40:03 0:40:04 ", 5);
}

static void
test_noise_before_unknown (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();

  add (stream, "junk $ RTSX $\1");
  add_packet (stream, 2, SSRC, 30, 1);
  add (stream, ANSWER);
  add (stream, "\x80\x80");
  add_packet (stream, 2, SSRC + 1, 30, 2);
  add_packet (stream, 0, SSRC + 2, 30, 3);
  check (stream, "2:30:01 [RTSP/1.0 200 OK|] 2:30:02 0:30:03 ", 14 + 2);
}

/* Bytes of a picture that look like packets. */
static void
test_false_packets (void)
{
  static const guint8 other_version[] = { '$', 0, 0, 20, 0x40, 96 };
  static const guint8 too_short[] = { '$', 0, 0, 4, 0x80, 96 };
  static const guint8 other_channel[] = { '$', CHANNELS, 0, 20, 0x80, 96 };
  static const guint8 unconfirmed[] = { '$', 0, 0, 12, 0x80, 96, 1, 2, 3 };
  g_autoptr (GByteArray) stream = g_byte_array_new ();

  add_packet (stream, 0, SSRC, 20, 1);
  g_byte_array_append (stream, other_channel, sizeof other_channel);
  g_byte_array_append (stream, other_version, sizeof other_version);
  g_byte_array_append (stream, too_short, sizeof too_short);
  g_byte_array_append (stream, unconfirmed, sizeof unconfirmed);
  add_packet (stream, 0, SSRC, 20, 2);
  check (stream, "0:20:01 0:20:02 ", 6 + 6 + 6 + 9);
}

/* Wrong lengths, and messages that are none. */
static void
test_false_messages (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();

  add_packet (stream, 0, SSRC, 20, 1);
  add (stream, "RTSP/1.0 200 OK\r\n"); /* a packet comes between */
  add_packet (stream, 0, SSRC, 20, 2);
  add (stream, "RTSP/1.0 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n");
  add_packet (stream, 0, SSRC, 20, 3);
  add (stream, "RTSP/1.0 200\x7f OK\r\n\r\n");
  add (stream, "RTSP/1.0 404 Not Found\r\nContent-Length: none\r\n\r\n");
  check (stream, "0:20:01 0:20:02 [RTSP/1.0 200 OK|] 0:20:03 [RTSP/1.0 404 Not Found|] ", 17 + 20);
}

/* Each byte costs the same, however it is meant. */
static void
test_hostile (void)
{
  static const guint8 candidate[] = { '$', 0, 0xff, 0xff, 0x80 };
  g_autoptr (GByteArray) candidates = g_byte_array_new ();
  g_autoptr (GByteArray) heads = g_byte_array_new ();
  g_autoptr (GString) told = g_string_new (NULL);
  g_autoptr (GstCameraInterleave) interleave = gst_camera_interleave_new (&events, told, CHANNELS);
  guint64 noise;

  while (candidates->len < 2 * 1024 * 1024)
    g_byte_array_append (candidates, candidate, sizeof candidate);
  while (heads->len < 2 * 1024 * 1024)
    add (heads, "RTSP/");
  gst_camera_interleave_take (interleave, (const guint8 *) "x", 1);
  for (gsize at = 0; at < candidates->len; at += 1000)
    gst_camera_interleave_take (interleave, candidates->data + at,
                                MIN (1000, candidates->len - at));
  noise = gst_camera_interleave_get_noise (interleave);
  g_assert_cmpuint (noise, >, candidates->len - 70000);
  g_assert_true (gst_camera_interleave_is_cut (interleave));
  gst_camera_interleave_reset (interleave);
  g_assert_cmpuint (gst_camera_interleave_get_noise (interleave), ==, 0);
  for (gsize at = 0; at < heads->len; at += 1000)
    gst_camera_interleave_take (interleave, heads->data + at, MIN (1000, heads->len - at));
  g_assert_cmpuint (gst_camera_interleave_get_noise (interleave), >=, 7 * 256 * 1024);
  g_assert_cmpstr (told->str, ==, "");
}

static void
test_large_body (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  g_autoptr (GString) told = g_string_new (NULL);
  g_autofree gchar *body = g_strnfill (200000, 'b');

  add (stream, "SET_PARAMETER rtsp://a/ RTSP/1.0\r\nContent-Length: 200000\r\n\r\n");
  add (stream, body);
  add (stream, ANSWER);
  g_string_append_printf (told, "[SET_PARAMETER rtsp://a/ RTSP/1.0|%s] [RTSP/1.0 200 OK|] ", body);
  check_cut (stream, stream->len, told->str, 0);
  check_cut (stream, 777, told->str, 0);
}

static void
test_reset (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  g_autoptr (GString) told = g_string_new (NULL);
  g_autoptr (GstCameraInterleave) interleave = gst_camera_interleave_new (&events, told, CHANNELS);

  add_packet (stream, 1, SSRC, 100, 9);
  gst_camera_interleave_take (interleave, stream->data, 50);
  g_assert_true (gst_camera_interleave_is_cut (interleave));
  gst_camera_interleave_reset (interleave);
  g_assert_false (gst_camera_interleave_is_cut (interleave));
  gst_camera_interleave_take (interleave, stream->data, stream->len);
  g_assert_cmpstr (told->str, ==, "1:100:09 ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/interleave/packets-and-messages", test_packets_and_messages);
  g_test_add_func ("/interleave/largest-packet", test_largest_packet);
  g_test_add_func ("/interleave/noise-before-known", test_noise_before_known);
  g_test_add_func ("/interleave/noise-before-unknown", test_noise_before_unknown);
  g_test_add_func ("/interleave/false-packets", test_false_packets);
  g_test_add_func ("/interleave/false-messages", test_false_messages);
  g_test_add_func ("/interleave/hostile", test_hostile);
  g_test_add_func ("/interleave/large-body", test_large_body);
  g_test_add_func ("/interleave/reset", test_reset);
  return g_test_run ();
}
