/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcamerasrcprivate.h"

#include <string.h>

static void
finish (GstElement *element, gpointer data)
{
  gst_camera_src_finish (GST_CAMERA_SRC (element));
}

/* @details: (nullable) (transfer full) */
static void
fail (GstCameraSrc *self, GQuark domain, gint code, const gchar *text, const gchar *debug,
      GstStructure *details)
{
  gboolean first;

  g_mutex_lock (&self->lock);
  first = !self->failed && !self->eos_requested && self->phase != GST_CAMERA_PHASE_CLOSED;
  self->failed |= first;
  g_mutex_unlock (&self->lock);
  if (!first) {
    g_clear_pointer (&details, gst_structure_free);
    return;
  }

  gst_element_message_full_with_details (GST_ELEMENT (self), GST_MESSAGE_ERROR, domain, code,
                                         g_strdup (text), g_strdup (debug), __FILE__, G_STRFUNC,
                                         __LINE__, details);
  /* Not here: this may be rtspsrc's own thread, and the streams may block. */
  gst_element_call_async (GST_ELEMENT (self), finish, NULL, NULL);
}

void
gst_camera_src_fail (GstCameraSrc *self, GQuark domain, gint code, const gchar *text,
                     const gchar *debug)
{
  fail (self, domain, code, text, debug, NULL);
}

void
gst_camera_src_fail_again (GstCameraSrc *self, const GError *error, const gchar *again)
{
  fail (self, error->domain, error->code, error->message, NULL,
        gst_structure_new ("camerasrc-error", "redirect", G_TYPE_STRING, again, NULL));
}

typedef struct {
  GstResourceError code;
  const gchar *text;
} Failure;

static Failure
classify_status (guint status)
{
  switch (status) {
  case GST_RTSP_STS_UNAUTHORIZED:
  case GST_RTSP_STS_FORBIDDEN:
    return (Failure){ GST_RESOURCE_ERROR_NOT_AUTHORIZED,
                      "The camera refuses the user name or password: check user-id and user-pw, "
                      "and that the user may view the stream" };
  case GST_RTSP_STS_NOT_FOUND:
  case GST_RTSP_STS_GONE:
    return (Failure){ GST_RESOURCE_ERROR_NOT_FOUND,
                      "The camera has no stream at this address: check the path in location" };
  default:
    return (Failure){ GST_RESOURCE_ERROR_OPEN_READ,
                      "The camera refuses the stream: check that it is enabled and that not too "
                      "many clients are connected, then try again" };
  }
}

/* What @error of rtspsrc means for a camera. */
static Failure
classify (const GError *error, GstCameraPhase phase, guint status)
{
  if (error->domain == GST_RESOURCE_ERROR
      && (error->code == GST_RESOURCE_ERROR_NOT_AUTHORIZED
          || error->code == GST_RESOURCE_ERROR_NOT_FOUND))
    return classify_status (error->code == GST_RESOURCE_ERROR_NOT_FOUND
                                ? GST_RTSP_STS_NOT_FOUND
                                : GST_RTSP_STS_UNAUTHORIZED);
  if (status != 0 && status != GST_RTSP_STS_OK)
    return classify_status (status);
  if (phase == GST_CAMERA_PHASE_PLAYING)
    return (
        Failure){ GST_RESOURCE_ERROR_READ,
                  "The connection to the camera is lost: check the network, then connect again" };
  if (status == 0)
    return (Failure){ GST_RESOURCE_ERROR_OPEN_READ,
                      "The camera cannot be reached: check host and port in location, the network, "
                      "and that the camera is on" };
  return (Failure){ GST_RESOURCE_ERROR_OPEN_READ,
                    "The camera broke off while the stream was set up: check that location names "
                    "an RTSP stream, then try again" };
}

/* Over TCP rtspsrc sends its streams EOS when it has told why it reads no more. */
static void
note_breaking (GstCameraSrc *self, GstMessage *message)
{
  g_mutex_lock (&self->lock);
  self->breaking |= self->phase == GST_CAMERA_PHASE_PLAYING && self->interleaved
                    && GST_MESSAGE_SRC (message) == GST_OBJECT (self->rtspsrc);
  g_mutex_unlock (&self->lock);
}

void
gst_camera_src_fail_with (GstCameraSrc *self, GstMessage *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;
  GstCameraPhase phase;
  Failure failure;
  guint status;

  note_breaking (self, message);
  gst_message_parse_error (message, &error, &debug);
  g_mutex_lock (&self->lock);
  phase = self->phase;
  status = self->last_status;
  g_mutex_unlock (&self->lock);

  if (g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED)) {
    gst_camera_src_fail (self, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED,
                         "What follows camerasrc does not take its data: see the error it posted, "
                         "and that both pads are linked",
                         debug);
    return;
  }
  failure = classify (error, phase, status);
  gst_camera_src_fail (self, GST_RESOURCE_ERROR, failure.code, failure.text, debug);
}

void
gst_camera_src_fail_ended (GstCameraSrc *self)
{
  gst_camera_src_fail (self, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
                       "The camera ended the stream, which a live camera does not do by itself: it "
                       "may have restarted or dropped the session; connect again",
                       NULL);
}

void
gst_camera_src_heed_warning (GstCameraSrc *self, GstMessage *message)
{
  g_autoptr (GError) warning = NULL;
  g_autofree gchar *debug = NULL;

  /* rtspsrc takes the end of the connection for the end of a film: a warning, then EOS. */
  gst_message_parse_warning (message, &warning, &debug);
  if (g_error_matches (warning, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ) && debug != NULL
      && strstr (debug, "server closed the connection") != NULL) {
    note_breaking (self, message);
    gst_camera_src_fail_ended (self);
  }
}
