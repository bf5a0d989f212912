/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lean engine's handshake with the simulated camera, a server of GStreamer's, and TLS. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "camera-script.h"
#include "camera/lean/gstcamerahandshake.h"
#include "camerasrc-camera.h"

#define TIMEOUT (10 * G_USEC_PER_SEC)

static const GstCameraHandshakeEvents no_events = { 0 };

static GstCameraOffer
offer_of (const gchar *uri)
{
  return (GstCameraOffer){ .uri = uri,
                           .user = CAMERA_USER,
                           .password = CAMERA_PASSWORD,
                           .timeout_us = TIMEOUT,
                           .audio = TRUE,
                           .tls_flags = G_TLS_CERTIFICATE_VALIDATE_ALL };
}

static void
check_refused (const GstCameraOffer *offer, GQuark domain, gint code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (gst_camera_handshake_run (offer, &no_events, NULL, NULL, &error));
  g_assert_error (error, domain, code);
  g_assert_null (strstr (error->message, CAMERA_PASSWORD));
}

/* Reads what comes as the owner of the connection will; packets of each channel must be among it.
 */
static void
check_media (const GstCameraPlaying *playing)
{
  g_autofree guint8 *data = g_malloc (G_MAXUINT16 + 4);
  GInputStream *input = g_io_stream_get_input_stream (playing->stream);
  gsize rest = 0;
  guint seen = 0;

  g_assert_false (g_socket_get_blocking (playing->socket));
  g_socket_set_blocking (playing->socket, TRUE);
  while (rest + 4 <= playing->rest->len) {
    g_assert_cmpint (playing->rest->data[rest], ==, '$');
    rest += 4 + GST_READ_UINT16_BE (playing->rest->data + rest + 2);
  }
  g_assert_cmpuint (rest, ==, playing->rest->len);

  while (seen != (1u << playing->grants->len) - 1) {
    g_autoptr (GError) error = NULL;

    g_input_stream_read_all (input, data, 4, NULL, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (data[0], ==, '$');
    g_input_stream_read_all (input, data + 4, GST_READ_UINT16_BE (data + 2), NULL, NULL, &error);
    g_assert_no_error (error);
    for (guint i = 0; i < playing->grants->len; i++)
      if (g_array_index (playing->grants, GstCameraGrant, i).channel == data[1])
        seen |= 1u << i;
  }
}

/* The session is ended as its owner will do it: the camera knows number, session and password. */
static void
check_teardown (GstCameraPlaying *playing)
{
  g_autofree gchar *authorization
      = playing->auth != NULL
            ? gst_camera_auth_answer (playing->auth, "TEARDOWN", playing->aggregate_uri)
            : NULL;
  g_autofree gchar *request = g_strdup_printf (
      "TEARDOWN %s RTSP/1.0\r\nCSeq: %u\r\nSession: %s\r\n%s%s%s\r\n", playing->aggregate_uri,
      playing->next_cseq, playing->session, authorization != NULL ? "Authorization: " : "",
      authorization != NULL ? authorization : "", authorization != NULL ? "\r\n" : "");
  g_autofree gchar *want = g_strdup_printf ("CSeq: %u\r\n", playing->next_cseq);
  g_autoptr (GString) all = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gchar buffer[4096];
  gssize size;

  g_output_stream_write_all (g_io_stream_get_output_stream (playing->stream), request,
                             strlen (request), NULL, NULL, &error);
  g_assert_no_error (error);
  while (memmem (all->str, all->len, "RTSP/1.0 200 OK", 15) == NULL
         || memmem (all->str, all->len, want, strlen (want)) == NULL) {
    size = g_input_stream_read (g_io_stream_get_input_stream (playing->stream), buffer,
                                sizeof buffer, NULL, &error);
    g_assert_no_error (error);
    g_assert_cmpint (size, >, 0);
    g_string_append_len (all, buffer, size);
  }
}

typedef struct {
  const gchar *name;
  const gchar *options[6];
  const gchar *encoding;
  const gchar *sound; /* nullable */
} Simulated;

static const Simulated simulated[] = {
  { "open", { NULL }, "H264", NULL },
  { "h265-aac", { "--codec", "h265", "--audio", "aac" }, "H265", "MPEG4-GENERIC" },
  { "basic", { "--auth", "basic", "--audio", "pcmu" }, "H264", "PCMU" },
  { "digest", { "--auth", "digest" }, "H264", NULL },
  { "digest-qop", { "--auth", "digest", "--digest-qop" }, "H264", NULL },
  { "sha-256", { "--auth", "digest", "--digest-algorithm", "sha-256" }, "H264", NULL },
  { "sha-256-qop",
    { "--auth", "digest", "--digest-algorithm", "sha-256", "--digest-qop" },
    "H264",
    NULL },
};

static void
check_encoding (const GstCameraPlaying *playing, guint index, const gchar *encoding)
{
  const GstCameraGrant *grant = &g_array_index (playing->grants, GstCameraGrant, index);
  const GstStructure *s = gst_caps_get_structure (grant->caps, 0);

  g_assert_true (gst_structure_has_name (s, "application/x-rtp"));
  g_assert_cmpstr (gst_structure_get_string (s, "encoding-name"), ==, encoding);
  g_assert_cmpuint (grant->media, ==, index);
  g_assert_cmpint (grant->video, ==, index == 0);
}

static void
test_simulated (gconstpointer data)
{
  const Simulated *of = data;
  const gchar *const *o = of->options;
  Camera *camera = camera_new (o[0], o[1], o[2], o[3], o[4], o[5], NULL);
  g_autofree gchar *address = camera_address (camera, "/cam1");
  GstCameraOffer offer = offer_of (address);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstCameraPlaying) playing
      = gst_camera_handshake_run (&offer, &no_events, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (playing->grants->len, ==, of->sound != NULL ? 2 : 1);
  check_encoding (playing, 0, of->encoding);
  if (of->sound != NULL)
    check_encoding (playing, 1, of->sound);
  g_assert_cmpuint (playing->session_timeout, ==, 60);
  g_assert_true (playing->takes_get_parameter);
  check_media (playing);
  check_teardown (playing);
  camera_free (camera);
}

static void
test_simulated_refuses (void)
{
  Camera *camera = camera_new ("--auth", "digest", NULL);
  g_autofree gchar *address = camera_address (camera, "/cam1");
  g_autofree gchar *other = camera_address (camera, "/none");
  GstCameraOffer offer = offer_of (address);

  offer.password = "wrong";
  check_refused (&offer, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED);
  offer = offer_of (other);
  check_refused (&offer, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND);

  g_free (camera_command (camera, "refuse 1 on"));
  offer = offer_of (address);
  check_refused (&offer, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ);
  g_free (camera_command (camera, "refuse 1 off"));

  g_free (camera_command (camera, "silence 1 deaf"));
  offer = offer_of (address);
  offer.timeout_us = 300 * G_TIME_SPAN_MILLISECOND;
  check_refused (&offer, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ);
  camera_free (camera);
}

/* --- gst-rtsp-server --- */

static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
test_gst_rtsp_server (void)
{
  g_autoptr (GSubprocessLauncher) launcher
      = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GDataInputStream) output = NULL;
  g_autoptr (GSubprocess) server = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *line = NULL;
  GstCameraOffer offer;

  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  g_subprocess_launcher_unsetenv (launcher, "GST_TRACERS");
  server = g_subprocess_launcher_spawn (
      launcher, &error, "/usr/bin/python3", g_getenv ("RTSP_SERVER"),
      "( videotestsrc is-live=true ! video/x-raw,width=160,height=120 ! x264enc tune=zerolatency ! "
      "rtph264pay config-interval=-1 name=pay0 pt=96 audiotestsrc is-live=true ! mulawenc ! "
      "rtppcmupay name=pay1 )",
      NULL);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (server));
  line = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (line, "READY "));
  offer = offer_of (line + strlen ("READY "));
  for (guint i = 0; i < 2; i++) {
    g_autoptr (GstCameraPlaying) playing
        = gst_camera_handshake_run (&offer, &no_events, NULL, NULL, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (playing->grants->len, ==, 2);
    check_encoding (playing, 0, "H264");
    check_media (playing);
    check_teardown (playing);
  }
  g_subprocess_force_exit (server);
  g_subprocess_wait (server, NULL, NULL);
}

