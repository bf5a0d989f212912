/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What passes of a media: its times, where the session manager says none, and what is told. */
#include "camera/gstcamerareorder.h"
#include "camera/gstcameratrack.h"

#define NONE ((guint64) GST_CLOCK_TIME_NONE)
#define RATE 90000
#define STEP 3600
#define FPS  (40 * GST_MSECOND)

typedef struct {
  guint started;
  guint lost;
  guint missing;
} Told;

static void
on_started (gpointer owner, GstCameraTrack *track, GstCaps *caps, GstClockTime pts)
{
  Told *told = owner;

  told->started++;
}

static void
on_lost (gpointer owner, GstCameraTrack *track, guint missing, GstClockTime from, GstClockTime to)
{
  Told *told = owner;

  told->lost++;
  told->missing += missing;
  g_assert_cmpuint (from, <, to);
}

static const GstCameraTrackEvents events = { on_started, on_lost };

static GstCameraTrack *
track_new (const gchar *media, const gchar *encoding, Told *told)
{
  g_autoptr (GstCaps) caps
      = gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING, media, "encoding-name",
                             G_TYPE_STRING, encoding, NULL);

  return gst_camera_track_new (gst_camera_codec_find (caps), &events, told);
}

/* The time that a frame leaves with, or NONE when it does not pass. */
static GstClockTime
take (GstCameraTrack *track, const GstCameraFrame *frame)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 160, NULL);
  GstClockTime pts = GST_CLOCK_TIME_NONE;

  if (gst_camera_track_take (track, &buffer, frame))
    pts = GST_BUFFER_PTS (buffer);
  gst_buffer_unref (buffer);
  return pts;
}

static GstClockTime
take_picture (GstCameraTrack *track, guint number, GstClockTime pts)
{
  const GstCameraFrame frame = {
    .pts = pts,
    .arrival = NONE,
    .has_rtp = TRUE,
    .rtp = number * STEP,
    .rate = RATE,
    .picture = number == 0 ? GST_CAMERA_PICTURE_RANDOM_ACCESS : GST_CAMERA_PICTURE_OTHER,
  };

  return take (track, &frame);
}

/* Packets that come all at once after a stall have no times of the session manager's, but their
 * timestamps: nothing is squeezed together. */
static void
test_stall (void)
{
  Told told = { 0 };
  g_autoptr (GstCameraTrack) track = track_new ("video", "H264", &told);
  GstCameraTrackCounters counters;

  for (guint i = 0; i < 30; i++) {
    GstClockTime pts = GST_SECOND + i * FPS;

    g_assert_cmpuint (take_picture (track, i, i < 10 || i >= 24 ? pts : NONE), ==, pts);
  }
  gst_camera_track_get_counters (track, &counters);
  g_assert_cmpuint (counters.frames, ==, 30);
  g_assert_cmpuint (counters.without_pts, ==, 14);
  g_assert_cmpuint (told.started, ==, 1);
  g_assert_cmpuint (told.lost, ==, 0);
}

/* Two pictures of one timestamp: the second is shown right after the first. */
static void
test_same_timestamp (void)
{
  Told told = { 0 };
  g_autoptr (GstCameraTrack) track = track_new ("video", "H264", &told);

  g_assert_cmpuint (take_picture (track, 0, GST_SECOND), ==, GST_SECOND);
  g_assert_cmpuint (take_picture (track, 1, GST_SECOND + FPS), ==, GST_SECOND + FPS);
  g_assert_cmpuint (take_picture (track, 1, NONE), ==, GST_SECOND + FPS + GST_CAMERA_REORDER_TICK);
  g_assert_cmpuint (take_picture (track, 2, GST_SECOND + 2 * FPS), ==, GST_SECOND + 2 * FPS);
}

/* Timestamps that jumped tell nothing of a picture that has no other time. */
static void
test_jump (void)
{
  Told told = { 0 };
  g_autoptr (GstCameraTrack) track = track_new ("video", "H264", &told);

  g_assert_cmpuint (take_picture (track, 0, GST_SECOND), ==, GST_SECOND);
  g_assert_cmpuint (take_picture (track, 25 * 3600, NONE), ==,
                    GST_SECOND + GST_CAMERA_REORDER_TICK);
}

