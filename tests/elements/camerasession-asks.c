/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What cameras ask, and how they leave, within sessions of the lean engine. */
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <string.h>

#include "camera-sounds.h"
#include "camerasrc-camera.h"

#define AT_ONCE (5 * G_USEC_PER_SEC) /* half a second is meant */

/* Nobody tears down what the camera did. */
static void
test_teardown_by_camera (void)
{
  g_autoptr (GByteArray) media = g_byte_array_new ();

  sounds_add (media, SSRC, 0, 2);
  sounds_add_text (media, "TEARDOWN rtsp://x/ RTSP/1.0\r\nCSeq: 31\r\n\r\n");
  const CameraStep steps[]
      = { BEGIN ("PLAY"), PLAY, STEP_WITH ("OPTIONS BASE/cam ", "200 OK", media), END };
  CameraScript *camera = camera_script_new (steps, NULL);
  Viewer *viewer = sounds_watch (camera, 100);

  viewer_check_ended (viewer, GST_RESOURCE_ERROR_READ, "(TEARDOWN)");
  g_assert_cmpuint (viewer->pictures, ==, 2);
  camera_script_wait_for (camera, "RTSP/1.0 200 OK\r\nCSeq: 31\r\n");
  sounds_finish (camera, viewer);
}

static void
test_asks (gconstpointer certificate)
{
  g_autoptr (GByteArray) first = g_byte_array_new ();
  g_autoptr (GByteArray) second = g_byte_array_new ();

  sounds_add (first, SSRC, 0, 2000);
  sounds_add (second, SSRC, 2000, 2000);
  sounds_add_text (second, "OPTIONS * RTSP/1.0\r\nCSeq: 31\r\n\r\n");
  sounds_add (second, SSRC, 4000, 1);
  sounds_add_text (second,
                   "SET_PARAMETER * RTSP/1.0\r\nCSeq: 32\r\nContent-Length: 5\r\n\r\na: b\n");
  sounds_add_text (second, "PLAY_NOTIFY * RTSP/1.0\r\nCSeq: 33\r\n\r\n");
  sounds_add (second, SSRC, 4001, 1);
  const CameraStep steps[] = { BEGIN ("GET_PARAMETER"),
                               STEP_WITH ("PLAY BASE/cam ", "200 OK", first),
                               STEP_WITH ("GET_PARAMETER BASE/cam ", "200 OK", second),
                               STEPS ("GET_PARAMETER BASE/cam ", "200 OK"),
                               TEARDOWN,
                               END };
  CameraScript *camera = camera_script_new (steps, (GTlsCertificate *) certificate);
  Viewer *viewer = sounds_watch (camera, certificate != NULL ? 0 : 100);
  GstCameraRtpCounters counters;

  viewer_wait (viewer, viewer->pictures == 4002);
  camera_script_wait_for (camera, "RTSP/1.0 200 OK\r\nCSeq: 31\r\nPublic: ANNOUNCE, OPTIONS, "
                                  "GET_PARAMETER, REDIRECT");
  camera_script_wait_for (camera, "RTSP/1.0 200 OK\r\nCSeq: 32\r\n");
  camera_script_wait_for (camera, "RTSP/1.0 501 Not Implemented\r\nCSeq: 33\r\n");
  camera_script_wait_for (camera, "CSeq: 6\r\n");
  gst_camera_lean_session_get_counters (viewer->session, &counters);
  g_assert_cmpuint (counters.received, ==, 4002);
  g_assert_cmpuint (counters.lost, ==, 0);
  g_assert_cmpuint (viewer->n_ended, ==, 0);
  viewer_free (viewer);
  camera_script_wait_for (camera, "TEARDOWN ");
  camera_script_free (camera);
}

static void
test_asks_plain (void)
{
  test_asks (NULL);
}

/* --- REDIRECT and ANNOUNCE (RFC 2326, 10.10 and 10.3) --- */

/* A request that ends the session, with 200 for its answer. */
typedef struct {
  const gchar *name;
  const gchar *headers; /* of REDIRECT, or NULL: ANNOUNCE */
  const gchar *sdp;
  const gchar *said;  /* in the error */
  const gchar *again; /* with BASE */
} Leaving;

#define ELSEWHERE "rtsp://other.example:8554"

