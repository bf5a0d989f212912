/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sessions of the lean engine with cameras that do as is written down here; plain and TLS. */
#include <gst/gst.h>
#include <string.h>
#include <sys/socket.h>

#include "camera-sounds.h"
#include "camera/lean/gstcameraloop.h"
#include "camera/lean/gstcamerareceiver.h"
#include "camerasrc-camera.h"

/* --- Ends --- */

/* Leaves: an empty receiver report, and BYE (RFC 3550, 6.6). */
static void
add_bye (GByteArray *to, guint32 ssrc)
{
  guint8 packet[4 + 8 + 8] = { '$', 1, 0, 16, 0x80, 201, 0, 1, 0, 0, 0, 0, 0x81, 203, 0, 1 };

  GST_WRITE_UINT32_BE (packet + 8, ssrc);
  GST_WRITE_UINT32_BE (packet + 16, ssrc);
  g_byte_array_append (to, packet, sizeof packet);
}

static void
test_bye (void)
{
  g_autoptr (GByteArray) media = g_byte_array_new ();

  sounds_add (media, SSRC, 0, 2);
  add_bye (media, SSRC + 1); /* somebody else */
  sounds_add (media, SSRC, 2, 1);
  add_bye (media, SSRC);
  sounds_add (media, SSRC, 3, 1);
  const CameraStep steps[]
      = { BEGIN ("PLAY"), STEP_WITH ("PLAY BASE/cam ", "200 OK", media), TEARDOWN, END };
  CameraScript *camera = camera_script_new (steps, NULL);
  Viewer *viewer = sounds_watch (camera, 100);

  viewer_check_ended (viewer, GST_RESOURCE_ERROR_READ, "(BYE)");
  g_assert_cmpuint (viewer->pictures, ==, 3);
  sounds_finish (camera, viewer);
}

static void
test_second_source (void)
{
  g_autoptr (GByteArray) media = g_byte_array_new ();

  sounds_add (media, SSRC, 0, 2);
  sounds_add (media, SSRC + 1, 2, 1);
  const CameraStep steps[]
      = { BEGIN ("PLAY"), STEP_WITH ("PLAY BASE/cam ", "200 OK", media), TEARDOWN, END };
  CameraScript *camera = camera_script_new (steps, NULL);
  Viewer *viewer = sounds_watch (camera, 0);

  viewer_check_ended (viewer, GST_RESOURCE_ERROR_READ, "began its stream anew");
  g_assert_cmpuint (viewer->pictures, ==, 2);
  sounds_finish (camera, viewer);
}

static void
test_session_not_found (void)
{
  const CameraStep steps[] = { BEGIN ("GET_PARAMETER"), PLAY,
                               STEP ("GET_PARAMETER BASE/cam ", "454 Session Not Found"), END };
  CameraScript *camera = camera_script_new (steps, NULL);
  Viewer *viewer = sounds_watch (camera, 100);

  viewer_check_ended (viewer, GST_RESOURCE_ERROR_READ, "does not know the session");
  sounds_finish (camera, viewer);
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
                               STEPS ("OPTIONS BASE/cam ", NULL),
                               TEARDOWN,
                               END };
  CameraScript *camera = camera_script_new (steps, NULL);
  Viewer *viewer = sounds_watch (camera, 100);

  camera_script_wait_for (camera, "CSeq: 9\r\n");
  camera_script_wait_for (camera,
                          "OPTIONS BASE/cam RTSP/1.0\r\nCSeq: 6\r\nUser-Agent: Tyto\r\nSession: "
                          "77\r\n\r\n");
  g_assert_cmpuint (viewer->n_ended, ==, 0);
  sounds_finish (camera, viewer);
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
                               STEPS ("GET_PARAMETER BASE/cam ", "200 OK"),
                               TEARDOWN,
                               END };
  CameraScript *camera = camera_script_new (steps, NULL);
  Viewer *viewer = sounds_watch (camera, 100);

  camera_script_wait_for (camera, "nonce=\"a\"");
  camera_script_wait_for (camera, "nonce=\"b\"");
  camera_script_wait_for (camera, "CSeq: 9\r\n");
  viewer_free (viewer);
  camera_script_wait_for (camera, "TEARDOWN BASE/cam RTSP/1.0\r\nCSeq: 1");
  camera_script_free (camera);
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
  Viewer *viewers[6];
  gint64 end;

  camera_script_prepare_tls ();
  end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;
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
  g_test_add_func ("/session-script/session-not-found", test_session_not_found);
  g_test_add_func ("/session-script/options", test_falls_back_to_options);
  g_test_add_func ("/session-script/new-nonce", test_new_nonce);
  g_test_add_func ("/session-script/mute", test_mute);
  g_test_add_func ("/session-script/receive-buffer", test_receive_buffer);
  return camera_test_run ();
}
