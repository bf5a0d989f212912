/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sessions of the lean engine with the simulated camera. */
#include <gst/gst.h>
#include <string.h>

#include "camera-viewer.h"
#include "camerasrc-camera.h"

/* A counter of the camera's only session; 0 when it has none. */
static guint64
get_stat (Camera *camera, const gchar *name)
{
  g_autofree gchar *answer = camera_command (camera, "stats 1");
  g_autofree gchar *key = g_strdup_printf ("\"%s\":", name);
  const gchar *at = strstr (answer, key);

  return at != NULL ? g_ascii_strtoull (at + strlen (key), NULL, 10) : 0;
}

/* Until a counter is @least. */
static void
wait_for_stat (Camera *camera, const gchar *name, guint64 least)
{
  gint64 end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  while (get_stat (camera, name) < least) {
    if (g_get_monotonic_time () > end)
      g_error ("the camera's %s did not come to %" G_GUINT64_FORMAT, name, least);
    g_poll (NULL, 0, 20); /* it has other things to do than to be asked */
  }
}

static Viewer *
watch (Camera *camera, guint batch)
{
  g_autofree gchar *address = camera_address (camera, "/cam1");
  Viewer *viewer = viewer_new (address, batch);

  gst_camera_lean_session_start (viewer->session);
  return viewer;
}

static void
check_all_came (Viewer *viewer)
{
  g_mutex_lock (&viewer->lock);
  g_assert_false (viewer->stamp_missing);
  g_assert_false (viewer->broken);
  g_assert_no_error (viewer->error);
  g_mutex_unlock (&viewer->lock);
}

/* --- Media --- */

typedef struct {
  const gchar *name;
  guint batch; /* ms */
  const gchar *options[8];
  gboolean reordered;
} Kind;

static const Kind kinds[] = {
  { "h264", 100, { "--fps", "50" } },
  { "h264-live-pcmu", 0, { "--fps", "50", "--audio", "pcmu" } },
  { "h265-aac", 200, { "--fps", "50", "--codec", "h265", "--audio", "aac" } },
  { "h264-bframes-pcma", 250, { "--fps", "50", "--audio", "pcma", "--bframes", "2" }, TRUE },
  { "h264-opus", 1000, { "--fps", "50", "--audio", "opus" } },
};

static void
test_media (gconstpointer data)
{
  const Kind *kind = data;
  const gchar *const *o = kind->options;
  gboolean sound = o[2] != NULL;
  Camera *camera
      = camera_new ("--report-interval", "200", o[0], o[1], o[2], o[3], o[4], o[5], NULL);
  Viewer *viewer = watch (camera, kind->batch);
  GstCameraRtpCounters counters;
  gint64 error;

  viewer_wait (viewer, viewer->pictures >= 75 && (!sound || viewer->sounds >= 20));
  viewer_wait (viewer, viewer->n_clocks == 1);
  gst_camera_lean_session_stop (viewer->session);
  if (kind->reordered) {
    g_assert_cmpint (viewer->most - viewer->least + 1 - viewer->pictures, <=, 2);
    g_assert_false (viewer->broken);
  } else {
    check_all_came (viewer);
    g_assert_false (viewer->pts_fell);
  }
  g_assert_cmpuint (viewer->n_ready, ==, 1);
  g_assert_cmpuint (viewer->session_timeout, ==, 60);
  g_assert_cmpuint (viewer->n_grants, ==, sound ? 2 : 1);
  g_assert_cmpuint (viewer->caps[0], ==, 1);
  if (sound)
    g_assert_cmpint (ABS (GST_CLOCK_DIFF (viewer->pts, viewer->sound_pts)), <, GST_SECOND);
  /* Time passes by the camera's clock, and ours. */
  g_assert_cmpint (ABS (GST_CLOCK_DIFF (viewer->first_pts, viewer->pts)
                        - 20 * GST_MSECOND * (viewer->pictures - 1)),
                   <, 100 * GST_MSECOND);
  error = viewer->camera_time - (gint64) (viewer->clock_at / 1000)
          - (g_get_real_time () - (g_get_monotonic_time () - viewer->origin));
  g_assert_cmpint (ABS (error), <, G_USEC_PER_SEC);

  gst_camera_lean_session_get_counters (viewer->session, &counters);
  g_assert_cmpuint (counters.received, >=, 75);
  g_assert_cmpuint (counters.lost + counters.duplicate + counters.late, ==, 0);
  viewer_free (viewer);
  camera_free (camera);
}