static const Leaving leavings[] = {
  { .name = "redirect/location",
    .headers = "Location: " ELSEWHERE "/x?a=1\r\n",
    .said = "another address",
    .again = ELSEWHERE "/x?a=1" },
  { .name = "redirect/host-alone",
    .headers = "Location: " ELSEWHERE "\r\nRange: clock=20990213T143205Z-\r\n",
    .said = "another address",
    .again = ELSEWHERE "/cam" },
  { .name = "redirect/credentials",
    .headers = "Location: rtsp://u:s3cr3t@other.example/x\r\n",
    .said = "another address",
    .again = "rtsp://other.example/x" },
  { .name = "redirect/relative",
    .headers = "Location: /y\r\n",
    .said = "another address",
    .again = "BASE/y" },
  { .name = "redirect/no-location",
    .headers = "Terminate-Reason: Server-Admin\r\n",
    .said = "anew",
    .again = "BASE/cam" },
  { .name = "announce/codec",
    .sdp = "v=0\r\nm=audio 0 RTP/AVP 8\r\na=control:t\r\n",
    .said = "(ANNOUNCE)",
    .again = "BASE/cam" },
  { .name = "announce/control",
    .sdp = "v=0\r\nm=audio 0 RTP/AVP 0\r\na=control:u\r\n",
    .said = "(ANNOUNCE)",
    .again = "BASE/cam" },
  { .name = "announce/pictures",
    .sdp = SDP "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
    .said = "(ANNOUNCE)",
    .again = "BASE/cam" },
};

