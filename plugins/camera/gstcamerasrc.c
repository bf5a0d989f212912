/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * SECTION:element-camerasrc
 * @title: camerasrc
 * @short_description: a network camera as parsed, timestamped elementary streams
 *
 * Connects to a camera by RTSP (RFC 2326) and gives its video (H.264, H.265) and audio (AAC, Opus,
 * A-law, µ-law) as parsed streams, without decoding them. What receives is one of two engines
 * (#GstCameraSrc:engine): `rtspsrc → rtph264depay → h264parse` and the like; or lean, for RTP over
 * TCP (RFC 2326, section 10.12): one thread reads the connections of all cameras of the process,
 * some times a second, and assembles access units straight from what it read. Around them it does
 * what a recorder needs:
 *
 * - All pads are there, and no-more-pads has been emitted, before data flow.
 * - Video starts at the first frame that decodes by itself (H.264 IDR, H.265 IRAP); audio starts
 * with it. After a loss of packets frames keep coming; #GstCameraSrc:stats counts the loss.
 * - Each frame has a presentation time and a decoding time that never falls.
 * - The RTSP session is kept alive, also while the connection is busy with media.
 * - A live camera never ends by itself. When it stops, is silent for #GstCameraSrc:timeout, or the
 *   connection breaks, an ERROR is posted, and EOS goes downstream so that files are finished. EOS
 * sent to the element is a normal end: all that was received leaves first, and no ERROR is posted.
 * - Credentials are held by #GstCameraSrc:user-id and #GstCameraSrc:user-pw only. Those in an
 * address given as #GstCameraSrc:location are moved there. The password cannot be read back.
 *
 * With the engine lean frames come as buffer lists, those of one reading each, and video as
 * `stream-format` avc and hvc1 only; h264parse and h265parse behind it give another. All pads of
 * all cameras of the process are fed by one thread: what may wait (a muxer for the other stream, a
 * sink for its time) needs a queue before it.
 *
 * Errors are #GST_RESOURCE_ERROR: `SETTINGS` (a bad location), `OPEN_READ` (cannot connect or be
 * set up), `NOT_AUTHORIZED`, `NOT_FOUND`, `READ` (lost, silent or ended); and
 * #GST_STREAM_ERROR_CODEC_NOT_FOUND when the camera offers nothing that can be recorded;
 * #GST_STREAM_ERROR_WRONG_TYPE when it does not offer RTP over TCP and the engine lean is set. When
 * the camera asks for another session at once (REDIRECT or ANNOUNCE; RFC 2326, 10.10 and 10.3; with
 * the engine lean) the error's details have `redirect`: what #GstCameraSrc:redirect is to be then.
 *
 * Element messages:
 *
 * - `camerasrc-streams`, once per connection, when the pads are there: `transport` ("tcp" or
 * "udp"), `engine` ("lean" or "rtspsrc"), `video-codec` ("h264", "h265"), `audio-codec` ("aac",
 * "opus", "pcmu", "pcma"), `session-timeout` (guint, s); each is absent where it does not apply.
 * - `camerasrc-started`, at the first frame that leaves: `running-time` (guint64, ns) and, where
 * known, `width` and `height`.
 * - `camerasrc-clock`, at the first RTCP sender report and then at most every 10 s: `camera-time`
 * (gint64, µs since the Unix epoch by the camera's clock) at `running-time` (guint64, ns).
 * - `camerasrc-fallback`, when rtspsrc takes over from the lean engine: `engine` ("rtspsrc") and
 * `reason`, for people.
 * - `camerasrc-loss`, when packets of the video never came: `running-time-start` and
 * `running-time-end` (guint64, ns) of the frames before and after, `frames-missing` (between them)
 * and `packets-lost` (of this connection so far) (guint64).
 *
 * ## Example launch lines
 * |[
 * gst-launch-1.0 -e camerasrc location=rtsp://camera.example/stream1 ! h264parse ! mp4mux !
 * filesink location=a.mp4
 * ]| Records the video of a camera.
 * |[
 * gst-launch-1.0 -e camerasrc location=rtsp://camera.example/main user-id=viewer user-pw=secret
 * name=c \ c.video ! queue ! m.  c.audio ! queue ! m.  matroskamux name=m ! filesink location=a.mkv
 * ]| Records video and audio of a camera that asks for a password.
 * |[
 * gst-launch-1.0 camerasrc location=rtsps://camera.example/main transport=udp audio=false !
 * decodebin ! autovideosink
 * ]| Shows a camera.
 */
#include "camera/gstcamerasrcprivate.h"

#include "camera/gstcameraexchange.h"
#include "camera/gstcamerauri.h"

GST_DEBUG_CATEGORY (gst_camera_src_debug);
#define GST_CAT_DEFAULT gst_camera_src_debug

#define DEFAULT_BATCH 250 /* ms */

enum {
  PROP_0,
  PROP_LOCATION,
  PROP_REDIRECT,
  PROP_USER_ID,
  PROP_USER_PW,
  PROP_TRANSPORT,
  PROP_LATENCY,
  PROP_TIMEOUT,
  PROP_AUDIO,
  PROP_KEEP_ALIVE,
  PROP_BATCH,
  PROP_ENGINE,
  PROP_TLS_VALIDATION_FLAGS,
  PROP_STATS,
  N_PROPS
};
static GParamSpec *props[N_PROPS];

static GstStaticPadTemplate video_template = GST_STATIC_PAD_TEMPLATE (
    "video", GST_PAD_SRC, GST_PAD_SOMETIMES, GST_STATIC_CAPS ("video/x-h264; video/x-h265"));

static GstStaticPadTemplate audio_template = GST_STATIC_PAD_TEMPLATE (
    "audio", GST_PAD_SRC, GST_PAD_SOMETIMES,
    GST_STATIC_CAPS (
        "audio/mpeg, mpegversion = (int) 4; audio/x-opus; audio/x-alaw; audio/x-mulaw"));

G_DEFINE_FINAL_TYPE (GstCameraSrc, gst_camera_src, GST_TYPE_BIN)

GType
gst_camera_transport_get_type (void)
{
  static const GEnumValue values[] = {
    { GST_CAMERA_TRANSPORT_TCP, "RTP within the RTSP connection", "tcp" },
    { GST_CAMERA_TRANSPORT_UDP, "RTP over UDP", "udp" },
    { GST_CAMERA_TRANSPORT_AUTO, "UDP, then TCP when nothing comes", "auto" },
    { 0, NULL, NULL },
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstCameraTransport", values));
  return type;
}

GType
gst_camera_engine_get_type (void)
{
  static const GEnumValue values[] = {
    { GST_CAMERA_ENGINE_AUTO, "Lean for RTP over TCP, else rtspsrc", "auto" },
    { GST_CAMERA_ENGINE_LEAN, "One thread for all cameras; RTP over TCP only", "lean" },
    { GST_CAMERA_ENGINE_RTSPSRC, "A session manager for each camera", "rtspsrc" },
    { 0, NULL, NULL },
  };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstCameraEngine", values));
  return type;
}

static void
set_location (GstCameraSrc *self, const gchar *location)
{
  g_autofree gchar *uri = NULL;
  g_autofree gchar *user = NULL;
  g_autofree gchar *password = NULL;
  g_autoptr (GError) error = NULL;
  gboolean good
      = location == NULL || gst_camera_uri_split (location, &uri, &user, &password, &error);

  GST_OBJECT_LOCK (self);
  g_free (self->location);
  self->location = g_steal_pointer (&uri);
  self->bad_location = !good;
  if (user != NULL) {
    g_free (self->user_id);
    self->user_id = g_steal_pointer (&user);
    g_free (self->user_pw);
    self->user_pw = g_steal_pointer (&password);
  }
  GST_OBJECT_UNLOCK (self);
}

static void
replace_string (GstCameraSrc *self, gchar **member, const GValue *value)
{
  GST_OBJECT_LOCK (self);
  g_free (*member);
  *member = g_value_dup_string (value);
  GST_OBJECT_UNLOCK (self);
}

/* At any time: somebody begins or ends to watch live. */
static void
set_batch (GstCameraSrc *self, guint batch)
{
  g_mutex_lock (&self->lock);
  self->batch_duration = batch;
  if (self->lean != NULL)
    gst_camera_lean_set_batch (self->lean, batch);
  g_mutex_unlock (&self->lock);
}

static void
gst_camera_src_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstCameraSrc *self = GST_CAMERA_SRC (object);

  switch (id) {
  case PROP_LOCATION:
    set_location (self, g_value_get_string (value));
    break;
  case PROP_REDIRECT:
    replace_string (self, &self->redirect, value);
    break;
  case PROP_USER_ID:
    replace_string (self, &self->user_id, value);
    break;
  case PROP_USER_PW:
    replace_string (self, &self->user_pw, value);
    break;
  case PROP_TRANSPORT:
    self->transport = g_value_get_enum (value);
    break;
  case PROP_LATENCY:
    self->latency = g_value_get_uint (value);
    break;
  case PROP_TIMEOUT:
    self->timeout = g_value_get_uint (value);
    break;
  case PROP_AUDIO:
    self->audio_wanted = g_value_get_boolean (value);
    break;
  case PROP_BATCH:
    set_batch (self, g_value_get_uint (value));
    break;
  case PROP_ENGINE:
    self->engine = g_value_get_enum (value);
    break;
  case PROP_KEEP_ALIVE:
    self->keep_alive_period = g_value_get_uint (value);
    break;
  case PROP_TLS_VALIDATION_FLAGS:
    self->tls_validation_flags = g_value_get_flags (value);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
}

static void
gst_camera_src_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstCameraSrc *self = GST_CAMERA_SRC (object);

  switch (id) {
  case PROP_LOCATION:
    GST_OBJECT_LOCK (self);
    g_value_set_string (value, self->location);
    GST_OBJECT_UNLOCK (self);
    break;
  case PROP_REDIRECT:
    GST_OBJECT_LOCK (self);
    g_value_set_string (value, self->redirect);
    GST_OBJECT_UNLOCK (self);
    break;
  case PROP_USER_ID:
    GST_OBJECT_LOCK (self);
    g_value_set_string (value, self->user_id);
    GST_OBJECT_UNLOCK (self);
    break;
  case PROP_TRANSPORT:
    g_value_set_enum (value, self->transport);
    break;
  case PROP_LATENCY:
    g_value_set_uint (value, self->latency);
    break;
  case PROP_TIMEOUT:
    g_value_set_uint (value, self->timeout);
    break;
  case PROP_AUDIO:
    g_value_set_boolean (value, self->audio_wanted);
    break;
  case PROP_BATCH:
    g_value_set_uint (value, self->batch_duration);
    break;
  case PROP_ENGINE:
    g_value_set_enum (value, self->engine);
    break;
  case PROP_KEEP_ALIVE:
    g_value_set_uint (value, self->keep_alive_period);
    break;
  case PROP_TLS_VALIDATION_FLAGS:
    g_value_set_flags (value, self->tls_validation_flags);
    break;
  case PROP_STATS:
    g_value_take_boxed (value, gst_camera_src_make_stats (self));
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    break;
  }
}

static gboolean
may_open (GstCameraSrc *self)
{
  if (self->location == NULL) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
                       ("%s: set location to an address such as rtsp://camera.example/stream1",
                        self->bad_location ? "The camera's address is not a valid RTSP address"
                                           : "The camera has no address"),
                       (NULL));
    return FALSE;
  }
  if (self->engine == GST_CAMERA_ENGINE_LEAN && self->transport != GST_CAMERA_TRANSPORT_TCP) {
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
                       ("The engine lean takes RTP over TCP only: set transport=tcp, or "
                        "engine=auto"),
                       (NULL));
    return FALSE;
  }
  return TRUE;
}

