/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of camerasrc that need no camera. */
#include <gst/gst.h>
#include <gst/rtp/gstrtpbuffer.h>
#include <string.h>

#include "camera/gstcameragate.h"
#include "camera/gstcameraloss.h"
#include "camera/gstcamerareorder.h"
#include "camera/gstcameratimeline.h"
#include "camera/gstcamerauri.h"

#define NONE GST_CLOCK_TIME_NONE

typedef struct {
  const gchar *location, *uri, *user, *password;
} Address;

static void
test_uri (void)
{
  static const Address good[] = {
    { "rtsp://host/path", "rtsp://host/path", NULL, NULL },
    { " RTSP://host:554/a?b=1 ", "rtsp://host:554/a?b=1", NULL, NULL },
    { "rtsps://u@host/", "rtsps://host/", "u", NULL },
    { "rtsp://u:p@host/", "rtsp://host/", "u", "p" },
    { "rtsp://u%40x:p%3Aq@host/", "rtsp://host/", "u@x", "p:q" },
    { "rtsp://u:p@ss@host/x", "rtsp://host/x", "u", "p@ss" },
    { "rtsp://u:p/s?s@host/x", "rtsp://host/x", "u", "p/s?s" },
    { "rtsp://u:100%@host/", "rtsp://host/", "u", "100%" },
    { "rtsp://host:554/path@2", "rtsp://host:554/path@2", NULL, NULL },
    { "rtsp://host/path@2", "rtsp://host/path@2", NULL, NULL },
    { "rtsp://[::1]:8554/cam", "rtsp://[::1]:8554/cam", NULL, NULL },
    { "rtsp://u:p@[::1]/cam", "rtsp://[::1]/cam", "u", "p" },
  };
  static const gchar *const bad[] = { "",
                                      "host",
                                      "http://u:secret@host/",
                                      "rtsp://",
                                      "rtsp:///x",
                                      "rtsp://u:secret@/x",
                                      "rtsp://:554/x" };

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autofree gchar *uri = NULL;
    g_autofree gchar *user = NULL;
    g_autofree gchar *password = NULL;
    g_autoptr (GError) error = NULL;

    gst_camera_uri_split (good[i].location, &uri, &user, &password, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (uri, ==, good[i].uri);
    g_assert_cmpstr (user, ==, good[i].user);
    g_assert_cmpstr (password, ==, good[i].password);
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree gchar *uri = NULL;
    g_autofree gchar *user = NULL;
    g_autofree gchar *password = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_false (gst_camera_uri_split (bad[i], &uri, &user, &password, &error));
    g_assert_null (strstr (error->message, "secret"));
  }
}

/* Decoding times of I0 P3 B1 B2 P6 B4 B5 …, in units of 40 ms. */
static void
test_reorder (void)
{
  static const guint shown[] = { 0, 3, 1, 2, 6, 4, 5, 9, 7, 8 };
  GstClockTime last = 0;
  GstCameraReorder reorder;

  gst_camera_reorder_init (&reorder);
  for (guint i = 0; i < G_N_ELEMENTS (shown); i++) {
    GstClockTime pts = GST_SECOND + shown[i] * 40 * GST_MSECOND;
    GstClockTime dts = gst_camera_reorder_next (&reorder, pts);

    g_assert_cmpuint (dts, >, last);
    if (i > 4) /* learnt */
      g_assert_cmpuint (dts, <=, pts);
    last = dts;
  }
}

static void
test_no_reorder (void)
{
  GstCameraReorder reorder;

  gst_camera_reorder_init (&reorder);
  for (GstClockTime pts = 0; pts < GST_SECOND; pts += 40 * GST_MSECOND)
    g_assert_cmpuint (gst_camera_reorder_next (&reorder, pts), ==, pts);
}

static void
check_picture (gboolean h265, const guint8 *data, gsize size, GstCameraPicture picture)
{
  GstCameraNalFormat format = { h265, 0 };
  g_autoptr (GstBuffer) buffer = gst_buffer_new_memdup (data, size);

  g_assert_cmpint (gst_camera_picture_of (&format, buffer), ==, picture);
}

