/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcamerakeepalive.h"

#include <string.h>

#include "camera/gstcameratimer.h"

#define DEFAULT_TIMEOUT 60 /* s, RFC 2326, section 12.37 */

struct _GstCameraKeepAlive {
  GObject parent_instance;
  GWeakRef rtspsrc;
  GstCameraTimer *timer;

  GMutex lock; /* guards what follows */
  guint interval;
  guint timeout;
  gboolean use_options; /* the camera does not take GET_PARAMETER */
  gboolean pending;     /* a request was handed to rtspsrc and is not answered */
};

G_DEFINE_FINAL_TYPE (GstCameraKeepAlive, gst_camera_keep_alive, G_TYPE_OBJECT)

/* Called with the lock. Under half of the time-out: one lost request must not cost the session. */
static GstClockTime
next_delay (GstCameraKeepAlive *self)
{
  guint timeout = self->timeout != 0 ? self->timeout : DEFAULT_TIMEOUT;

  if (self->interval != 0)
    return self->interval * GST_SECOND;
  return MAX (timeout * GST_SECOND * 2 / 5, GST_SECOND / 2);
}

static GstClockTime
on_time (GObject *owner)
{
  GstCameraKeepAlive *self = GST_CAMERA_KEEP_ALIVE (owner);
  g_autoptr (GstElement) rtspsrc = g_weak_ref_get (&self->rtspsrc);
  gchar *no_parameters[] = { NULL };
  GstClockTime delay;
  gboolean busy;

  g_mutex_lock (&self->lock);
  delay = next_delay (self);
  busy = self->pending;
  self->pending = TRUE;
  g_mutex_unlock (&self->lock);

  /* rtspsrc sends one at a time; a queue of them would not help a camera that does not answer. */
  if (rtspsrc != NULL && !busy) {
    GstPromise *promise = gst_promise_new ();
    gboolean sent = FALSE;

    g_signal_emit_by_name (rtspsrc, "get-parameters", no_parameters, NULL, promise, &sent);
    gst_promise_unref (promise);
    if (!sent) {
      g_mutex_lock (&self->lock);
      self->pending = FALSE;
      g_mutex_unlock (&self->lock);
    }
  }
  return delay;
}

static void
gst_camera_keep_alive_finalize (GObject *object)
{
  GstCameraKeepAlive *self = GST_CAMERA_KEEP_ALIVE (object);

  gst_camera_timer_free (self->timer);
  g_weak_ref_clear (&self->rtspsrc);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_camera_keep_alive_parent_class)->finalize (object);
}

static void
gst_camera_keep_alive_class_init (GstCameraKeepAliveClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gst_camera_keep_alive_finalize;
}

static void
gst_camera_keep_alive_init (GstCameraKeepAlive *self)
{
  g_mutex_init (&self->lock);
  g_weak_ref_init (&self->rtspsrc, NULL);
  self->timer = gst_camera_timer_new (G_OBJECT (self), on_time);
}

GstCameraKeepAlive *
gst_camera_keep_alive_new (GstElement *rtspsrc)
{
  GstCameraKeepAlive *self = g_object_new (GST_TYPE_CAMERA_KEEP_ALIVE, NULL);

  g_weak_ref_set (&self->rtspsrc, rtspsrc);
  return self;
}

void
gst_camera_keep_alive_reset (GstCameraKeepAlive *self, guint interval)
{
  gst_camera_timer_stop (self->timer);
  g_mutex_lock (&self->lock);
  self->interval = interval;
  self->timeout = 0;
  self->use_options = self->pending = FALSE;
  g_mutex_unlock (&self->lock);
}

void
gst_camera_keep_alive_start (GstCameraKeepAlive *self)
{
  GstClockTime delay;

  g_mutex_lock (&self->lock);
  delay = next_delay (self);
  g_mutex_unlock (&self->lock);
  gst_camera_timer_start (self->timer, delay);
}

void
gst_camera_keep_alive_stop (GstCameraKeepAlive *self)
{
  gst_camera_timer_stop (self->timer);
}

void
gst_camera_keep_alive_before_send (GstCameraKeepAlive *self, GstRTSPMessage *request)
{
  gboolean use_options;

  if (request->type_data.request.method != GST_RTSP_GET_PARAMETER)
    return;
  g_mutex_lock (&self->lock);
  use_options = self->use_options;
  g_mutex_unlock (&self->lock);

  if (use_options)
    request->type_data.request.method = GST_RTSP_OPTIONS;
  /* There is no body that this could describe. */
  gst_rtsp_message_remove_header (request, GST_RTSP_HDR_CONTENT_TYPE, -1);
}

/* The time-out in "Session: 12345;timeout=60" (RFC 2326, section 12.37), or 0. */
static guint
parse_timeout (const gchar *session)
{
  const gchar *at = strstr (session, "timeout=");

  return at != NULL ? (guint) g_ascii_strtoull (at + strlen ("timeout="), NULL, 10) : 0;
}

/* Called with the lock. */
static void
note_options (GstCameraKeepAlive *self, GstRTSPMessage *response)
{
  static const GstRTSPHeaderField fields[] = { GST_RTSP_HDR_PUBLIC, GST_RTSP_HDR_ALLOW };
  GstRTSPMethod methods = 0;

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    gchar *names = NULL;

    for (gint n = 0; gst_rtsp_message_get_header (response, fields[i], &names, n) == GST_RTSP_OK;
         n++)
      methods |= gst_rtsp_options_from_text (names);
  }
  if (methods & GST_RTSP_GET_PARAMETER)
    return;

  /* rtspsrc refuses the action on a camera without GET_PARAMETER, but what is sent will be OPTIONS.
   * The others are what rtspsrc assumes of a camera that names no method at all. */
  self->use_options = TRUE;
  gst_rtsp_message_add_header (response, GST_RTSP_HDR_PUBLIC,
                               methods != 0 ? "GET_PARAMETER" : "DESCRIBE, SETUP, GET_PARAMETER");
}

void
gst_camera_keep_alive_answered (GstCameraKeepAlive *self, const GstRTSPMessage *request,
                                GstRTSPMessage *response)
{
  GstRTSPStatusCode code = response->type_data.response.code;
  gchar *session = NULL;

  g_mutex_lock (&self->lock);
  switch (request->type_data.request.method) {
  case GST_RTSP_OPTIONS:
    self->pending = FALSE;
    if (code == GST_RTSP_STS_OK)
      note_options (self, response);
    break;
  case GST_RTSP_SETUP:
    gst_rtsp_message_get_header (response, GST_RTSP_HDR_SESSION, &session, 0);
    if (code == GST_RTSP_STS_OK && session != NULL)
      self->timeout = parse_timeout (session);
    break;
  case GST_RTSP_GET_PARAMETER:
    self->pending = FALSE;
    /* Some say they take it and do not: it may not have counted as a sign of life. */
    if (code != GST_RTSP_STS_OK && code != GST_RTSP_STS_UNAUTHORIZED)
      self->use_options = TRUE;
    break;
  default:
    break;
  }
  g_mutex_unlock (&self->lock);
}

guint
gst_camera_keep_alive_get_timeout (GstCameraKeepAlive *self)
{
  guint timeout;

  g_mutex_lock (&self->lock);
  timeout = self->timeout;
  g_mutex_unlock (&self->lock);
  return timeout;
}