static GstStateChangeReturn
gst_camera_src_change_state (GstElement *element, GstStateChange transition)
{
  GstCameraSrc *self = GST_CAMERA_SRC (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED) {
    if (!may_open (self) || !gst_camera_src_run_open (self))
      return GST_STATE_CHANGE_FAILURE;
  } else if (transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED && self->lean != NULL) {
    gst_camera_lean_pause (self->lean);
  } else if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    gst_camera_src_run_closing (self);
  }

  ret = GST_ELEMENT_CLASS (gst_camera_src_parent_class)->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    gst_camera_src_run_closed (self);
  if (self->lean == NULL || ret == GST_STATE_CHANGE_FAILURE)
    return ret;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_PLAYING)
    gst_camera_lean_play (self->lean);
  else /* as of any live source */
    ret = GST_STATE_CHANGE_NO_PREROLL;
  return ret;
}

static gboolean
gst_camera_src_send_event (GstElement *element, GstEvent *event)
{
  if (GST_EVENT_TYPE (event) != GST_EVENT_EOS)
    return GST_ELEMENT_CLASS (gst_camera_src_parent_class)->send_event (element, event);
  gst_event_unref (event);
  gst_camera_src_run_end (GST_CAMERA_SRC (element));
  return TRUE;
}

