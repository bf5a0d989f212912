/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sessions of the lean engine with cameras that do as is written down here; plain and TLS. */
#include <glib/gstdio.h>
#include <gst/gst.h>
#include <string.h>
#include <sys/socket.h>

#include "camera-script.h"
#include "camera-viewer.h"
#include "camera/lean/gstcameraloop.h"
#include "camera/lean/gstcamerareceiver.h"
#include "camerasrc-camera.h"

#define SDP   "v=0\r\nm=audio 0 RTP/AVP 0\r\na=control:t\r\n"
#define SSRC  0x01020304
#define SOUND 160 /* bytes of a packet's payload, 20 ms */

/* The handshake of all cameras here, up to PLAY. @public: their methods */
#define BEGIN(public)                                                                              \
  { .request = "OPTIONS ", .answer = "200 OK\nPublic: " public },                                  \
      { .request = "DESCRIBE ", .answer = "200 OK", .body = SDP },                                 \
  {                                                                                                \
    .request = "SETUP BASE/cam/t ",                                                                \
    .answer = "200 OK\nSession: 77;timeout=1\nTransport: RTP/AVP/TCP;interleaved=0-1"              \
  }
#define STEP(r, a)                                                                                 \
  {                                                                                                \
    .request = r, .answer = a                                                                      \
  }
#define STEP_WITH(r, a, bytes)                                                                     \
  {                                                                                                \
    .request = r, .answer = a, .before = (const gchar *) (bytes)->data,                            \
    .before_size = (bytes)->len                                                                    \
  }
#define PLAY     STEP ("PLAY BASE/cam ", "200 OK")
#define TEARDOWN STEP ("TEARDOWN BASE/cam ", "200 OK")
#define END                                                                                        \
  {                                                                                                \
    .request = NULL                                                                                \
  }

/* --- What cameras send --- */

static void
add_sounds (GByteArray *to, guint32 ssrc, guint16 first, guint n)
{
  for (guint i = 0; i < n; i++) {
    guint8 packet[4 + 12 + SOUND] = { '$', 0, 0, 12 + SOUND, 0x80, 0 };

    GST_WRITE_UINT16_BE (packet + 6, (guint16) (first + i));
    GST_WRITE_UINT32_BE (packet + 8, (guint32) (first + i) * SOUND);
    GST_WRITE_UINT32_BE (packet + 12, ssrc);
    g_byte_array_append (to, packet, sizeof packet);
  }
}

static void
add_text (GByteArray *to, const gchar *text)
{
  g_byte_array_append (to, (const guint8 *) text, (guint) strlen (text));
}

/* Leaves: an empty receiver report, and BYE (RFC 3550, 6.6). */
static void
add_bye (GByteArray *to, guint32 ssrc)
{
  guint8 packet[4 + 8 + 8] = { '$', 1, 0, 16, 0x80, 201, 0, 1, 0, 0, 0, 0, 0x81, 203, 0, 1 };

  GST_WRITE_UINT32_BE (packet + 8, ssrc);
  GST_WRITE_UINT32_BE (packet + 16, ssrc);
  g_byte_array_append (to, packet, sizeof packet);
}

static Viewer *
watch (CameraScript *camera, guint batch)
{
  g_autofree gchar *uri = camera_script_fill_in (camera, "BASE/cam");
  GstCameraLeanSettings settings = viewer_settings (uri, batch);
  Viewer *viewer;

  settings.offer.tls_flags = 0;
  viewer = viewer_new_full (&settings);
  gst_camera_lean_session_start (viewer->session);
  return viewer;
}

static void
finish (CameraScript *camera, Viewer *viewer)
{
  viewer_free (viewer);
  camera_script_free (camera);
}

/* --- Ends --- */

