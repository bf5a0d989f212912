/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The parts of camerasrc that need no camera. */
#include <gst/gst.h>
#include <string.h>

#include "camera/gstcameragate.h"
#include "camera/gstcameraloss.h"
#include "camera/gstcamerareorder.h"
#include "camera/gstcameratimeline.h"
#include "camera/gstcamerauri.h"

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
    time = gst_camera_timeline_next (&timeline, rtp, 90000, GST_SECOND + i * 39 * GST_MSECOND);
    g_assert_cmpuint (time, ==, i == 0 ? GST_SECOND : last + 40 * GST_MSECOND);
    last = time;
  }
  g_assert_cmpint (gst_camera_timeline_correction (&timeline), ==, 99 * GST_MSECOND);

  /* One shown before the last. */
  g_assert_cmpuint (
      gst_camera_timeline_next (&timeline, rtp - 7200, 90000, last - 99 * GST_MSECOND), ==,
      last - 40 * GST_MSECOND);
  /* A timestamp that jumps by an hour: the session manager knows that it was 40 ms. */
  g_assert_cmpuint (
      gst_camera_timeline_next (&timeline, rtp + 90000 * 3600, 90000, last - 59 * GST_MSECOND), ==,
      last);
}

/* 25 frames a second of a 90 kHz clock, over a wrap of the timestamps. */
static void
test_loss (void)
{
  guint32 rtp = G_MAXUINT32 - 10 * 3600;
  GstCameraLoss loss;

  gst_camera_loss_init (&loss);
  g_assert_cmpuint (gst_camera_loss_next (&loss, rtp, 90000, TRUE), ==, 0); /* the first */
  for (guint i = 0; i < 20; i++)
    g_assert_cmpuint (gst_camera_loss_next (&loss, rtp += 3600, 90000, FALSE), ==, 0);
  /* Marked after what is missing … */
  g_assert_cmpuint (gst_camera_loss_next (&loss, rtp += 2 * 3600, 90000, TRUE), ==, 1);
  g_assert_cmpuint (gst_camera_loss_next (&loss, rtp += 3600, 90000, FALSE), ==, 0);
  g_assert_cmpuint (gst_camera_loss_next (&loss, rtp += 26 * 3600 + 700, 90000, TRUE), ==, 25);
  g_assert_cmpuint (gst_camera_loss_next (&loss, rtp += 3600, 90000, FALSE), ==, 0);
  /* … or before it … */
  g_assert_cmpuint (gst_camera_loss_next (&loss, rtp += 3600, 90000, TRUE), ==, 1);
  g_assert_cmpuint (gst_camera_loss_next (&loss, rtp += 4 * 3600, 90000, FALSE), ==, 2);
  /* … or one that came in part. */
  g_assert_cmpuint (gst_camera_loss_next (&loss, rtp += 3600, 90000, TRUE), ==, 1);
  g_assert_cmpuint (gst_camera_loss_next (&loss, rtp += 3600, 90000, FALSE), ==, 0);
  /* The camera left pictures out: nothing is lost. */
  g_assert_cmpuint (gst_camera_loss_next (&loss, rtp += 5 * 3600, 90000, FALSE), ==, 0);
  g_assert_cmpuint (gst_camera_loss_next (&loss, rtp += 3 * 3600, 90000, TRUE), ==, 2);
}

/* What is not known is not made up. */
static void
test_loss_unclear (void)
{
  GstCameraLoss loss;

  gst_camera_loss_init (&loss);
  gst_camera_loss_next (&loss, 0, 90000, TRUE);
  g_assert_cmpuint (gst_camera_loss_next (&loss, 9000, 90000, TRUE), ==, 1); /* no distance yet */
  for (guint i = 1; i < 10; i++)
    gst_camera_loss_next (&loss, 9000 + i * 3600, 90000, FALSE);
  g_assert_cmpuint (gst_camera_loss_next (&loss, 9000 + 8 * 3600, 90000, TRUE), ==, 1); /* B */
  g_assert_cmpuint (gst_camera_loss_next (&loss, 90000 * 100, 90000, TRUE), ==, 0);     /* a jump */
  g_assert_cmpuint (gst_camera_loss_next (&loss, 90000 * 100 + 7200, 90000, TRUE), ==, 1);
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
  g_test_add_func ("/camerasrc/loss", test_loss);
  g_test_add_func ("/camerasrc/loss-unclear", test_loss_unclear);
  return g_test_run ();
}
