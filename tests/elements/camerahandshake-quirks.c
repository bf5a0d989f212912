/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The lean engine's handshake with cameras that answer as few do. */
#include <string.h>

#include "camera-script.h"
#include "camera/lean/gstcamerahandshake.h"

#define TIMEOUT (10 * G_USEC_PER_SEC)
#define SHORT   (200 * G_TIME_SPAN_MILLISECOND)

#define SDP_HEAD "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
#define SDP_VIDEO                                                                                  \
  "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"                                             \
  "a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0IAKeKQFAe2AtwEBAaQeJEV,aM48gA==\r\n"
#define SDP_AUDIO "m=audio 0 RTP/AVP 0\r\na=control:track2\r\n"
#define SDP       SDP_HEAD "a=control:*\r\n" SDP_VIDEO "a=control:track1\r\n"

#define STEP(is, says, ...)                                                                        \
  {                                                                                                \
    .request = is, .answer = says, ##__VA_ARGS__                                                   \
  }
#define END                                                                                        \
  {                                                                                                \
    .request = NULL                                                                                \
  }
#define OPTIONS        STEP ("OPTIONS ", "200 OK\nPublic: DESCRIBE, SETUP, PLAY")
#define DESCRIBE(says) STEP ("DESCRIBE ", "200 OK\nContent-Type: application/sdp", .body = says)
#define SETUP_ANSWER                                                                               \
  "200 OK\nSession: 12;timeout=30\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1"
#define SETUP STEP ("SETUP BASE/cam/track1 ", SETUP_ANSWER)
#define PLAY  STEP ("PLAY BASE/cam RTSP/1.0", "200 OK\nSession: 12")

#define DIGEST "401 Unauthorized\nWWW-Authenticate: Digest realm=\"r\", nonce=\"1234\""

typedef struct {
  const gchar *name;
  const gchar *path; /* behind BASE; NULL: /cam */
  CameraStep steps[14];
  GQuark (*domain) (void); /* of the error that is expected; NULL: none */
  gint code;
  const gchar *asked;    /* nullable: what the requests hold */
  const gchar *user;     /* nullable */
  const gchar *redirect; /* nullable: of the offer */
  guint grants;          /* 0: one */
  guint channel;
} Quirk;

static GstCameraPlaying *
shake_hands (CameraScript *camera, const GstCameraOffer *like,
             const GstCameraHandshakeEvents *events, GCancellable *cancellable, GError **error)
{
  static const GstCameraHandshakeEvents none = { 0 };
  g_autofree gchar *uri = camera_script_fill_in (camera, like->uri);
  g_autofree gchar *redirect
      = camera_script_fill_in (camera, like->redirect != NULL ? like->redirect : "");
  GstCameraOffer offer = *like;

  offer.uri = uri;
  offer.redirect = like->redirect != NULL ? redirect : NULL;
  offer.audio = TRUE;
  if (offer.timeout_us == 0)
    offer.timeout_us = TIMEOUT;
  return gst_camera_handshake_run (&offer, events != NULL ? events : &none, camera, cancellable,
                                   error);
}

static void
check_playing (const Quirk *quirk, const GstCameraPlaying *playing)
{
  const GstCameraGrant *grant = &g_array_index (playing->grants, GstCameraGrant, 0);

  g_assert_cmpuint (playing->grants->len, ==, MAX (quirk->grants, 1));
  g_assert_true (grant->video);
  g_assert_cmpuint (grant->channel, ==, quirk->channel);
  g_assert_cmpuint (grant->rtcp_channel, ==, quirk->channel + 1);
  g_assert_cmpstr (
      gst_structure_get_string (gst_caps_get_structure (grant->caps, 0), "encoding-name"), ==,
      "H264");
}

static void
test_quirk (gconstpointer data)
{
  const Quirk *quirk = data;
  CameraScript *camera = camera_script_new (quirk->steps, NULL);
  g_autofree gchar *address = g_strconcat ("BASE", quirk->path ? quirk->path : "/cam", NULL);
  GstCameraOffer offer
      = { .uri = address, .redirect = quirk->redirect, .user = quirk->user, .password = "s3cr3t" };
  g_autofree gchar *requests = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GstCameraPlaying) playing = shake_hands (camera, &offer, NULL, NULL, &error);

  requests = camera_script_get_requests (camera);
  if (quirk->domain != NULL) {
    g_assert_error (error, quirk->domain (), quirk->code);
    g_assert_null (playing);
    g_assert_null (strstr (error->message, "s3cr3t"));
    g_assert_null (strstr (error->message, "127.0.0.1"));
  } else {
    g_assert_no_error (error);
    check_playing (quirk, playing);
  }
  if (quirk->asked != NULL)
    g_assert_nonnull (strstr (requests, quirk->asked));
  g_assert_null (strstr (requests, "s3cr3t"));
  camera_script_free (camera);
}