static void
test_bye (void)
{
  g_autoptr (GByteArray) media = g_byte_array_new ();

  add_sounds (media, SSRC, 0, 2);
  add_bye (media, SSRC + 1); /* somebody else */
  add_sounds (media, SSRC, 2, 1);
  add_bye (media, SSRC);
  add_sounds (media, SSRC, 3, 1);
  const CameraStep steps[]
      = { BEGIN ("PLAY"), STEP_WITH ("PLAY BASE/cam ", "200 OK", media), TEARDOWN, END };
  CameraScript *camera = camera_script_new (steps, NULL);
  Viewer *viewer = watch (camera, 100);

  viewer_check_ended (viewer, GST_RESOURCE_ERROR_READ, "(BYE)");
  g_assert_cmpuint (viewer->pictures, ==, 3);
  finish (camera, viewer);
}

static void
test_second_source (void)
{
  g_autoptr (GByteArray) media = g_byte_array_new ();

  add_sounds (media, SSRC, 0, 2);
  add_sounds (media, SSRC + 1, 2, 1);
  const CameraStep steps[]
      = { BEGIN ("PLAY"), STEP_WITH ("PLAY BASE/cam ", "200 OK", media), TEARDOWN, END };
  CameraScript *camera = camera_script_new (steps, NULL);
  Viewer *viewer = watch (camera, 0);

  viewer_check_ended (viewer, GST_RESOURCE_ERROR_READ, "began its stream anew");
  g_assert_cmpuint (viewer->pictures, ==, 2);
  finish (camera, viewer);
}

/* Nobody tears down what the camera did. */
static void
test_teardown_by_camera (void)
{
  g_autoptr (GByteArray) media = g_byte_array_new ();

  add_sounds (media, SSRC, 0, 2);
  add_text (media, "TEARDOWN rtsp://x/ RTSP/1.0\r\nCSeq: 31\r\n\r\n");
  const CameraStep steps[]
      = { BEGIN ("PLAY"), PLAY, STEP_WITH ("OPTIONS BASE/cam ", "200 OK", media), END };
  CameraScript *camera = camera_script_new (steps, NULL);
  Viewer *viewer = watch (camera, 100);

  viewer_check_ended (viewer, GST_RESOURCE_ERROR_READ, "(TEARDOWN)");
  g_assert_cmpuint (viewer->pictures, ==, 2);
  camera_script_wait_for (camera, "RTSP/1.0 200 OK\r\nCSeq: 31\r\n");
  finish (camera, viewer);
}

static void
test_session_not_found (void)
{
  const CameraStep steps[] = { BEGIN ("GET_PARAMETER"), PLAY,
                               STEP ("GET_PARAMETER BASE/cam ", "454 Session Not Found"), END };
  CameraScript *camera = camera_script_new (steps, NULL);
  Viewer *viewer = watch (camera, 100);

  viewer_check_ended (viewer, GST_RESOURCE_ERROR_READ, "does not know the session");
  finish (camera, viewer);
}

/* --- Keep-alive --- */

/* It says that it takes GET_PARAMETER, and does not. */
static void
test_falls_back_to_options (void)
{
  const CameraStep steps[] = { BEGIN ("GET_PARAMETER"),
                               PLAY,
                               STEP ("GET_PARAMETER BASE/cam ", "451 Parameter Not Understood"),
                               STEP ("OPTIONS BASE/cam ", "200 OK"),
                               STEP ("OPTIONS BASE/cam ", "501 Not Implemented"),
                               STEP ("OPTIONS BASE/cam ", NULL),
                               STEP ("OPTIONS BASE/cam ", NULL),
                               TEARDOWN,
                               END };
  CameraScript *camera = camera_script_new (steps, NULL);
  Viewer *viewer = watch (camera, 100);

  camera_script_wait_for (camera, "CSeq: 9\r\n");
  camera_script_wait_for (camera,
                          "OPTIONS BASE/cam RTSP/1.0\r\nCSeq: 6\r\nUser-Agent: Tyto\r\nSession: "
                          "77\r\n\r\n");
  g_assert_cmpuint (viewer->n_ended, ==, 0);
  finish (camera, viewer);
}