static void
add_announce (GByteArray *to, guint cseq, const gchar *type, gsize length, const gchar *body)
{
  g_autofree gchar *text
      = g_strdup_printf ("ANNOUNCE rtsp://x/cam RTSP/1.0\r\nCSeq: %u\r\n"
                         "Content-Type: %s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                         cseq, type, length, body);

  sounds_add_text (to, text);
}

static void
add_redirect (GByteArray *to, guint cseq, const gchar *headers)
{
  g_autofree gchar *text
      = g_strdup_printf ("REDIRECT * RTSP/1.0\r\nCSeq: %u\r\nSession: 77\r\n%s\r\n", cseq, headers);

  sounds_add_text (to, text);
}

static void
test_leaves (gconstpointer data)
{
  const Leaving *leaving = data;
  g_autoptr (GByteArray) media = g_byte_array_new ();
  g_autofree gchar *again = NULL;

  sounds_add (media, SSRC, 0, 3);
  if (leaving->headers != NULL)
    add_redirect (media, 31, leaving->headers);
  else
    add_announce (media, 31, "application/sdp", strlen (leaving->sdp), leaving->sdp);
  sounds_add (media, SSRC, 3, 1);
  const CameraStep steps[] = {
    BEGIN ("GET_PARAMETER"),
    PLAY,
    STEP_WITH ("GET_PARAMETER BASE/cam ", "200 OK", media),
    TEARDOWN,
    END,
  };
  CameraScript *camera = camera_script_new (steps, NULL);
  Viewer *viewer = sounds_watch (camera, 100);

  viewer_check_ended (viewer, GST_RESOURCE_ERROR_READ, leaving->said);
  again = camera_script_fill_in (camera, leaving->again);
  g_assert_cmpstr (viewer->again, ==, again);
  g_assert_cmpuint (viewer->pictures, ==, 3); /* what came before is kept */
  camera_script_wait_for (camera, "RTSP/1.0 200 OK\r\nCSeq: 31\r\n");
  sounds_finish (camera, viewer); /* the session is torn down */
}

/* What is asked amiss, or means nothing to the session, is answered, and the session goes on. */
static void
test_stays (gconstpointer certificate)
{
  static const gchar *const answers[] = { "400 Bad Request\r\nCSeq: 40",
                                          "200 OK\r\nCSeq: 41",
                                          "200 OK\r\nCSeq: 42",
                                          "400 Bad Request\r\nCSeq: 43",
                                          "415 Unsupported Media Type\r\nCSeq: 44",
                                          "413 Request Entity Too Large\r\nCSeq: 45" };
  static const gchar same[] = "v=0\r\ns=x\r\nm=audio 0 RTP/AVP 0\r\na=control:t\r\n";
  static const gsize much = 300000;
  g_autofree gchar *huge = g_strnfill (much, 'x');
  g_autoptr (GByteArray) media = g_byte_array_new ();

  sounds_add (media, SSRC, 0, 1);
  add_redirect (media, 40,
                certificate != NULL ? "Location: rtsp://127.0.0.1/cam\r\n"
                                    : "Location: http://127.0.0.1/cam\r\n");
  add_announce (media, 41, "application/sdp", strlen (same), same);
  sounds_add_text (media, "ANNOUNCE * RTSP/1.0\r\nCSeq: 42\r\nx-notice: 1103 Stalled\r\n\r\n");
  add_announce (media, 43, "application/sdp", 7, "rubbish");
  add_announce (media, 44, "text/parameters", 4, "a: b");
  sounds_add (media, SSRC, 1, 1);
  add_announce (media, 45, "application/sdp", much, huge);
  sounds_add (media, SSRC, 2, 1);
  const CameraStep steps[] = {
    BEGIN ("GET_PARAMETER"),
    PLAY,
    STEP_WITH ("GET_PARAMETER BASE/cam ", "200 OK", media),
    STEPS ("GET_PARAMETER BASE/cam ", "200 OK"),
    TEARDOWN,
    END,
  };
  CameraScript *camera = camera_script_new (steps, (GTlsCertificate *) certificate);
  Viewer *viewer = sounds_watch (camera, 100);

  viewer_wait (viewer, viewer->pictures == 3);
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    camera_script_wait_for (camera, answers[i]);
  camera_script_wait_for (camera, "CSeq: 6\r\n");
  g_assert_cmpuint (viewer->n_ended, ==, 0);
  sounds_finish (camera, viewer);
}

static void
with_tls (void (*test) (gconstpointer certificate))
{
  g_autofree gchar *directory = g_dir_make_tmp ("session-XXXXXX", NULL);
  g_autofree gchar *file = g_build_filename (directory, "camera.pem", NULL);
  g_autoptr (GTlsCertificate) certificate = camera_script_make_certificate (file, "127.0.0.1");

  test (certificate);
  g_unlink (file);
  g_rmdir (directory);
}

static void
test_asks_tls (void)
{
  with_tls (test_asks);
}

static void
test_stays_plain (void)
{
  test_stays (NULL);
}

static void
test_stays_tls (void)
{
  with_tls (test_stays);
}

/* --- Hanging up while nothing is read --- */

static void
hang_up_while_held (gboolean reset)
{
  g_autoptr (GByteArray) first = g_byte_array_new ();
  g_autoptr (GByteArray) more = g_byte_array_new ();
  gint64 start;

  sounds_add (first, SSRC, 0, 2);
  sounds_add (more, SSRC, 2, 100);
  const CameraStep steps[]
      = { BEGIN ("GET_PARAMETER"), STEP_WITH ("PLAY BASE/cam ", "200 OK", first),
          STEP_WITH ("GET_PARAMETER BASE/cam ", "200 OK", more),
          STEPS ("GET_PARAMETER BASE/cam ", "200 OK"), END };
  CameraScript *camera = camera_script_new (steps, NULL);
  Viewer *viewer = sounds_watch (camera, 100);

  viewer_wait (viewer, viewer->pictures == 2);
  gst_camera_lean_session_hold (viewer->session, TRUE);
  camera_script_wait_for (camera, "CSeq: 6\r\n"); /* both signs of life came: it is held */
  start = g_get_monotonic_time ();
  camera_script_hang_up (camera, reset);
  viewer_wait (viewer, viewer->n_ended > 0);
  g_assert_cmpint (g_get_monotonic_time () - start, <, AT_ONCE);
  viewer_check_ended (viewer, GST_RESOURCE_ERROR_READ, reset ? "lost" : "closed the connection");
  g_assert_null (viewer->again);
  sounds_finish (camera, viewer);
}

static void
test_held_end (void)
{
  hang_up_while_held (FALSE);
}

static void
test_held_reset (void)
{
  hang_up_while_held (TRUE);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (leavings); i++) {
    g_autofree gchar *path = g_strconcat ("/session-asks/leaves/", leavings[i].name, NULL);

    g_test_add_data_func (path, &leavings[i], test_leaves);
  }
  g_test_add_func ("/session-asks/stays/plain", test_stays_plain);
  g_test_add_func ("/session-asks/stays/tls", test_stays_tls);
  g_test_add_func ("/session-asks/teardown", test_teardown_by_camera);
  g_test_add_func ("/session-asks/asks/plain", test_asks_plain);
  g_test_add_func ("/session-asks/asks/tls", test_asks_tls);
  g_test_add_func ("/session-asks/held/end", test_held_end);
  g_test_add_func ("/session-asks/held/reset", test_held_reset);
  return camera_test_run ();
}