static void
test_pictures (void)
{
  static const guint8 idr[] = { 0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x65, 0x88 };
  static const guint8 i_slice[] = { 0, 0, 0, 1, 0x09, 0xf0, 0, 0, 1, 0x41, 0x88 };
  static const guint8 cra[] = { 0, 0, 1, 0x40, 1, 9, 0, 0, 1, 0x2a, 1 };
  static const guint8 rasl[] = { 0, 0, 1, 0x10, 1, 9 };
  static const guint8 idr_w_radl[] = { 0, 0, 1, 0x26, 1, 9 };
  static const guint8 cut_off[] = { 0, 0, 1 };

  check_picture (FALSE, idr, sizeof idr, GST_CAMERA_PICTURE_RANDOM_ACCESS);
  check_picture (FALSE, i_slice, sizeof i_slice, GST_CAMERA_PICTURE_OTHER);
  check_picture (FALSE, cut_off, sizeof cut_off, GST_CAMERA_PICTURE_OTHER);
  check_picture (TRUE, cra, sizeof cra, GST_CAMERA_PICTURE_OPEN);
  check_picture (TRUE, rasl, sizeof rasl, GST_CAMERA_PICTURE_SKIPPED_LEADING);
  check_picture (TRUE, idr_w_radl, sizeof idr_w_radl, GST_CAMERA_PICTURE_RANDOM_ACCESS);
}

/* The camera's own distances, whatever the session manager makes of them. */
static void
test_timeline (void)
{
  GstCameraTimeline timeline;
  GstClockTime time, last = 0;
  guint32 rtp = G_MAXUINT32 - 10000; /* wraps after three pictures */

  gst_camera_timeline_init (&timeline);
  for (guint i = 0; i < 100; i++, rtp += 3600) {
    time
        = gst_camera_timeline_next (&timeline, rtp, 90000, GST_SECOND + i * 39 * GST_MSECOND, NONE);
    g_assert_cmpuint (time, ==, i == 0 ? GST_SECOND : last + 40 * GST_MSECOND);
    last = time;
  }
  g_assert_cmpint (gst_camera_timeline_correction (&timeline), ==, 99 * GST_MSECOND);

  /* One shown before the last. */
  g_assert_cmpuint (
      gst_camera_timeline_next (&timeline, rtp - 5400, 90000, last - 79 * GST_MSECOND, NONE), ==,
      last - 20 * GST_MSECOND);
  /* A timestamp that jumps by an hour: the session manager knows that it was 40 ms. */
  g_assert_cmpuint (
      gst_camera_timeline_next (&timeline, rtp + 90000 * 3600, 90000, last - 39 * GST_MSECOND, 0),
      ==, last + 20 * GST_MSECOND);
}

/* What the session manager says of pictures @from to @to is @leap ahead, and they come @late; gives
 * how far the last of them was moved. */
static GstClockTime
move (GstCameraTimeline *timeline, guint from, guint to, GstClockTime leap, GstClockTime late)
{
  GstClockTime moved = 0;

  for (guint i = from; i < to; i++) {
    GstClockTime at = GST_SECOND + i * 40 * GST_MSECOND;
    GstClockTime time = gst_camera_timeline_next (timeline, i * 3600, 90000, at + leap, at + late);

    g_assert_cmpuint (time, >=, at + moved);
    moved = time - at;
  }
  return moved;
}

/* The session manager leaps over a stall, and back when what waited has come: the pictures do not.
 * When the camera's own clock stood still it stays. */