/* A nonce is answered once for each sign of life. */
static void
test_new_nonce (void)
{
#define CHALLENGE(nonce)                                                                           \
  "401 Unauthorized\nWWW-Authenticate: Digest realm=\"r\", nonce=\"" nonce "\", stale=true"
  const CameraStep steps[] = { BEGIN ("GET_PARAMETER"),
                               PLAY,
                               STEP ("GET_PARAMETER BASE/cam ", CHALLENGE ("a")),
                               STEP ("GET_PARAMETER BASE/cam ", "200 OK"),
                               STEP ("GET_PARAMETER BASE/cam ", CHALLENGE ("b")),
                               STEP ("GET_PARAMETER BASE/cam ", CHALLENGE ("c")),
                               STEP ("GET_PARAMETER BASE/cam ", "200 OK"),
                               TEARDOWN,
                               END };
  CameraScript *camera = camera_script_new (steps, NULL);
  Viewer *viewer = watch (camera, 100);

  camera_script_wait_for (camera, "nonce=\"a\"");
  camera_script_wait_for (camera, "nonce=\"b\"");
  camera_script_wait_for (camera, "CSeq: 9\r\n");
  viewer_free (viewer);
  camera_script_wait_for (camera, "TEARDOWN BASE/cam RTSP/1.0\r\nCSeq: 10\r\n");
  camera_script_free (camera);
}

/* --- What cameras ask --- */

static void
test_asks (gconstpointer certificate)
{
  g_autoptr (GByteArray) first = g_byte_array_new ();
  g_autoptr (GByteArray) second = g_byte_array_new ();

  add_sounds (first, SSRC, 0, 2000);
  add_sounds (second, SSRC, 2000, 2000);
  add_text (second, "OPTIONS * RTSP/1.0\r\nCSeq: 31\r\n\r\n");
  add_sounds (second, SSRC, 4000, 1);
  add_text (second, "SET_PARAMETER * RTSP/1.0\r\nCSeq: 32\r\nContent-Length: 5\r\n\r\na: b\n");
  add_text (second, "ANNOUNCE * RTSP/1.0\r\nCSeq: 33\r\n\r\n");
  add_text (second, "REDIRECT * RTSP/1.0\r\nCSeq: 34\r\n\r\n");
  add_sounds (second, SSRC, 4001, 1);
  const CameraStep steps[] = { BEGIN ("GET_PARAMETER"),
                               STEP_WITH ("PLAY BASE/cam ", "200 OK", first),
                               STEP_WITH ("GET_PARAMETER BASE/cam ", "200 OK", second),
                               STEP ("GET_PARAMETER BASE/cam ", "200 OK"),
                               TEARDOWN,
                               END };
  CameraScript *camera = camera_script_new (steps, (GTlsCertificate *) certificate);
  Viewer *viewer = watch (camera, certificate != NULL ? 0 : 100);
  GstCameraRtpCounters counters;

  viewer_wait (viewer, viewer->pictures == 4002);
  camera_script_wait_for (camera, "RTSP/1.0 200 OK\r\nCSeq: 31\r\nPublic: OPTIONS, GET_PARAMETER");
  camera_script_wait_for (camera, "RTSP/1.0 200 OK\r\nCSeq: 32\r\n");
  camera_script_wait_for (camera, "RTSP/1.0 501 Not Implemented\r\nCSeq: 33\r\n");
  camera_script_wait_for (camera, "RTSP/1.0 501 Not Implemented\r\nCSeq: 34\r\n");
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

static void
test_asks_tls (void)
{
  g_autofree gchar *directory = g_dir_make_tmp ("session-XXXXXX", NULL);
  g_autofree gchar *file = g_build_filename (directory, "camera.pem", NULL);
  g_autoptr (GTlsCertificate) certificate = camera_script_make_certificate (file, "127.0.0.1");

  test_asks (certificate);
  g_unlink (file);
  g_rmdir (directory);
}

/* --- Threads --- */

static guint
count_connecting (void)
{
  g_autoptr (GDir) tasks = g_dir_open ("/proc/self/task", 0, NULL);
  const gchar *task;
  guint n = 0;

  g_assert_nonnull (tasks);
  while ((task = g_dir_read_name (tasks)) != NULL) {
    g_autofree gchar *file = g_build_filename ("/proc/self/task", task, "comm", NULL);
    g_autofree gchar *name = NULL;

    if (g_file_get_contents (file, &name, NULL, NULL) && g_str_has_prefix (name, "camera-connect"))
      n++;
  }
  return n;
}

/* Who takes a connection and says nothing, not even TLS, holds nothing up, and no thread either. */
static void
test_mute (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  gint64 end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
  Viewer *viewers[6];

  g_assert_cmpuint (port, !=, 0);
  for (guint i = 0; i < G_N_ELEMENTS (viewers); i++) {
    g_autofree gchar *uri = g_strdup_printf ("rtsp%s://127.0.0.1:%u/", i % 2 == 0 ? "" : "s", port);

    viewers[i] = viewer_new (uri, 100);
    gst_camera_lean_session_start (viewers[i]->session);
  }
  while (count_connecting () < G_N_ELEMENTS (viewers))
    g_assert_cmpint (g_get_monotonic_time (), <, end);
  for (guint i = 0; i < G_N_ELEMENTS (viewers); i++)
    viewer_free (viewers[i]);
  while (count_connecting () > 0)
    g_assert_cmpint (g_get_monotonic_time (), <, end);
}

/* --- The receive buffer --- */

/* A connection on loopback, whose other end holds back nothing worth mentioning. */
static GSocketConnection *
connect_to (GSocket **other)
{
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocket) listener
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = NULL;
  GSocketConnection *connection;

  g_assert_true (g_socket_set_option (listener, SOL_SOCKET, SO_SNDBUF, 65536, NULL));
  g_assert_true (g_socket_bind (listener, any, FALSE, NULL));
  g_assert_true (g_socket_listen (listener, NULL));
  address = g_socket_get_local_address (listener, NULL);
  connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL);
  g_assert_nonnull (connection);
  *other = g_socket_accept (listener, NULL, NULL);
  g_assert_nonnull (*other);
  return connection;
}