/* --- TLS --- */

static const CameraStep secure[] = {
  { .request = "OPTIONS ", .answer = "200 OK" },
  { .request = "DESCRIBE BASE/cam ",
    .answer = "200 OK",
    .body = "v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:t\r\n" },
  { .request = "SETUP BASE/cam/t ", .answer = "200 OK\nTransport: RTP/AVP/TCP;interleaved=0-1" },
  { .request = "PLAY BASE/cam ", .answer = "200 OK", .before = "$\0\0\2ab", .before_size = 6 },
  { .request = NULL },
};
static const CameraStep nothing[] = { { .request = NULL } };
static const CameraStep insecure_redirect[] = {
  { .request = "OPTIONS ", .answer = "200 OK" },
  { .request = "DESCRIBE ", .answer = "302 Found\nLocation: rtsp://127.0.0.1:1/" },
  { .request = NULL },
};

static void
check_secure (GTlsCertificate *certificate, GTlsCertificateFlags flags, const CameraStep *steps,
              const gchar *fault)
{
  CameraScript *camera = camera_script_new (steps, certificate);
  g_autofree gchar *uri = camera_script_fill_in (camera, "BASE/cam");
  GstCameraOffer offer = offer_of (uri);
  g_autoptr (GError) error = NULL;
  g_autoptr (GstCameraPlaying) playing = NULL;

  offer.tls_flags = flags;
  playing = gst_camera_handshake_run (&offer, &no_events, NULL, NULL, &error);
  if (fault == NULL) {
    g_assert_no_error (error);
    g_assert_true (G_IS_TLS_CONNECTION (playing->stream));
    g_assert_cmpmem (playing->rest->data, playing->rest->len, "$\0\0\2ab", 6);
  } else {
    g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ);
    g_assert_nonnull (strstr (error->message, fault));
  }
  camera_script_free (camera);
}