static void
gst_camera_src_handle_message (GstBin *bin, GstMessage *message)
{
  GstCameraSrc *self = GST_CAMERA_SRC (bin);
  gboolean from_rtspsrc
      = self->rtspsrc != NULL
        && gst_object_has_as_ancestor (GST_MESSAGE_SRC (message), GST_OBJECT (self->rtspsrc));
  gboolean eat = FALSE;

  if (from_rtspsrc && GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    gst_camera_src_fail_with (self, message);
    eat = TRUE;
  } else if (from_rtspsrc && GST_MESSAGE_TYPE (message) == GST_MESSAGE_WARNING) {
    gst_camera_src_heed_warning (self, message);
    eat = TRUE;
  } else if (from_rtspsrc) {
    /* one at each keep-alive */
    eat = GST_MESSAGE_TYPE (message) == GST_MESSAGE_PROGRESS;
  }
  if (eat) {
    GST_DEBUG_OBJECT (self, "%" GST_PTR_FORMAT, message);
    gst_message_unref (message);
    return;
  }
  GST_BIN_CLASS (gst_camera_src_parent_class)->handle_message (bin, message);
}

static void
gst_camera_src_finalize (GObject *object)
{
  GstCameraSrc *self = GST_CAMERA_SRC (object);

  gst_camera_timer_free (self->watch);
  gst_camera_src_rtspsrc_free (self);
  g_free (self->location);
  g_free (self->redirect);
  g_free (self->user_id);
  g_free (self->user_pw);
  g_cond_clear (&self->idle);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_camera_src_parent_class)->finalize (object);
}