static void
test_loss (void)
{
  Camera *camera = camera_new ("--fps", "50", NULL);
  Viewer *viewer = watch (camera, 100);
  GstCameraRtpCounters counters;

  viewer_wait (viewer, viewer->pictures > 10);
  g_free (camera_command (camera, "loss 1 10"));
  viewer_wait (viewer, viewer->broken && viewer->pictures > 60);
  gst_camera_lean_session_get_counters (viewer->session, &counters);
  g_assert_cmpuint (counters.lost, >, 0);
  g_assert_cmpuint (viewer->n_ended, ==, 0);
  viewer_free (viewer);
  camera_free (camera);
}

/* --- Pace --- */

/* In batches it looks seldom, but for the first two seconds; live, at each picture; it may change
 * its mind. */
static void
test_live (void)
{
  Camera *camera = camera_new ("--fps", "50", NULL);
  Viewer *viewer = watch (camera, 500);
  guint pictures, looks;

  viewer_wait (viewer, viewer->pictures >= 150);
  g_mutex_lock (&viewer->lock);
  pictures = viewer->pictures;
  looks = viewer->looks;
  g_mutex_unlock (&viewer->lock);
  viewer_wait (viewer, viewer->pictures >= pictures + 75);
  g_mutex_lock (&viewer->lock);
  g_assert_cmpuint (viewer->looks - looks, <=, 10);
  gst_camera_lean_session_set_batch (viewer->session, 0);
  pictures = viewer->pictures;
  looks = viewer->looks;
  g_mutex_unlock (&viewer->lock);
  viewer_wait (viewer, viewer->pictures >= pictures + 100);
  g_mutex_lock (&viewer->lock);
  g_assert_cmpuint (viewer->looks - looks, >=, 50);
  g_mutex_unlock (&viewer->lock);
  gst_camera_lean_session_set_batch (viewer->session, 1000);
  gst_camera_lean_session_hold (viewer->session, FALSE);
  check_all_came (viewer);
  viewer_free (viewer);
  camera_free (camera);
}

/* Nothing is read, or lost, until there is a clock; nor is it looked for it all the time. */
static void
test_no_time (gconstpointer batch)
{
  Camera *camera = camera_new ("--fps", "50", NULL);
  g_autofree gchar *address = camera_address (camera, "/cam1");
  Viewer *viewer = viewer_new (address, GPOINTER_TO_UINT (batch));

  viewer->no_time = TRUE;
  gst_camera_lean_session_start (viewer->session);
  wait_for_stat (camera, "frames", 50);
  g_mutex_lock (&viewer->lock);
  g_assert_cmpuint (viewer->pictures, ==, 0);
  g_assert_cmpuint (viewer->looks, >=, 2);
  g_assert_cmpuint (viewer->looks, <, 100);
  viewer->no_time = FALSE;
  g_mutex_unlock (&viewer->lock);
  viewer_wait (viewer, viewer->pictures >= 55);
  gst_camera_lean_session_stop (viewer->session);
  check_all_came (viewer);
  viewer_free (viewer);
  camera_free (camera);
}

/* A recorder that stands still for 3 s loses nothing, and what comes after it has its times. */
static void
test_stalled (void)
{
  Camera *camera = camera_new ("--bitrate", "8000", "--width", "640", "--height", "360", "--queue",
                               "64", NULL);
  Viewer *viewer = watch (camera, 100);
  guint64 frames;

  viewer_wait (viewer, viewer->pictures >= 10);
  frames = get_stat (camera, "frames");
  g_mutex_lock (&viewer->lock);
  viewer->gate = TRUE;
  g_mutex_unlock (&viewer->lock);
  wait_for_stat (camera, "frames", frames + 75);
  g_mutex_lock (&viewer->lock);
  viewer->gate = FALSE;
  g_cond_broadcast (&viewer->changed);
  g_mutex_unlock (&viewer->lock);
  viewer_wait (viewer, viewer->pictures >= frames + 75);
  g_assert_cmpuint (get_stat (camera, "dropped"), ==, 0);
  gst_camera_lean_session_stop (viewer->session);
  check_all_came (viewer);
  g_assert_false (viewer->pts_fell);
  g_assert_cmpint (ABS (GST_CLOCK_DIFF (viewer->first_pts, viewer->pts)
                        - 40 * GST_MSECOND * (viewer->pictures - 1)),
                   <, 100 * GST_MSECOND);
  viewer_free (viewer);
  camera_free (camera);
}