static void
test_timeline_over_stalls (void)
{
  GstCameraTimeline timeline;

  gst_camera_timeline_init (&timeline);
  g_assert_cmpuint (move (&timeline, 0, 100, 0, 0), ==, 0);
  g_assert_cmpuint (move (&timeline, 100, 150, 1800 * GST_MSECOND, GST_SECOND), ==, 0);
  g_assert_cmpuint (move (&timeline, 150, 500, 30 * GST_MSECOND, 0), ==, 0);
  g_assert_cmpuint (move (&timeline, 500, 749, 2 * GST_SECOND, 2 * GST_SECOND), ==, 0);
  g_assert_cmpuint (move (&timeline, 749, 800, 2 * GST_SECOND, 2 * GST_SECOND), ==,
                    1970 * GST_MSECOND);
  g_assert_cmpuint (move (&timeline, 800, 900, 2 * GST_SECOND, 2 * GST_SECOND), ==,
                    1970 * GST_MSECOND);

  /* One that was ahead at first comes back: the pictures never do. */
  gst_camera_timeline_init (&timeline);
  g_assert_cmpuint (move (&timeline, 0, 10, 1800 * GST_MSECOND, 0), ==, 1800 * GST_MSECOND);
  g_assert_cmpuint (move (&timeline, 10, 1000, 0, 0), ==, 1800 * GST_MSECOND);
}

/* Each picture has a place of its own, and the others stay where they are. */
static void
test_timestamps_that_go_back (void)
{
  static const guint back[] = { 0, 3, 1, 2, 25, 4 };
  GstClockTime given[600];
  GstCameraTimeline timeline;

  gst_camera_timeline_init (&timeline);
  for (guint i = 0; i < G_N_ELEMENTS (given); i++) {
    guint step = i > 50 && i % 10 > 7 ? back[i / 10 % G_N_ELEMENTS (back)] : 0;
    GstClockTime pts = GST_SECOND + (i - step) * 40 * GST_MSECOND;

    given[i] = gst_camera_timeline_next (&timeline, (i - step) * 3600, 90000, pts, NONE);
    if (step == 0)
      g_assert_cmpuint (given[i], ==, pts);
    g_assert_cmpuint (given[i], >=, pts);
    g_assert_cmpuint (given[i], <=, pts + GST_MSECOND);
    for (guint j = 0; j < i; j++)
      g_assert_cmpuint (ABS (GST_CLOCK_DIFF (given[i], given[j])), >=, GST_CAMERA_REORDER_TICK);
  }
  given[0] = gst_camera_timeline_next_timeless (&timeline, given[599]);
  given[1] = gst_camera_timeline_next_timeless (&timeline, given[599]);
  g_assert_cmpuint (given[0], ==, given[599] + GST_CAMERA_REORDER_TICK);
  g_assert_cmpuint (given[1], ==, given[0] + GST_CAMERA_REORDER_TICK);
}

/* --- Pictures that do not come whole --- */

/* A camera of 25 frames a second that sends each picture behind an SEI message in a packet of its
 * own, and the line to it. */
typedef struct {
  GstCameraLoss loss;
  guint16 sequence;
  guint32 rtp;
  guint counted;
} Line;

static void
line_init (Line *self)
{
  *self = (Line){ .sequence = G_MAXUINT16 - 20, .rtp = G_MAXUINT32 - 10 * 3600 };
  gst_camera_loss_init (&self->loss);
}

/* The next picture, @size packets long: the first at bit 0 of @lost, the last at @size - 1. */
static guint
line_send (Line *self, guint size, guint64 lost)
{
  guint counted = 0;

  for (guint i = 0; i < size; i++) {
    GstCameraPacket packet = { .sequence = ++self->sequence,
                               .timestamp = self->rtp,
                               .last = i + 1 == size,
                               .opening = i < 2,
                               .kind = i == 0 ? 6 : 1 };

    if ((lost >> i & 1) == 0)
      counted += gst_camera_loss_next (&self->loss, &packet);
  }
  self->rtp += 3600;
  self->counted += counted;
  return counted;
}

#define NONE GST_CLOCK_TIME_NONE
#define ALL  G_MAXUINT64

