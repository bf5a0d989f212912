/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcamerartspclient.h"

#include <string.h>

#include "camera/lean/gstcamerasdp.h"

#define USER_AGENT      "Tyto"
#define MAX_CHALLENGES  4
#define MAX_TRIES       3 /* of a busy camera */
#define MAX_RETRY_AFTER 2 /* s */

struct _GstCameraRtspClient {
  const GstCameraOffer *offer;
  GCancellable *cancellable; /* nullable: the caller's */
  gulong cancellable_id;
  GCancellable *stop;      /* ends what goes on: cancelled, or a deadline is over */
  GstCameraRtspLink *link; /* nullable */
  GstCameraAuth *auth;     /* nullable */
  gboolean foreign;        /* connected to another host than the offer's */
  gchar *session;          /* nullable */
  guint session_timeout;   /* s */
};

static void
on_cancelled (GCancellable *cancellable, gpointer stop)
{
  g_cancellable_cancel (stop);
}

GstCameraRtspClient *
gst_camera_rtsp_client_new (const GstCameraOffer *offer, GCancellable *cancellable)
{
  GstCameraRtspClient *self = g_new0 (GstCameraRtspClient, 1);

  self->offer = offer;
  self->stop = g_cancellable_new ();
  if (cancellable != NULL) {
    self->cancellable = g_object_ref (cancellable);
    self->cancellable_id
        = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), self->stop, NULL);
  }
  return self;
}

static void
disconnect (GstCameraRtspClient *self)
{
  g_clear_pointer (&self->link, gst_camera_rtsp_link_free);
  g_clear_pointer (&self->auth, gst_camera_auth_free);
  g_clear_pointer (&self->session, g_free);
  self->session_timeout = 0;
}

void
gst_camera_rtsp_client_free (GstCameraRtspClient *self)
{
  if (self->cancellable_id != 0)
    g_cancellable_disconnect (self->cancellable, self->cancellable_id);
  disconnect (self);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->stop);
  g_free (self);
}

/* --- Deadlines --- */

static gboolean
on_deadline (GstClock *clock, GstClockTime time, GstClockID id, gpointer stop)
{
  g_cancellable_cancel (stop);
  return TRUE;
}

/* The time-outs of GSocket are whole seconds, and for each read anew. (transfer full) */
static GstClockID
start_deadline (GstCameraRtspClient *self)
{
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  GstClockTime end = gst_clock_get_time (clock) + self->offer->timeout_us * GST_USECOND;
  GstClockID id = gst_clock_new_single_shot_id (clock, end);

  gst_clock_id_wait_async (id, on_deadline, g_object_ref (self->stop), g_object_unref);
  return id;
}

static void
end_deadline (GstClockID id)
{
  gst_clock_id_unschedule (id);
  gst_clock_id_unref (id);
}

/* --- Errors --- */

static const gchar *
certificate_fault (GTlsCertificateFlags flags)
{
  if (flags & G_TLS_CERTIFICATE_UNKNOWN_CA)
    return "nobody whom this system trusts has signed it";
  if (flags & G_TLS_CERTIFICATE_BAD_IDENTITY)
    return "it is for another host";
  if (flags & G_TLS_CERTIFICATE_EXPIRED)
    return "it has expired";
  if (flags & G_TLS_CERTIFICATE_NOT_ACTIVATED)
    return "it is not valid yet, or a clock is wrong";
  return "it is revoked or not safe";
}

/* The connection was not made: @cause */
static gboolean
fail_to_connect (GstCameraRtspClient *self, GTlsCertificateFlags refused, const GError *cause,
                 GError **error)
{
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  if (refused != 0)
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
                 "The camera's certificate is not taken, as %s: give the camera a good one or let "
                 "the system trust its signer, or check less with tls-validation-flags",
                 certificate_fault (refused));
  else if (cause->domain == G_TLS_ERROR)
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
                 "The camera and this system do not agree on TLS: check that the port in location "
                 "is that of rtsps, and update the camera");
  else
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
                 "The camera cannot be reached%s: check host and port in location, the network, "
                 "and that the camera is on",
                 g_cancellable_is_cancelled (self->stop) ? " in time" : "");
  return FALSE;
}

/* A request was not answered: @cause */
static gboolean
fail (GstCameraRtspClient *self, const GError *cause, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  if (g_cancellable_is_cancelled (self->stop))
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
                 "The camera does not answer in time: check the network and the camera's load, or "
                 "restart the camera");
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_INVALID_DATA))
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
                 "The camera answers what is not RTSP: check host and port in location");
  else
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
                 "The camera broke off while the stream was set up: check that location names an "
                 "RTSP stream, then try again");
  return FALSE;
}