static void
install_properties (GObjectClass *klass)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY;

  props[PROP_LOCATION] = g_param_spec_string (
      "location", "Location",
      "Address of the stream, rtsp:// or rtsps://; a user name and password in it are moved to "
      "user-id and user-pw",
      NULL, flags);
  props[PROP_REDIRECT] = g_param_spec_string (
      "redirect", "Redirect",
      "Address to begin at instead, where the camera referred to in a run before; the password is "
      "for the host of location alone (NULL = location; with the engine lean)",
      NULL, flags);
  props[PROP_USER_ID]
      = g_param_spec_string ("user-id", "User", "User name at the camera", NULL, flags);
  props[PROP_USER_PW] = g_param_spec_string (
      "user-pw", "Password", "Password at the camera; cannot be read back", NULL,
      G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  props[PROP_TRANSPORT]
      = g_param_spec_enum ("transport", "Transport", "How the camera sends its media",
                           GST_TYPE_CAMERA_TRANSPORT, GST_CAMERA_TRANSPORT_TCP, flags);
  props[PROP_LATENCY] = g_param_spec_uint (
      "latency", "Latency", "Time in ms that a late packet is waited for", 0, 60000, 200, flags);
  props[PROP_TIMEOUT] = g_param_spec_uint (
      "timeout", "Time-out",
      "Time in s without an answer or without media after which an error is posted", 1, 3600, 10,
      flags);
  props[PROP_AUDIO]
      = g_param_spec_boolean ("audio", "Audio", "Take the audio stream too", TRUE, flags);
  props[PROP_KEEP_ALIVE] = g_param_spec_uint (
      "keep-alive", "Keep-alive",
      "Time in s between two signs of life to the camera (0 = from the session's time-out)", 0,
      3600, 0, flags);
  props[PROP_BATCH] = g_param_spec_uint (
      "batch", "Batch",
      "Time in ms that media may wait in the kernel, so that many packets are read at one wake-up; "
      "over TCP only (0 = read each at once, as for a live viewer); with the engine lean it can be "
      "changed at any time",
      0, 1000, DEFAULT_BATCH, (flags & ~GST_PARAM_MUTABLE_READY) | GST_PARAM_MUTABLE_PLAYING);
  props[PROP_ENGINE] = g_param_spec_enum ("engine", "Engine", "What receives",
                                          GST_TYPE_CAMERA_ENGINE, GST_CAMERA_ENGINE_AUTO, flags);
  props[PROP_TLS_VALIDATION_FLAGS] = g_param_spec_flags (
      "tls-validation-flags", "TLS validation", "What is checked in an rtsps camera's certificate",
      G_TYPE_TLS_CERTIFICATE_FLAGS, G_TLS_CERTIFICATE_VALIDATE_ALL, flags);
  props[PROP_STATS] = g_param_spec_boxed (
      "stats", "Statistics",
      "camerasrc-stats of this connection: packets-received, -lost, -late, -duplicate, "
      "frames-received (video, left the element), frames-skipped (before the first decodable one), "
      "frames-missing (that did not come whole), key-frames, frames-without-pts (given one), "
      "bytes-received (media), audio-frames (all "
      "guint64), "
      "last-frame-monotonic-us (gint64)",
      GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (klass, N_PROPS, props);
}

static void
gst_camera_src_class_init (GstCameraSrcClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_camera_src_debug, "camerasrc", 0, "network camera source");
  object_class->set_property = gst_camera_src_set_property;
  object_class->get_property = gst_camera_src_get_property;
  object_class->finalize = gst_camera_src_finalize;
  element_class->change_state = gst_camera_src_change_state;
  element_class->send_event = gst_camera_src_send_event;
  GST_BIN_CLASS (klass)->handle_message = gst_camera_src_handle_message;

  install_properties (object_class);
  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_add_static_pad_template (element_class, &audio_template);
  gst_element_class_set_static_metadata (
      element_class, "Network camera source", "Source/Network",
      "Receives a camera's video and audio by RTSP as parsed elementary streams", "Tyto");
  gst_type_mark_as_plugin_api (GST_TYPE_CAMERA_TRANSPORT, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_CAMERA_ENGINE, 0);
}

static void
gst_camera_src_init (GstCameraSrc *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->idle);
  self->transport = GST_CAMERA_TRANSPORT_TCP;
  self->latency = 200;
  self->batch_duration = DEFAULT_BATCH;
  self->timeout = 10;
  self->audio_wanted = TRUE;
  self->engine = GST_CAMERA_ENGINE_AUTO;
  self->tls_validation_flags = G_TLS_CERTIFICATE_VALIDATE_ALL;
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
  gst_bin_set_suppressed_flags (GST_BIN (self), GST_ELEMENT_FLAG_SOURCE | GST_ELEMENT_FLAG_SINK);

  gst_camera_src_run_init (self);
}