static void
test_hold (void)
{
  Camera *camera = camera_new ("--fps", "50", "--session-timeout", "1", "--enforce-timeout", NULL);
  Viewer *viewer = watch (camera, 0);
  guint64 frames, held;

  viewer_wait (viewer, viewer->pictures >= 10);
  gst_camera_lean_session_hold (viewer->session, TRUE);
  frames = get_stat (camera, "frames");
  wait_for_stat (camera, "frames", frames + 25);
  held = viewer_get_pictures (viewer);
  wait_for_stat (camera, "frames", frames + 75);
  g_assert_cmpuint (viewer_get_pictures (viewer), ==, held);
  gst_camera_lean_session_hold (viewer->session, FALSE);
  viewer_wait (viewer, viewer->pictures >= frames + 100);
  check_all_came (viewer);
  viewer_free (viewer);
  camera_free (camera);
}

/* --- Dialogue --- */

/* The camera drops a session without a request for 1 s, and gives a new nonce each second. */
static void
test_keep_alive (gconstpointer mode)
{
  Camera *camera = camera_new ("--session-timeout", "1", "--enforce-timeout", "--auth", mode,
                               "--nonce-lifetime", "1", "--audio", "pcmu", NULL);
  Viewer *viewer = watch (camera, 250);

  wait_for_stat (camera, "keepalives", 4);
  wait_for_stat (camera, "receiver_reports", 2);
  viewer_wait (viewer, viewer->pictures >= 50);
  check_all_came (viewer);
  g_assert_cmpuint (viewer->session_timeout, ==, 1);
  viewer_free (viewer);
  camera_free (camera);
}

/* What makes a session end, and what is said of it. */
static const gchar *const ends[][2] = {
  { "close 1", "closed the connection" },
  { "reset 1", "is lost" },
  { "ssrc 1", "began its stream anew" },
  { "restart 1", "began its stream anew" },
};

static void
test_ends (gconstpointer data)
{
  const gchar *const *end = data;
  Camera *camera = camera_new (NULL, NULL);
  Viewer *viewer = watch (camera, 100);

  viewer_wait (viewer, viewer->pictures >= 5);
  g_free (camera_command (camera, end[0]));
  viewer_check_ended (viewer, GST_RESOURCE_ERROR_READ, end[1]);
  g_assert_false (viewer->stamp_missing);
  gst_camera_lean_session_drain (viewer->session);
  viewer_wait (viewer, viewer->n_drained == 1);
  viewer_free (viewer);
  camera_free (camera);
}

/* Silence is for who watches the units to judge. */
static void
test_silent (void)
{
  Camera *camera = camera_new ("--session-timeout", "1", NULL);
  Viewer *viewer = watch (camera, 100);
  guint64 keepalives;

  viewer_wait (viewer, viewer->pictures >= 5);
  g_free (camera_command (camera, "silence 1 on"));
  keepalives = get_stat (camera, "keepalives");
  wait_for_stat (camera, "keepalives", keepalives + 2);
  g_assert_cmpuint (viewer->n_ended, ==, 0);
  viewer_free (viewer);
  camera_free (camera);
}

static void
test_refused (void)
{
  Camera *camera = camera_new ("--auth", "digest", NULL);
  g_autofree gchar *address = camera_address (camera, "/cam1");
  GstCameraLeanSettings settings = viewer_settings (address, 100);
  Viewer *viewer;

  settings.offer.password = "wrong";
  viewer = viewer_new_full (&settings);
  gst_camera_lean_session_start (viewer->session);
  viewer_check_ended (viewer, GST_RESOURCE_ERROR_NOT_AUTHORIZED, "user-pw");
  g_assert_cmpuint (viewer->n_ready, ==, 0);
  viewer_free (viewer);

  viewer = viewer_new (address, 100);
  viewer->refuses = TRUE;
  gst_camera_lean_session_start (viewer->session);
  viewer_wait (viewer, viewer->n_ready == 1);
  gst_camera_lean_session_drain (viewer->session);
  viewer_wait (viewer, viewer->n_drained == 1);
  viewer_free (viewer);
  camera_free (camera);
}

/* --- The end by us --- */

static void
test_drain (gconstpointer batch)
{
  Camera *camera = camera_new ("--fps", "50", "--audio", "aac", NULL);
  Viewer *viewer = watch (camera, GPOINTER_TO_UINT (batch));
  guint64 frames;

  viewer_wait (viewer, viewer->pictures >= 5);
  frames = get_stat (camera, "frames");
  gst_camera_lean_session_drain (viewer->session);
  gst_camera_lean_session_drain (viewer->session);
  viewer_wait (viewer, viewer->n_drained == 1);
  g_assert_cmpuint (viewer->pictures, >=, frames);
  check_all_came (viewer);
  viewer_free (viewer);
  camera_free (camera);
}