static void
test_gate_and_loss (void)
{
  Told told = { 0 };
  g_autoptr (GstCameraTrack) track = track_new ("video", "H264", &told);
  GstCameraFrame frame = { .pts = GST_SECOND, .picture = GST_CAMERA_PICTURE_OTHER, .missing = 2 };

  g_assert_cmpuint (take (track, &frame), ==, NONE);
  frame.picture = GST_CAMERA_PICTURE_RANDOM_ACCESS;
  frame.pts += FPS;
  g_assert_cmpuint (take (track, &frame), ==, frame.pts);
  g_assert_cmpuint (told.lost, ==, 0); /* of what never began */
  frame.picture = GST_CAMERA_PICTURE_OTHER;
  frame.pts += FPS;
  frame.missing = 3;
  g_assert_cmpuint (take (track, &frame), ==, frame.pts);
  g_assert_cmpuint (told.lost, ==, 1);
  g_assert_cmpuint (told.missing, ==, 3);
}

/* Sound without a time stands behind the sound before, and is not dropped. */
static void
test_sound (void)
{
  Told told = { 0 };
  g_autoptr (GstCameraTrack) track = track_new ("audio", "PCMU", &told);
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("audio/x-mulaw", "rate", G_TYPE_INT, 8000, NULL);
  GstCameraFrame frame = { .pts = GST_CLOCK_TIME_NONE };

  gst_camera_track_set_caps (track, caps);
  g_assert_cmpuint (take (track, &frame), ==, NONE);
  frame.pts = GST_SECOND;
  g_assert_cmpuint (take (track, &frame), ==, GST_SECOND);
  frame.pts = GST_CLOCK_TIME_NONE;
  for (guint i = 1; i < 20; i++)
    g_assert_cmpuint (take (track, &frame), ==, GST_SECOND + i * 20 * GST_MSECOND);
}

/* Sound of 20 ms a packet, as of @number; @ahead: what the session manager adds to its time. */
static GstClockTime
take_sound (GstCameraTrack *track, guint number, GstClockTime ahead)
{
  GstClockTime at = number * 20 * GST_MSECOND;
  const GstCameraFrame frame
      = { .pts = at + ahead, .arrival = at, .has_rtp = TRUE, .rtp = number * 160, .rate = 8000 };

  return take (track, &frame) - at;
}

/* Sound leaps with its timestamps; not over a stall, when the session manager does alone. */
static void
test_sound_over_stalls (void)
{
  Told told = { 0 };
  g_autoptr (GstCameraTrack) track = track_new ("audio", "PCMU", &told);
  g_autoptr (GstCaps) caps = gst_caps_new_simple ("audio/x-mulaw", "rate", G_TYPE_INT, 8000, NULL);

  gst_camera_track_set_caps (track, caps);
  for (guint i = 0; i < 200; i++)
    g_assert_cmpuint (take_sound (track, i, i < 100 || i >= 150 ? 0 : GST_SECOND), <,
                      GST_MSECOND * 5);
  /* A second of silence. */
  g_assert_cmpuint (take_sound (track, 250, 100 * GST_MSECOND), ==, 100 * GST_MSECOND);
  /* Laid together anew, of which the timestamps tell nothing: it stays so. */
  for (guint i = 251; i < 1000; i++) {
    GstClockTime moved = take_sound (track, i, 300 * GST_MSECOND);

    if (i < 751)
      g_assert_cmpuint (moved, <, 150 * GST_MSECOND);
    else
      g_assert_cmpuint (moved, ==, 300 * GST_MSECOND);
  }
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cameratrack/stall", test_stall);
  g_test_add_func ("/cameratrack/same-timestamp", test_same_timestamp);
  g_test_add_func ("/cameratrack/jump", test_jump);
  g_test_add_func ("/cameratrack/gate-and-loss", test_gate_and_loss);
  g_test_add_func ("/cameratrack/sound", test_sound);
  g_test_add_func ("/cameratrack/sound-over-stalls", test_sound_over_stalls);
  return g_test_run ();
}
