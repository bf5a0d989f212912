/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* camerasrc when the camera or the address is not as it should be. */
#include <glib/gstdio.h>
#include <string.h>

#include "camerasrc-camera.h"

static void
check_error (const gchar *location, const gchar *user, const gchar *password, gint code)
{
  Run *run = run_new (location, "user-id", user, "user-pw", password, "timeout", "2", NULL);

  run_until_error (run);
  g_assert_error (run->error, GST_RESOURCE_ERROR, code);
  g_assert_null (strstr (run->error->message, password));
  run_free (run);
}

static void
test_not_authorized (gconstpointer mode)
{
  g_autofree gchar *address = NULL;
  Camera *camera = camera_new ("--auth", mode, NULL);

  address = camera_address (camera, "/cam1");
  check_error (address, CAMERA_USER, "wrong-one", GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  camera_free (camera);
}

static void
test_authorized (gconstpointer mode)
{
  g_autofree gchar *address = NULL;
  g_autofree gchar *full = NULL;
  g_autofree gchar *kept = NULL;
  Camera *camera = camera_new ("--auth", mode, NULL);
  Run *run;

  address = camera_address (camera, "/cam1");
  full = g_strdup_printf ("rtsp://" CAMERA_USER ":" CAMERA_PASSWORD "@%s",
                          address + strlen ("rtsp://"));
  run = run_new (full, NULL);
  run_until_frames (run, 5);
  g_object_get (run->source, "location", &kept, NULL);
  g_assert_cmpstr (kept, ==, address);
  run_free (run);
  camera_free (camera);
}

static void
test_no_such_stream (void)
{
  g_autofree gchar *address = NULL;
  Camera *camera = camera_new (NULL, NULL);

  address = camera_address (camera, "/none");
  check_error (address, "u", "pass-word", GST_RESOURCE_ERROR_NOT_FOUND);
  camera_free (camera);
}

static void
test_nobody_listens (void)
{
  check_error ("rtsp://127.0.0.1:1/x", "u", "pass-word", GST_RESOURCE_ERROR_OPEN_READ);
}

static void
test_bad_address (void)
{
  check_error ("http://127.0.0.1/x", "u", "pass-word", GST_RESOURCE_ERROR_SETTINGS);
}

/* A run that @command breaks: ERROR, and EOS for the sinks. */
static void
check_broken (const gchar *command, const gchar *transport, gint code)
{
  g_autofree gchar *address = NULL;
  g_autofree gchar *answer = NULL;
  Camera *camera = camera_new ("--audio", "aac", NULL);
  Run *run;

  address = camera_address (camera, "/cam1");
  run = run_new (address, "timeout", "2", "transport", transport, NULL);
  /* Sound, too: rtspsrc 1.22 ends a stream of UDP that nothing came from with a critical. */
  do
    run_until_frames (run, run->video + 10);
  while (g_atomic_int_get ((gint *) &run->audio) == 0);
  answer = camera_command (camera, command);
  run_until_error (run);
  run_until_eos (run);
  g_assert_error (run->error, GST_RESOURCE_ERROR, code);
  g_assert_cmpuint (run->n_errors, ==, 1);
  run_free (run);
  camera_free (camera);
}

static void
test_reset (void)
{
  check_broken ("reset 1", "tcp", GST_RESOURCE_ERROR_READ);
}

static void
test_close (void)
{
  check_broken ("close 1", "tcp", GST_RESOURCE_ERROR_READ);
}

static void
test_close_udp (void)
{
  check_broken ("close 1", "udp", GST_RESOURCE_ERROR_READ);
}

static void
test_silence (void)
{
  check_broken ("silence 1 on", "tcp", GST_RESOURCE_ERROR_READ);
}

static void
test_silence_udp (void)
{
  check_broken ("silence 1 on", "udp", GST_RESOURCE_ERROR_READ);
}

static void
test_second_source (void)
{
  check_broken ("ssrc 1", "tcp", GST_RESOURCE_ERROR_READ);
}

/* While PAUSED nothing is read, and silence is long in being noticed here. The element alone: sinks
 * would hold up the thread that reads, as no queue is before them. By the engine lean: rtspsrc has
 * the camera pause, too. */
static void
test_hang_up_while_paused (gconstpointer command)
{
  g_autofree gchar *address = NULL;
  g_autofree gchar *answer = NULL;
  Camera *camera = camera_new (NULL, NULL);
  Run *run;

  address = camera_address (camera, "/cam1");
  run = run_new (address, "timeout", "60", NULL);
  run_until_frames (run, 5);
  g_assert_cmpint (gst_element_set_state (run->source, GST_STATE_PAUSED), !=,
                   GST_STATE_CHANGE_FAILURE);
  answer = camera_command (camera, command);
  run_until_error (run);
  g_assert_error (run->error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ);
  run_free (run);
  camera_free (camera);
}

/* The camera drops a session without a request for 2 s, though media keeps the connection busy. */
static void
test_keep_alive (gconstpointer mode)
{
  g_autofree gchar *address = NULL;
  Camera *camera = camera_new ("--session-timeout", "2", "--enforce-timeout", "--auth", mode, NULL);
  Run *run;

  address = camera_address (camera, "/cam1");
  run = run_new (address, "user-id", CAMERA_USER, "user-pw", CAMERA_PASSWORD, NULL);
  run_until_frames (run, 150);
  g_assert_false (run->stamp_missing);
  g_assert_cmpuint (run_stat (run, "packets-lost"), ==, 0);
  run_free (run);
  camera_free (camera);
}

/* Loss goes on counting, and frames go on coming. */
static void
test_loss (void)
{
  g_autofree gchar *address = NULL;
  g_autofree gchar *answer = NULL;
  Camera *camera = camera_new (NULL, NULL);
  Run *run;

  address = camera_address (camera, "/cam1");
  run = run_new (address, NULL);
  run_until_frames (run, 10);
  answer = camera_command (camera, "loss 1 5");
  run_until_frames (run, 80);
  g_assert_cmpuint (run_stat (run, "packets-lost"), >, 0);
  run_end (run);
  run_free (run);
  camera_free (camera);
}

static void
collect (GstDebugCategory *category, GstDebugLevel level, const gchar *file, const gchar *function,
         gint line, GObject *object, GstDebugMessage *message, gpointer user_data)
{
  if (strstr (gst_debug_message_get (message), CAMERA_PASSWORD) != NULL)
    g_atomic_int_inc ((gint *) user_data);
}

static void
on_notify (GstObject *object, GstObject *origin, GParamSpec *property, gint *leaks)
{
  g_autofree gchar *text = NULL;

  if (property->value_type != G_TYPE_STRING || !(property->flags & G_PARAM_READABLE))
    return;
  g_object_get (origin, property->name, &text, NULL);
  if (text != NULL && strstr (text, CAMERA_PASSWORD) != NULL)
    g_atomic_int_inc (leaks);
}

static void
test_password_stays_secret (gconstpointer mode)
{
  g_autofree gchar *address = NULL;
  g_autofree gchar *dot = NULL;
  Camera *camera = camera_new ("--auth", mode, NULL);
  gint leaks = 0;
  Run *run;

  gst_debug_remove_log_function (gst_debug_log_default);
  gst_debug_add_log_function (collect, &leaks, NULL);
  gst_debug_set_default_threshold (GST_LEVEL_DEBUG);
  address = camera_address (camera, "/cam1");
  run = run_new (address, "user-id", CAMERA_USER, "user-pw", CAMERA_PASSWORD, NULL);
  g_signal_connect (run->pipeline, "deep-notify", G_CALLBACK (on_notify), &leaks);
  run_until_frames (run, 5);
  dot = gst_debug_bin_to_dot_data (GST_BIN (run->pipeline), GST_DEBUG_GRAPH_SHOW_VERBOSE);
  run_free (run);
  gst_debug_set_default_threshold (GST_LEVEL_NONE);
  gst_debug_remove_log_function (collect);

  g_assert_null (strstr (dot, CAMERA_PASSWORD));
  g_assert_nonnull (strstr (dot, CAMERA_USER));
  g_assert_cmpint (g_atomic_int_get (&leaks), ==, 0);
  camera_free (camera);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/camerasrc/authorized/digest", "digest", test_authorized);
  g_test_add_data_func ("/camerasrc/authorized/basic", "basic", test_authorized);
  g_test_add_data_func ("/camerasrc/not-authorized/digest", "digest", test_not_authorized);
  g_test_add_data_func ("/camerasrc/not-authorized/basic", "basic", test_not_authorized);
  g_test_add_func ("/camerasrc/no-such-stream", test_no_such_stream);
  g_test_add_func ("/camerasrc/nobody-listens", test_nobody_listens);
  g_test_add_func ("/camerasrc/bad-address", test_bad_address);
  g_test_add_func ("/camerasrc/reset", test_reset);
  g_test_add_func ("/camerasrc/close", test_close);
  g_test_add_func ("/camerasrc/close-udp", test_close_udp);
  g_test_add_func ("/camerasrc/silence", test_silence);
  g_test_add_func ("/camerasrc/silence-udp", test_silence_udp);
  g_test_add_func ("/camerasrc/second-source", test_second_source);
  g_test_add_func ("/camerasrc/loss", test_loss);
  g_test_add_data_func ("/camerasrc/keep-alive/none", "none", test_keep_alive);
  g_test_add_data_func ("/camerasrc/keep-alive/digest", "digest", test_keep_alive);
  g_test_add_data_func ("/camerasrc/secret/digest", "digest", test_password_stays_secret);
  g_test_add_data_func ("/camerasrc/secret/basic", "basic", test_password_stays_secret);
  if (g_str_equal (camera_test_engine (), "lean")) {
    g_test_add_data_func ("/camerasrc/paused/close", "close 1", test_hang_up_while_paused);
    g_test_add_data_func ("/camerasrc/paused/reset", "reset 1", test_hang_up_while_paused);
  }
  return camera_test_run ();
}