static void
test_stop_early (void)
{
  Camera *camera = camera_new (NULL, NULL);
  g_autofree gchar *address = camera_address (camera, "/cam1");
  Viewer *viewer;

  viewer = viewer_new (address, 100); /* never started */
  viewer_free (viewer);
  viewer = viewer_new (address, 100);
  gst_camera_lean_session_drain (viewer->session);
  g_assert_cmpuint (viewer->n_drained, ==, 1);
  gst_camera_lean_session_start (viewer->session);
  viewer_free (viewer);
  g_assert_cmpuint (get_stat (camera, "sessions_seen"), ==, 0);

  for (guint i = 0; i < 20; i++) { /* somewhere in the handshake, or behind it */
    viewer = watch (camera, 100);
    if (i % 2 == 1)
      gst_camera_lean_session_drain (viewer->session);
    viewer_free (viewer);
  }
  camera_free (camera);
}

/* A camera that does not answer holds up neither stop() nor another camera. */
static void
test_stop_in_handshake (void)
{
  Camera *dead = camera_new (NULL, NULL);
  Camera *alive = camera_new (NULL, NULL);
  Viewer *waiting[10];
  Viewer *viewer;

  g_free (camera_command (dead, "silence 1 deaf"));
  for (guint i = 0; i < G_N_ELEMENTS (waiting); i++)
    waiting[i] = watch (dead, 100);
  viewer = watch (alive, 100);
  viewer_wait (viewer, viewer->pictures >= 5);
  gst_camera_lean_session_drain (waiting[0]->session);
  g_assert_cmpuint (waiting[0]->n_drained, ==, 1);
  for (guint i = 0; i < G_N_ELEMENTS (waiting); i++)
    viewer_free (waiting[i]);
  viewer_free (viewer);
  camera_free (dead);
  camera_free (alive);
}

static gpointer
open_gate (gpointer data)
{
  Viewer *viewer = data;

  g_mutex_lock (&viewer->lock);
  viewer->gate = FALSE;
  g_cond_broadcast (&viewer->changed);
  g_mutex_unlock (&viewer->lock);
  return NULL;
}

/* stop() waits for a call that is under way; a drain waits for it too. */
static void
test_stop_in_call (gconstpointer data)
{
  gboolean drain = GPOINTER_TO_UINT (data);
  Camera *camera = camera_new (NULL, NULL);
  g_autofree gchar *address = camera_address (camera, "/cam1");
  Viewer *viewer = viewer_new (address, 100);
  GThread *thread;

  viewer->gate = TRUE;
  gst_camera_lean_session_start (viewer->session);
  viewer_wait (viewer, viewer->n_ready == 1);
  if (drain)
    gst_camera_lean_session_drain (viewer->session);
  g_assert_cmpuint (viewer->n_drained, ==, 0);
  thread = g_thread_new ("gate", open_gate, viewer);
  if (drain)
    viewer_wait (viewer, viewer->n_drained == 1);
  gst_camera_lean_session_stop (viewer->session);
  g_assert_false (viewer->calling);
  g_thread_join (thread);
  viewer_free (viewer);
  camera_free (camera);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    g_autofree gchar *path = g_strconcat ("/session/media/", kinds[i].name, NULL);

    g_test_add_data_func (path, &kinds[i], test_media);
  }
  g_test_add_func ("/session/loss", test_loss);
  g_test_add_func ("/session/live", test_live);
  g_test_add_data_func ("/session/no-time/batch", GUINT_TO_POINTER (1000), test_no_time);
  g_test_add_data_func ("/session/no-time/live", GUINT_TO_POINTER (0), test_no_time);
  g_test_add_func ("/session/stalled", test_stalled);
  g_test_add_func ("/session/hold", test_hold);
  g_test_add_data_func ("/session/keep-alive/digest", "digest", test_keep_alive);
  g_test_add_data_func ("/session/keep-alive/basic", "basic", test_keep_alive);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++) {
    g_autofree gchar *path
        = g_strdup_printf ("/session/ends/%.*s", (gint) strcspn (ends[i][0], " "), ends[i][0]);

    g_test_add_data_func (path, ends[i], test_ends);
  }
  g_test_add_func ("/session/silent", test_silent);
  g_test_add_func ("/session/refused", test_refused);
  g_test_add_data_func ("/session/drain/batch", GUINT_TO_POINTER (1000), test_drain);
  g_test_add_data_func ("/session/drain/live", GUINT_TO_POINTER (0), test_drain);
  g_test_add_func ("/session/stop/early", test_stop_early);
  g_test_add_func ("/session/stop/handshake", test_stop_in_handshake);
  g_test_add_data_func ("/session/stop/call", GUINT_TO_POINTER (0), test_stop_in_call);
  g_test_add_data_func ("/session/stop/drain-in-call", GUINT_TO_POINTER (1), test_stop_in_call);
  return camera_test_run ();
}