/* --- Addresses --- */

#define ELSEWHERE STEP ("DESCRIBE ", "302 Found\nLocation: BASE/cam")

static const Quirk addresses[] = {
  { .name = "no-content-base", .steps = { OPTIONS, DESCRIBE (SDP), SETUP, PLAY, END } },
  { .name = "content-base",
    .steps
    = { OPTIONS, STEP ("DESCRIBE BASE/cam ", "200 OK\nContent-Base:  BASE/x/  ", .body = SDP),
        STEP ("SETUP BASE/x/track1 ", SETUP_ANSWER), STEP ("PLAY BASE/x/ ", "200 OK"), END } },
  { .name = "content-base-without-host",
    .steps = { OPTIONS, STEP ("DESCRIBE ", "200 OK\nContent-Base: /cam/", .body = SDP), SETUP, PLAY,
               END } },
  { .name = "content-location",
    .steps
    = { OPTIONS, STEP ("DESCRIBE ", "200 OK\nContent-Location: BASE/x", .body = SDP),
        STEP ("SETUP BASE/x/track1 ", SETUP_ANSWER), STEP ("PLAY BASE/x ", "200 OK"), END } },
  { .name = "absolute-controls",
    .steps
    = { OPTIONS, DESCRIBE (SDP_HEAD "a=control:BASE/all\r\n" SDP_VIDEO "a=control:BASE/v \r\n"),
        STEP ("SETUP BASE/v ", SETUP_ANSWER), STEP ("PLAY BASE/all ", "200 OK"), END } },
  { .name = "control-star",
    .steps = { OPTIONS, DESCRIBE (SDP_HEAD SDP_VIDEO "a=control:*\r\n"),
               STEP ("SETUP BASE/cam ", SETUP_ANSWER), PLAY, END } },
  { .name = "no-control",
    .steps = { OPTIONS, DESCRIBE (SDP_HEAD SDP_VIDEO), STEP ("SETUP BASE/cam ", SETUP_ANSWER), PLAY,
               END } },
  { .name = "control-with-slash",
    .steps = { OPTIONS, DESCRIBE (SDP_HEAD SDP_VIDEO "a=control:/track1\r\n"), SETUP, PLAY, END } },
  { .name = "query",
    .path = "/cam?channel=1&subtype=0",
    .steps
    = { OPTIONS, DESCRIBE (SDP), STEP ("SETUP BASE/cam?channel=1&subtype=0/track1 ", SETUP_ANSWER),
        STEP ("PLAY BASE/cam?channel=1&subtype=0 ", "200 OK"), END } },
  { .name = "strict",
    .path = "/live/cam?a=1",
    .steps = { OPTIONS, DESCRIBE (SDP), STEP ("SETUP BASE/live/cam?a=1/track1 ", "404 Not Found"),
               STEP ("SETUP BASE/live/track1 ", SETUP_ANSWER),
               STEP ("PLAY BASE/live/cam?a=1 ", "200 OK"), END } },
  { .name = "redirect",
    .path = "/old",
    .steps = { OPTIONS, STEP ("DESCRIBE BASE/old ", "302 Found\nLocation: BASE/cam"), OPTIONS,
               DESCRIBE (SDP), SETUP, PLAY, END } },
  { .name = "redirect-relative",
    .path = "/old",
    .steps = { OPTIONS, STEP ("DESCRIBE BASE/old ", "301 Moved\nLocation: /cam"), OPTIONS,
               DESCRIBE (SDP), SETUP, PLAY, END } },
  { .name = "redirect-to-http",
    .steps
    = { OPTIONS, STEP ("DESCRIBE ", "302 Found\nLocation: http://u:s3cr3t@127.0.0.1/"), END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_OPEN_READ },
  { .name = "redirect-to-another-host",
    .user = "u",
    .steps = { OPTIONS, STEP ("DESCRIBE ", "302 Found\nLocation: rtsp://localhost:PORT/cam"),
               STEP ("OPTIONS rtsp://localhost:PORT/cam ", DIGEST), END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_NOT_AUTHORIZED },
  { .name = "redirected-before",
    .path = "/old",
    .redirect = "BASE/cam",
    .steps = { STEP ("OPTIONS BASE/cam ", "200 OK"), DESCRIBE (SDP), SETUP, PLAY, END } },
  { .name = "redirected-before-to-another-host",
    .user = "u",
    .redirect = "rtsp://localhost:PORT/cam",
    .steps = { STEP ("OPTIONS rtsp://localhost:PORT/cam ", DIGEST), END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_NOT_AUTHORIZED },
  { .name = "redirected-back",
    .user = "u",
    .redirect = "rtsp://localhost:PORT/x",
    .steps = { STEP ("OPTIONS ", "200 OK"),
               STEP ("DESCRIBE rtsp://localhost:PORT/x ", "302 Found\nLocation: BASE/cam"), OPTIONS,
               STEP ("DESCRIBE BASE/cam ", DIGEST), DESCRIBE (SDP), SETUP, PLAY, END },
    .asked = "username=\"u\"" },
  { .name = "redirected-before-to-http",
    .redirect = "http://127.0.0.1/cam",
    .steps = { END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_OPEN_READ },
  { .name = "redirect-for-ever",
    .steps = { OPTIONS, ELSEWHERE, OPTIONS, ELSEWHERE, OPTIONS, ELSEWHERE, OPTIONS, ELSEWHERE,
               OPTIONS, ELSEWHERE, OPTIONS, ELSEWHERE, END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_OPEN_READ },
};

/* --- Answers --- */

static const Quirk answers[] = {
  { .name = "no-options",
    .steps = { STEP ("OPTIONS ", "501 Not Implemented"), DESCRIBE (SDP), SETUP, PLAY, END } },
  { .name = "451-to-range",
    .steps
    = { OPTIONS, DESCRIBE (SDP), SETUP, STEP ("PLAY ", "451 Parameter Not Understood"), PLAY, END },
    .asked = "Range: npt=0.000-" },
  { .name = "busy",
    .steps = { OPTIONS, STEP ("DESCRIBE ", "503 Busy\nRetry-After: 0"), DESCRIBE (SDP), SETUP, PLAY,
               END } },
  { .name = "busy-for-long",
    .steps = { OPTIONS, STEP ("DESCRIBE ", "503 Busy\nRetry-After: 3600"), END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_OPEN_READ },
  { .name = "busy-again",
    .steps = { OPTIONS, STEP ("DESCRIBE ", "503 Busy\nRetry-After: 0"),
               STEP ("DESCRIBE ", "503 Busy\nRetry-After: 0"),
               STEP ("DESCRIBE ", "503 Busy\nRetry-After: 0"), END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_OPEN_READ },
  { .name = "parameter-451",
    .steps = { OPTIONS, STEP ("DESCRIBE ", "451 Parameter Not Understood"), END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_OPEN_READ },
  { .name = "forbidden",
    .steps = { OPTIONS, STEP ("DESCRIBE ", "403 Forbidden"), END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_NOT_AUTHORIZED },
  { .name = "not-found",
    .steps = { OPTIONS, STEP ("DESCRIBE ", "404 Not Found"), END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_NOT_FOUND },
  { .name = "password-unknown",
    .steps = { STEP ("OPTIONS ", DIGEST), END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_NOT_AUTHORIZED },
  { .name = "password-refused-is-not-sent-again",
    .user = "u",
    .steps = { OPTIONS, STEP ("DESCRIBE ", DIGEST), STEP ("DESCRIBE ", DIGEST), END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_NOT_AUTHORIZED },
  { .name = "digest-before-basic",
    .user = "u",
    .steps
    = { STEP ("OPTIONS ", "401 Unauthorized\nWWW-Authenticate: Basic realm=\"r\"\n"
                          "WWW-Authenticate: Digest realm=\"r\", nonce=\"1\", algorithm=SHA-256"),
        OPTIONS, DESCRIBE (SDP), SETUP, PLAY, END },
    .asked = "Authorization: Digest " },
  { .name = "no-sdp",
    .steps = { OPTIONS, STEP ("DESCRIBE ", "200 OK"), END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_OPEN_READ },
  { .name = "nothing-to-record",
    .steps = { OPTIONS, DESCRIBE (SDP_HEAD "m=video 0 RTP/AVP 26\r\n"), END },
    .domain = gst_stream_error_quark,
    .code = GST_STREAM_ERROR_CODEC_NOT_FOUND },
  { .name = "secure-rtp",
    .steps
    = { OPTIONS, DESCRIBE (SDP_HEAD "m=video 0 RTP/SAVP 96\r\na=rtpmap:96 H264/90000\r\n"), END },
    .domain = gst_stream_error_quark,
    .code = GST_STREAM_ERROR_CODEC_NOT_FOUND },
  { .name = "udp-only",
    .steps = { OPTIONS, DESCRIBE (SDP), STEP ("SETUP ", "461 Unsupported Transport"), END },
    .domain = gst_stream_error_quark,
    .code = GST_STREAM_ERROR_WRONG_TYPE },
  { .name = "udp-though-asked-for-tcp",
    .steps = { OPTIONS, DESCRIBE (SDP),
               STEP ("SETUP ", "200 OK\nSession: 12\nTransport: RTP/AVP;unicast;client_port=1-2"),
               STEP ("TEARDOWN BASE/cam ", "200 OK"), END },
    .domain = gst_stream_error_quark,
    .code = GST_STREAM_ERROR_WRONG_TYPE },
  { .name = "other-channels",
    .steps
    = { OPTIONS, DESCRIBE (SDP),
        STEP ("SETUP ", "200 OK\nSession: 12\nTransport: RTP/AVP/TCP;interleaved=6-7"), PLAY, END },
    .channel = 6 },
  { .name = "no-channels",
    .steps
    = { OPTIONS, DESCRIBE (SDP),
        STEP ("SETUP ", "200 OK\nSession: 12\nTransport: RTP/AVP/TCP;unicast"), PLAY, END } },
  { .name = "sound",
    .steps
    = { OPTIONS, DESCRIBE (SDP SDP_AUDIO), SETUP,
        STEP ("SETUP BASE/cam/track2 ", "200 OK\nTransport: RTP/AVP/TCP;unicast;interleaved=2-3"),
        PLAY, END },
    .asked = "interleaved=2-3",
    .grants = 2 },
  { .name = "sound-refused",
    .steps = { OPTIONS, DESCRIBE (SDP SDP_AUDIO), SETUP,
               STEP ("SETUP BASE/cam/track2 ", "454 Session Not Found"), PLAY, END } },
  { .name = "one-channel-for-two",
    .steps = { OPTIONS, DESCRIBE (SDP SDP_AUDIO), SETUP, STEP ("SETUP ", SETUP_ANSWER),
               STEP ("TEARDOWN ", "200 OK"), END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_SETTINGS },
  { .name = "play-refused",
    .steps = { OPTIONS, DESCRIBE (SDP), SETUP, STEP ("PLAY ", "454 Session Not Found"),
               STEP ("TEARDOWN BASE/cam ", "200 OK"), END },
    .domain = gst_resource_error_quark,
    .code = GST_RESOURCE_ERROR_OPEN_READ },
};

/* --- What comes between --- */

/* Packets before the answer to PLAY are kept, and a camera that asks is answered. */
static void
test_before_the_answer (void)
{
  static const gchar before[] = "$\0\0\3abc$\1\0\0OPTIONS * RTSP/1.0\r\nCSeq: 77\r\n\r\n$\0\0\1d";
  static const gchar packets[] = "$\0\0\3abc$\1\0\0$\0\0\1d";
  const CameraStep steps[]
      = { OPTIONS, DESCRIBE (SDP), SETUP,
          STEP ("PLAY ", "200 OK", .before = before, .before_size = sizeof before - 1), END };
  CameraScript *camera = camera_script_new (steps, NULL);
  GstCameraOffer offer = { .uri = "BASE/cam" };
  g_autoptr (GError) error = NULL;
  g_autoptr (GstCameraPlaying) playing = shake_hands (camera, &offer, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (playing->rest->data, playing->rest->len, packets, sizeof packets - 1);
  g_assert_cmpstr (playing->session, ==, "12");
  g_assert_cmpuint (playing->session_timeout, ==, 30);
  g_assert_cmpuint (playing->next_cseq, ==, 5);
  g_assert_false (playing->takes_get_parameter);
  camera_script_wait_for (camera, "RTSP/1.0 200 OK\r\nCSeq: 77\r\n");
  camera_script_free (camera);
}

static void
test_no_rtsp (void)
{
  static const gchar http[] = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  const CameraStep steps[]
      = { STEP ("OPTIONS ", NULL, .before = http, .before_size = sizeof http - 1), END };
  CameraScript *camera = camera_script_new (steps, NULL);
  GstCameraOffer offer = { .uri = "BASE/cam" };
  g_autoptr (GError) error = NULL;

  g_assert_null (shake_hands (camera, &offer, NULL, NULL, &error));
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ);
  g_assert_nonnull (strstr (error->message, "not RTSP"));
  camera_script_free (camera);
}

/* A camera that falls silent, before or within an answer. */
static void
test_silent (gconstpointer before)
{
  const CameraStep steps[]
      = { OPTIONS, STEP ("DESCRIBE ", NULL, .before = before, .before_size = strlen (before)),
          END };
  CameraScript *camera = camera_script_new (steps, NULL);
  GstCameraOffer offer = { .uri = "BASE/cam", .timeout_us = SHORT };
  gint64 begin = g_get_monotonic_time ();
  g_autoptr (GError) error = NULL;

  g_assert_null (shake_hands (camera, &offer, NULL, NULL, &error));
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ);
  g_assert_nonnull (strstr (error->message, "in time"));
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, SHORT);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, TIMEOUT);
  camera_script_free (camera);
}

typedef struct {
  CameraScript *camera;
  GCancellable *cancellable;
} Canceller;

static gpointer
cancel (gpointer data)
{
  Canceller *self = data;

  camera_script_wait_for (self->camera, "DESCRIBE ");
  g_cancellable_cancel (self->cancellable);
  return NULL;
}

static void
test_cancel (void)
{
  const CameraStep steps[] = { OPTIONS, STEP ("DESCRIBE ", NULL), END };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  CameraScript *camera = camera_script_new (steps, NULL);
  Canceller canceller = { camera, cancellable };
  GstCameraOffer offer = { .uri = "BASE/cam", .timeout_us = 100 * TIMEOUT };
  GThread *thread = g_thread_new ("cancel", cancel, &canceller);
  g_autoptr (GError) error = NULL;

  g_assert_null (shake_hands (camera, &offer, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_thread_join (thread);
  /* And from the beginning. */
  g_assert_null (shake_hands (camera, &offer, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  camera_script_free (camera);
}

/* --- The caller's say --- */

static gboolean
on_described (gpointer owner, const GstSDPMessage *sdp)
{
  g_assert_cmpuint (gst_sdp_message_medias_len (sdp), ==, 1);
  return FALSE;
}

static gboolean
on_before_play (gpointer owner, const GArray *grants, guint session_timeout)
{
  g_assert_cmpuint (grants->len, ==, 1);
  return FALSE;
}

static void
test_fall_back (void)
{
  static const GstCameraHandshakeEvents events = { .described = on_described };
  const CameraStep steps[] = { OPTIONS, DESCRIBE (SDP), END };
  CameraScript *camera = camera_script_new (steps, NULL);
  GstCameraOffer offer = { .uri = "BASE/cam" };
  g_autoptr (GError) error = NULL;

  g_assert_null (shake_hands (camera, &offer, &events, NULL, &error));
  g_assert_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND);
  camera_script_free (camera);
}

static void
test_not_wanted (void)
{
  static const GstCameraHandshakeEvents events = { .before_play = on_before_play };
  const CameraStep steps[]
      = { OPTIONS, DESCRIBE (SDP), SETUP, STEP ("TEARDOWN BASE/cam ", "200 OK"), END };
  CameraScript *camera = camera_script_new (steps, NULL);
  GstCameraOffer offer = { .uri = "BASE/cam" };
  g_autoptr (GError) error = NULL;

  g_assert_null (shake_hands (camera, &offer, &events, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  camera_script_free (camera);
}

static void
test_address (void)
{
  const GstCameraHandshakeEvents events = { 0 };
  GstCameraOffer offer = { .uri = "http://127.0.0.1/", .timeout_us = TIMEOUT };
  g_autoptr (GError) error = NULL;

  g_assert_null (gst_camera_handshake_run (&offer, &events, NULL, NULL, &error));
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS);
  g_clear_error (&error);
  offer.uri = "rtsp://127.0.0.1:1/x";
  g_assert_null (gst_camera_handshake_run (&offer, &events, NULL, NULL, &error));
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ);
}

static void
add (const gchar *suite, const Quirk *quirks, guint n)
{
  for (guint i = 0; i < n; i++) {
    g_autofree gchar *path = g_strdup_printf ("/handshake/%s/%s", suite, quirks[i].name);

    g_test_add_data_func (path, &quirks[i], test_quirk);
  }
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  add ("addresses", addresses, G_N_ELEMENTS (addresses));
  add ("answers", answers, G_N_ELEMENTS (answers));
  g_test_add_func ("/handshake/before-the-answer", test_before_the_answer);
  g_test_add_func ("/handshake/no-rtsp", test_no_rtsp);
  g_test_add_data_func ("/handshake/silent", "", test_silent);
  g_test_add_data_func ("/handshake/silent-within", "RTSP/1.0 200 OK\r\nCSe", test_silent);
  g_test_add_func ("/handshake/cancel", test_cancel);
  g_test_add_func ("/handshake/fall-back", test_fall_back);
  g_test_add_func ("/handshake/not-wanted", test_not_wanted);
  g_test_add_func ("/handshake/address", test_address);
  return g_test_run ();
}