gboolean
gst_camera_rtsp_client_check (GstCameraRtspClient *self, const GstRTSPMessage *response,
                              GError **error)
{
  guint status = response->type_data.response.code;

  switch (status) {
  case GST_RTSP_STS_UNAUTHORIZED:
  case GST_RTSP_STS_FORBIDDEN:
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED,
                 self->foreign ? "The camera refers to another host, which wants a password: set "
                                 "location to the address of that host"
                               : "The camera refuses the user name or password (status %u): check "
                                 "user-id and user-pw, and that the user may view the stream",
                 status);
    return FALSE;
  case GST_RTSP_STS_NOT_FOUND:
  case GST_RTSP_STS_GONE:
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND,
                 "The camera has no stream at this address (status %u): check the path in location",
                 status);
    return FALSE;
  case GST_RTSP_STS_UNSUPPORTED_TRANSPORT:
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
                 "The camera does not send over TCP (status %u): set transport to udp", status);
    return FALSE;
  default:
    if (status >= 200 && status < 300)
      return TRUE;
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
                 "The camera refuses the stream (status %u): check that it is enabled and that not "
                 "too many clients are connected, then try again",
                 status);
    return FALSE;
  }
}

/* --- Connecting --- */

static gboolean
is_foreign (GstCameraRtspClient *self, const GstRTSPUrl *url)
{
  g_autoptr (GstRTSPUrl) own = NULL;

  return gst_rtsp_url_parse (self->offer->uri, &own) != GST_RTSP_OK
         || g_ascii_strcasecmp (own->host, url->host) != 0;
}

gboolean
gst_camera_rtsp_client_open (GstCameraRtspClient *self, const gchar *uri, GError **error)
{
  g_autoptr (GstRTSPUrl) url = NULL;
  g_autoptr (GError) cause = NULL;
  GTlsCertificateFlags refused = 0;
  GstClockID deadline;

  disconnect (self);
  if (gst_rtsp_url_parse (uri, &url) != GST_RTSP_OK) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
                 "The camera's address is none of RTSP: give one like rtsp://HOST:554/PATH");
    return FALSE;
  }
  self->foreign = is_foreign (self, url);
  if (self->offer->user != NULL && !self->foreign)
    self->auth = gst_camera_auth_new (self->offer->user, self->offer->password);
  deadline = start_deadline (self);
  self->link = gst_camera_rtsp_link_new (url, self->offer->tls_flags, &refused, self->stop, &cause);
  end_deadline (deadline);
  return self->link != NULL || fail_to_connect (self, refused, cause, error);
}

/* --- Asking --- */

/* The camera asks something itself: some look whether we are alive. */
static gboolean
answer (GstCameraRtspClient *self, const GstRTSPMessage *request, GError **error)
{
  GstRTSPMethod method = request->type_data.request.method;
  gboolean known = method == GST_RTSP_OPTIONS || method == GST_RTSP_GET_PARAMETER;
  GstRTSPStatusCode status = known ? GST_RTSP_STS_OK : GST_RTSP_STS_NOT_IMPLEMENTED;
  g_auto (GstRTSPMessage) response = { 0 };

  gst_rtsp_message_init_response (&response, status, gst_rtsp_status_as_text (status), request);
  return gst_camera_rtsp_link_send (self->link, &response, self->stop, error);
}

static gboolean
receive (GstCameraRtspClient *self, GstRTSPMessage *response, GError **error)
{
  for (;;) {
    gst_rtsp_message_unset (response);
    if (!gst_camera_rtsp_link_receive (self->link, response, self->stop, error))
      return FALSE;
    if (response->type == GST_RTSP_MESSAGE_RESPONSE)
      return TRUE;
    if (!answer (self, response, error))
      return FALSE;
  }
}

static gboolean
exchange (GstCameraRtspClient *self, GstRTSPMessage *request, GstRTSPMessage *response,
          GError **error)
{
  GstRTSPMethod method = request->type_data.request.method;
  g_autoptr (GError) cause = NULL;
  gchar *authorization = NULL;
  GstClockID deadline;
  gboolean done;

  gst_rtsp_message_remove_header (request, GST_RTSP_HDR_AUTHORIZATION, -1);
  if (self->auth != NULL)
    authorization = gst_camera_auth_answer (self->auth, gst_rtsp_method_as_text (method),
                                            request->type_data.request.uri);
  if (authorization != NULL)
    gst_rtsp_message_take_header (request, GST_RTSP_HDR_AUTHORIZATION, authorization);

  deadline = start_deadline (self);
  done = gst_camera_rtsp_link_send (self->link, request, self->stop, &cause)
         && receive (self, response, &cause);
  end_deadline (deadline);
  return done || fail (self, cause, error);
}