static void
test_loss (void)
{
  Line line;

  line_init (&line);
  for (guint i = 0; i < 20; i++)
    g_assert_cmpuint (line_send (&line, 4, 0), ==, 0); /* over a wrap of both numbers */
  g_assert_cmpuint (line_send (&line, 4, 2), ==, 1);
  g_assert_cmpuint (line_send (&line, 4, 2 + 8), ==, 1); /* no matter how often it is hit */
  g_assert_cmpuint (line_send (&line, 4, 0), ==, 0);
  /* Its end, then its beginning: of one, then of two. */
  g_assert_cmpuint (line_send (&line, 4, 8), ==, 0);
  g_assert_cmpuint (line_send (&line, 4, 0), ==, 1);
  g_assert_cmpuint (line_send (&line, 4, 1), ==, 1);
  g_assert_cmpuint (line_send (&line, 4, 8), ==, 0);
  g_assert_cmpuint (line_send (&line, 4, 1), ==, 2);
  /* Whole pictures, alone and between two that are hit. */
  g_assert_cmpuint (line_send (&line, 1, ALL), ==, 0);
  g_assert_cmpuint (line_send (&line, 4, ALL), ==, 0);
  g_assert_cmpuint (line_send (&line, 4, 0), ==, 2);
  g_assert_cmpuint (line_send (&line, 4, 8), ==, 0);
  for (guint i = 0; i < 25; i++)
    line_send (&line, 4, ALL);
  g_assert_cmpuint (line_send (&line, 4, 1 + 8), ==, 27);
  g_assert_cmpuint (line_send (&line, 4, 0), ==, 0);
}

/* Over hours of loss of each kind not one picture too many or too few. */
static void
test_loss_adds_up (void)
{
  static const double chances[] = { 0.01, 0.05, 0.3, 0.7 };

  for (guint i = 0; i < G_N_ELEMENTS (chances); i++) {
    g_autoptr (GRand) random = g_rand_new_with_seed (7 + i);
    guint hit = 0;
    Line line;

    line_init (&line);
    for (guint n = 0; n < 20; n++)
      line_send (&line, 4, 0);
    for (guint n = 0; n < 20000; n++) {
      guint size = (guint) g_rand_int_range (random, 1, n % 50 == 0 ? 40 : 6);
      guint64 lost = n % 500 < 40 && n % 3 == 0 ? ALL : 0;

      for (guint bit = 0; bit < size; bit++)
        lost |= (guint64) (g_rand_double (random) < chances[i]) << bit;
      if (n % 200 < 9)
        lost = 0; /* so that a camera's frame rate can be known */
      hit += (lost & (ALL >> (64 - size))) != 0;
      line_send (&line, size, lost);
    }
    line_send (&line, 4, 0);
    g_assert_cmpuint (line.counted, ==, hit);
  }
}

/* What is not known is not made up. */
static void
test_loss_unclear (void)
{
  Line line;

  line_init (&line);
  line_send (&line, 1, 0);
  line.sequence += 3;
  line.rtp += 9000;
  g_assert_cmpuint (line_send (&line, 1, 0), ==, 1); /* no distance yet, but something is missing */
  for (guint i = 0; i < 10; i++)
    line_send (&line, 2, 0);
  line.rtp += 5 * 3600; /* the camera left pictures out: nothing is lost */
  g_assert_cmpuint (line_send (&line, 2, 0), ==, 0);
  line.rtp += 5 * 3600;
  line.sequence += 2; /* nor more pictures than packets */
  g_assert_cmpuint (line_send (&line, 2, 0), ==, 2);
  line.rtp -= 3 * 3600;
  line.sequence += 3;
  g_assert_cmpuint (line_send (&line, 2, 0), ==, 1); /* B */
  line.rtp += 90000 * 100;
  line.sequence += 100;
  g_assert_cmpuint (line_send (&line, 2, 0), ==, 0); /* a jump */
  line.sequence -= 100;
  g_assert_cmpuint (line_send (&line, 2, 0), ==, 0); /* and one of the sequence numbers */
  line.sequence++;
  g_assert_cmpuint (line_send (&line, 2, 0), ==, 1);
}

/* A camera that marks no last packets. */
static void
test_loss_unmarked (void)
{
  GstCameraPacket packet = { .timestamp = 0, .opening = TRUE, .kind = 1 };
  GstCameraLoss loss;

  gst_camera_loss_init (&loss);
  for (guint i = 0; i < 10; i++, packet.sequence++, packet.timestamp += 3600)
    g_assert_cmpuint (gst_camera_loss_next (&loss, &packet), ==, 0);
  packet.sequence += 2;
  packet.timestamp += 2 * 3600;
  g_assert_cmpuint (gst_camera_loss_next (&loss, &packet), ==, 2);
  packet.sequence += 2;
  packet.timestamp += 3600;
  g_assert_cmpuint (gst_camera_loss_next (&loss, &packet), ==, 1);
}