/* A camera of 8 Mbit/s can send for 3 s while nobody reads. */
static void
test_receive_buffer (void)
{
  static const GstCameraLeanEvents events = { .ready = NULL };
  g_autoptr (GSocket) camera = NULL;
  GSocketConnection *connection = connect_to (&camera);
  GstCameraPlaying *playing = g_new0 (GstCameraPlaying, 1);
  g_autoptr (GstCameraReceiver) receiver = NULL;
  gchar chunk[1400] = { 0 };
  gsize sent = 0;
  gint size, least;

  playing->stream = G_IO_STREAM (connection);
  playing->socket = g_socket_connection_get_socket (connection);
  playing->grants = g_array_new (FALSE, FALSE, sizeof (GstCameraGrant));
  playing->aggregate_uri = g_strdup ("rtsp://127.0.0.1/");
  receiver = gst_camera_receiver_new (playing, &events, NULL, 0, g_get_monotonic_time ());
  g_assert_true (g_socket_get_option (playing->socket, SOL_SOCKET, SO_RCVLOWAT, &least, NULL));
  g_assert_cmpint (least, ==, 1);
  g_assert_true (g_socket_get_option (playing->socket, SOL_SOCKET, SO_RCVBUF, &size, NULL));
  g_test_message ("SO_RCVBUF %d", size);
  g_assert_cmpint (size, >=, 3 * 1000 * 1000);

  g_socket_set_timeout (camera, 1);
  while (sent < 3 * 1000 * 1000) {
    g_autoptr (GError) error = NULL;
    gssize n = g_socket_send (camera, chunk, sizeof chunk, NULL, &error);

    g_assert_no_error (error);
    sent += (gsize) n;
  }
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-script/bye", test_bye);
  g_test_add_func ("/session-script/second-source", test_second_source);
  g_test_add_func ("/session-script/teardown-by-camera", test_teardown_by_camera);
  g_test_add_func ("/session-script/session-not-found", test_session_not_found);
  g_test_add_func ("/session-script/options", test_falls_back_to_options);
  g_test_add_func ("/session-script/new-nonce", test_new_nonce);
  g_test_add_func ("/session-script/asks/plain", test_asks_plain);
  g_test_add_func ("/session-script/asks/tls", test_asks_tls);
  g_test_add_func ("/session-script/mute", test_mute);
  g_test_add_func ("/session-script/receive-buffer", test_receive_buffer);
  return camera_test_run ();
}