static gboolean
take_challenge (GstCameraRtspClient *self, const GstRTSPMessage *response)
{
  g_autoptr (GPtrArray) challenges = g_ptr_array_new ();
  gchar *header = NULL;

  if (self->auth == NULL)
    return FALSE;
  for (gint i = 0; gst_rtsp_message_get_header (response, GST_RTSP_HDR_WWW_AUTHENTICATE, &header, i)
                   == GST_RTSP_OK;
       i++)
    g_ptr_array_add (challenges, header);
  g_ptr_array_add (challenges, NULL);
  return gst_camera_auth_challenge (self->auth, (const gchar *const *) challenges->pdata);
}

/* Waits as long as a busy camera says; FALSE when that is too long, or not said. */
static gboolean
wait_as_told (GstCameraRtspClient *self, const GstRTSPMessage *response)
{
  gchar *header = NULL;
  guint64 seconds;
  GPollFD fd;

  gst_rtsp_message_get_header (response, GST_RTSP_HDR_RETRY_AFTER, &header, 0);
  if (header == NULL
      || !g_ascii_string_to_unsigned (g_strstrip (header), 10, 0, MAX_RETRY_AFTER, &seconds, NULL)
      || !g_cancellable_make_pollfd (self->stop, &fd))
    return FALSE;
  g_poll (&fd, 1, (gint) seconds * 1000);
  g_cancellable_release_fd (self->stop);
  return !g_cancellable_is_cancelled (self->stop);
}

gboolean
gst_camera_rtsp_client_ask (GstCameraRtspClient *self, GstRTSPMessage *request,
                            GstRTSPMessage *response, GError **error)
{
  guint challenges = 0, tries = 0;
  gboolean again;
  gchar *info = NULL;

  gst_rtsp_message_remove_header (request, GST_RTSP_HDR_SESSION, -1);
  gst_rtsp_message_remove_header (request, GST_RTSP_HDR_USER_AGENT, -1);
  gst_rtsp_message_add_header (request, GST_RTSP_HDR_USER_AGENT, USER_AGENT);
  if (self->session != NULL)
    gst_rtsp_message_add_header (request, GST_RTSP_HDR_SESSION, self->session);
  do {
    if (!exchange (self, request, response, error))
      return FALSE;
    again = FALSE;
    if (response->type_data.response.code == GST_RTSP_STS_UNAUTHORIZED)
      again = challenges++ < MAX_CHALLENGES && take_challenge (self, response);
    else if (response->type_data.response.code == GST_RTSP_STS_SERVICE_UNAVAILABLE)
      again = ++tries < MAX_TRIES && wait_as_told (self, response);
  } while (again);
  if (self->auth != NULL
      && gst_rtsp_message_get_header (response, GST_RTSP_HDR_AUTHENTICATION_INFO, &info, 0)
             == GST_RTSP_OK)
    gst_camera_auth_note_info (self->auth, info);
  return !g_cancellable_set_error_if_cancelled (self->cancellable, error);
}

void
gst_camera_rtsp_client_set_session (GstCameraRtspClient *self, const gchar *header)
{
  g_free (self->session);
  self->session = gst_camera_sdp_session (header, &self->session_timeout);
}

guint
gst_camera_rtsp_client_get_session_timeout (const GstCameraRtspClient *self)
{
  return self->session_timeout;
}

void
gst_camera_rtsp_client_tear_down (GstCameraRtspClient *self, const gchar *uri)
{
  g_auto (GstRTSPMessage) request = { 0 };
  gchar *authorization;

  if (self->link == NULL || self->session == NULL || g_cancellable_is_cancelled (self->stop))
    return;
  gst_rtsp_message_init_request (&request, GST_RTSP_TEARDOWN, uri);
  gst_rtsp_message_add_header (&request, GST_RTSP_HDR_SESSION, self->session);
  authorization = self->auth != NULL ? gst_camera_auth_answer (self->auth, "TEARDOWN", uri) : NULL;
  if (authorization != NULL)
    gst_rtsp_message_take_header (&request, GST_RTSP_HDR_AUTHORIZATION, authorization);
  /* Little enough for the socket to take at once. */
  gst_camera_rtsp_link_send (self->link, &request, self->stop, NULL);
}

void
gst_camera_rtsp_client_release (GstCameraRtspClient *self, GstCameraPlaying *to)
{
  to->next_cseq = gst_camera_rtsp_link_get_next_cseq (self->link);
  to->stream = gst_camera_rtsp_link_release (self->link, &to->socket, &to->rest);
  to->session = g_steal_pointer (&self->session);
  to->session_timeout = self->session_timeout;
  to->auth = g_steal_pointer (&self->auth);
}