typedef struct {
  gboolean h265;
  guint8 payload[4];
  gboolean opening;
  guint kind;
} Payload;

static void
test_packets (void)
{
  static const Payload payloads[] = {
    { FALSE, { 0x67, 0x42 }, TRUE, 7 },
    { FALSE, { 0x65, 0x88 }, TRUE, 5 },
    { FALSE, { 0x41, 0x9a }, TRUE, 1 },
    { FALSE, { 0x41, 0x3a }, FALSE, 1 },
    { FALSE, { 0x78, 0x00, 0x10 }, TRUE, 24 },
    { FALSE, { 0x7c, 0x85, 0x88 }, TRUE, 5 },
    { FALSE, { 0x7c, 0x05, 0x88 }, FALSE, 5 },
    { FALSE, { 0x7c, 0x85, 0x28 }, FALSE, 5 },
    { TRUE, { 0x40, 0x01 }, TRUE, 32 },
    { TRUE, { 0x26, 0x01, 0xaf }, TRUE, 19 },
    { TRUE, { 0x02, 0x01, 0x20 }, FALSE, 1 },
    { TRUE, { 0x62, 0x01, 0x93, 0xaf }, TRUE, 19 },
    { TRUE, { 0x62, 0x01, 0x13, 0xaf }, FALSE, 19 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (payloads); i++) {
    g_autoptr (GstBuffer) buffer = gst_rtp_buffer_new_allocate (sizeof payloads[i].payload, 0, 0);
    GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
    GstCameraPacket packet;

    g_assert_true (gst_rtp_buffer_map (buffer, GST_MAP_WRITE, &rtp));
    gst_rtp_buffer_set_seq (&rtp, (guint16) (40000 + i));
    gst_rtp_buffer_set_timestamp (&rtp, 3000000000);
    gst_rtp_buffer_set_marker (&rtp, i % 2);
    memcpy (gst_rtp_buffer_get_payload (&rtp), payloads[i].payload, sizeof payloads[i].payload);
    gst_rtp_buffer_unmap (&rtp);
    g_assert_true (gst_camera_packet_read (&packet, buffer, payloads[i].h265));
    g_assert_cmpuint (packet.sequence, ==, 40000 + i);
    g_assert_cmpuint (packet.timestamp, ==, 3000000000);
    g_assert_cmpint (packet.last, ==, i % 2);
    g_assert_cmpuint (packet.kind, ==, payloads[i].kind);
    g_assert_cmpint (packet.opening, ==, payloads[i].opening);
  }
  g_autoptr (GstBuffer) empty = gst_rtp_buffer_new_allocate (0, 0, 0);
  g_autoptr (GstBuffer) other = gst_buffer_new_allocate (NULL, 5, NULL);
  GstCameraPacket packet;
  g_assert_false (gst_camera_packet_read (&packet, empty, FALSE));
  g_assert_false (gst_camera_packet_read (&packet, other, FALSE));
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/camerasrc/uri", test_uri);
  g_test_add_func ("/camerasrc/reorder", test_reorder);
  g_test_add_func ("/camerasrc/no-reorder", test_no_reorder);
  g_test_add_func ("/camerasrc/pictures", test_pictures);
  g_test_add_func ("/camerasrc/timeline", test_timeline);
  g_test_add_func ("/camerasrc/timeline-over-stalls", test_timeline_over_stalls);
  g_test_add_func ("/camerasrc/timestamps-that-go-back", test_timestamps_that_go_back);
  g_test_add_func ("/camerasrc/loss", test_loss);
  g_test_add_func ("/camerasrc/loss-adds-up", test_loss_adds_up);
  g_test_add_func ("/camerasrc/loss-unclear", test_loss_unclear);
  g_test_add_func ("/camerasrc/loss-unmarked", test_loss_unmarked);
  g_test_add_func ("/camerasrc/packets", test_packets);
  return g_test_run ();
}