static void
test_tls (void)
{
  g_autofree gchar *directory = g_dir_make_tmp ("handshake-XXXXXX", NULL);
  g_autofree gchar *good_file = g_build_filename (directory, "good.pem", NULL);
  g_autofree gchar *bad_file = g_build_filename (directory, "bad.pem", NULL);
  g_autoptr (GTlsCertificate) good = camera_script_make_certificate (good_file, "127.0.0.1");
  g_autoptr (GTlsCertificate) bad = camera_script_make_certificate (bad_file, "127.0.0.2");
  g_autoptr (GTlsDatabase) trusting_good = g_tls_file_database_new (good_file, NULL);
  g_autoptr (GTlsDatabase) trusting_bad = g_tls_file_database_new (bad_file, NULL);

  check_secure (good, G_TLS_CERTIFICATE_VALIDATE_ALL, nothing, "has signed it");
  check_secure (good, 0, secure, NULL);
  check_secure (good, G_TLS_CERTIFICATE_BAD_IDENTITY, secure, NULL);
  g_tls_backend_set_default_database (g_tls_backend_get_default (), trusting_good);
  check_secure (good, G_TLS_CERTIFICATE_VALIDATE_ALL, secure, NULL);
  check_secure (good, G_TLS_CERTIFICATE_VALIDATE_ALL, insecure_redirect, "without TLS");
  g_tls_backend_set_default_database (g_tls_backend_get_default (), trusting_bad);
  check_secure (bad, G_TLS_CERTIFICATE_VALIDATE_ALL, nothing, "another host");
  g_tls_backend_set_default_database (g_tls_backend_get_default (), NULL);
  g_unlink (good_file);
  g_unlink (bad_file);
  g_rmdir (directory);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (simulated); i++) {
    g_autofree gchar *path = g_strconcat ("/handshake/simulated/", simulated[i].name, NULL);

    g_test_add_data_func (path, &simulated[i], test_simulated);
  }
  g_test_add_func ("/handshake/simulated-refuses", test_simulated_refuses);
  g_test_add_func ("/handshake/gst-rtsp-server", test_gst_rtsp_server);
  g_test_add_func ("/handshake/tls", test_tls);
  return camera_test_run ();
}
