/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcamerahandshake.h"

#include <string.h>

#include "camera/lean/gstcameraredirection.h"
#include "camera/lean/gstcamerartspclient.h"
#include "camera/lean/gstcamerasdp.h"

typedef struct {
  GstCameraRtspClient *client;
  const GstCameraOffer *offer;
  gchar *uri; /* where the stream is described */
  GstSDPMessage *sdp;
  GstCameraDescription *description; /* what of it is taken */
  gchar *aggregate;
  gboolean takes_get_parameter;
  GArray *grants; /* (element-type GstCameraGrant) */
} Handshake;

static void
grant_clear (gpointer data)
{
  gst_clear_caps (&((GstCameraGrant *) data)->caps);
}

static void
handshake_clear (Handshake *self)
{
  g_clear_pointer (&self->client, gst_camera_rtsp_client_free);
  g_clear_pointer (&self->uri, g_free);
  g_clear_pointer (&self->sdp, gst_sdp_message_free);
  g_clear_pointer (&self->description, gst_camera_description_free);
  g_clear_pointer (&self->aggregate, g_free);
  g_clear_pointer (&self->grants, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Handshake, handshake_clear)

void
gst_camera_playing_free (GstCameraPlaying *self)
{
  /* First: a TLS stream would say goodbye, which blocks when the camera does not read. */
  if (self->socket != NULL)
    g_socket_close (self->socket, NULL);
  g_clear_object (&self->stream);
  g_clear_pointer (&self->rest, g_byte_array_unref);
  g_clear_pointer (&self->session, g_free);
  g_clear_pointer (&self->aggregate_uri, g_free);
  g_clear_pointer (&self->uri, g_free);
  g_clear_pointer (&self->description, gst_camera_description_free);
  g_clear_pointer (&self->auth, gst_camera_auth_free);
  g_clear_pointer (&self->grants, g_array_unref);
  g_free (self);
}

static guint
status_of (const GstRTSPMessage *response)
{
  return response->type_data.response.code;
}

/* --- OPTIONS and DESCRIBE --- */

static void
note_methods (Handshake *self, const GstRTSPMessage *response)
{
  gchar *names = NULL;

  for (gint i = 0;
       gst_rtsp_message_get_header (response, GST_RTSP_HDR_PUBLIC, &names, i) == GST_RTSP_OK; i++)
    if (gst_rtsp_options_from_text (names) & GST_RTSP_GET_PARAMETER)
      self->takes_get_parameter = TRUE;
}

/* What a camera answers to this is no reason to give up: not all know it. */
static gboolean
ask_options (Handshake *self, const gchar *uri, GError **error)
{
  g_auto (GstRTSPMessage) request = { 0 };
  g_auto (GstRTSPMessage) response = { 0 };

  gst_rtsp_message_init_request (&request, GST_RTSP_OPTIONS, uri);
  if (!gst_camera_rtsp_client_ask (self->client, &request, &response, error))
    return FALSE;
  if (status_of (&response) == GST_RTSP_STS_UNAUTHORIZED) /* another try could lock the user out */
    return gst_camera_rtsp_client_check (self->client, &response, error);
  self->takes_get_parameter = FALSE;
  if (status_of (&response) == GST_RTSP_STS_OK)
    note_methods (self, &response);
  return TRUE;
}

static gboolean
ask_describe (Handshake *self, const gchar *uri, GstRTSPMessage *response, GError **error)
{
  g_auto (GstRTSPMessage) request = { 0 };

  gst_rtsp_message_init_request (&request, GST_RTSP_DESCRIBE, uri);
  gst_rtsp_message_add_header (&request, GST_RTSP_HDR_ACCEPT, "application/sdp");
  return gst_camera_rtsp_client_ask (self->client, &request, response, error);
}

/* The address that @response redirects to (RFC 2326, 11.3), NULL when it does not. */
static gchar *
redirection (const GstRTSPMessage *response)
{
  gchar *location = NULL;

  switch (status_of (response)) {
  case GST_RTSP_STS_MOVED_PERMANENTLY:
  case GST_RTSP_STS_MOVE_TEMPORARILY:
  case GST_RTSP_STS_SEE_OTHER:
  case GST_RTSP_STS_USE_PROXY:
  case 307: /* HTTP's, that some know from there */
    gst_rtsp_message_get_header (response, GST_RTSP_HDR_LOCATION, &location, 0);
    return location != NULL ? g_strstrip (g_strdup (location)) : NULL;
  default:
    return NULL;
  }
}

static gboolean
read_sdp (Handshake *self, const GstRTSPMessage *response, GError **error)
{
  g_autofree gchar *base = gst_camera_sdp_base (response, self->uri);
  guint8 *body = NULL;
  guint size = 0;

  gst_rtsp_message_get_body (response, &body, &size);
  gst_sdp_message_new (&self->sdp);
  if (body == NULL || gst_sdp_message_parse_buffer (body, size, self->sdp) != GST_SDP_OK
      || gst_sdp_message_medias_len (self->sdp) == 0) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
                 "The camera does not describe its stream (no SDP): check the path in location, "
                 "then try again");
    return FALSE;
  }
  self->aggregate = gst_camera_sdp_aggregate (self->sdp, base);
  self->description = gst_camera_description_new (self->sdp, self->offer->audio);
  return TRUE;
}

/* Where the camera referred to before, else the offer's address. */
static gchar *
get_first_uri (const GstCameraOffer *offer, GError **error)
{
  return offer->redirect != NULL
             ? gst_camera_redirection_follow (offer->uri, offer->redirect, error)
             : g_strdup (offer->uri);
}

static gboolean
describe (Handshake *self, GError **error)
{
  self->uri = get_first_uri (self->offer, error);
  for (guint i = 0; self->uri != NULL && i <= GST_CAMERA_REDIRECTIONS_MAX; i++) {
    g_auto (GstRTSPMessage) response = { 0 };
    g_autofree gchar *location = NULL;
    gchar *next;

    if (!gst_camera_rtsp_client_open (self->client, self->uri, error)
        || !ask_options (self, self->uri, error)
        || !ask_describe (self, self->uri, &response, error))
      return FALSE;
    location = redirection (&response);
    if (location == NULL)
      return gst_camera_rtsp_client_check (self->client, &response, error)
             && read_sdp (self, &response, error);
    next = gst_camera_redirection_follow (self->uri, location, error);
    g_free (self->uri);
    self->uri = next;
  }
  if (self->uri != NULL)
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
                 "The camera refers from one address to another without end: look up the address "
                 "of its stream and set location to it");
  return FALSE;
}

/* --- SETUP --- */

static gboolean
ask_setup (Handshake *self, const gchar *uri, const GstCameraGrant *grant, GstRTSPMessage *response,
           GError **error)
{
  g_autofree gchar *transport = g_strdup_printf ("RTP/AVP/TCP;unicast;interleaved=%u-%u",
                                                 grant->channel, grant->rtcp_channel);
  g_auto (GstRTSPMessage) request = { 0 };

  gst_rtsp_message_init_request (&request, GST_RTSP_SETUP, uri);
  gst_rtsp_message_add_header (&request, GST_RTSP_HDR_TRANSPORT, transport);
  return gst_camera_rtsp_client_ask (self->client, &request, response, error);
}

static gboolean
is_taken (Handshake *self, guint channel)
{
  for (guint i = 0; i < self->grants->len; i++) {
    const GstCameraGrant *grant = &g_array_index (self->grants, GstCameraGrant, i);

    if (grant->channel == channel || grant->rtcp_channel == channel)
      return TRUE;
  }
  return FALSE;
}

/* Reads the answer to SETUP. */
static gboolean
read_setup (Handshake *self, const GstRTSPMessage *response, GstCameraGrant *grant, GError **error)
{
  gchar *transport = NULL, *session = NULL;

  gst_rtsp_message_get_header (response, GST_RTSP_HDR_SESSION, &session, 0);
  if (session != NULL)
    gst_camera_rtsp_client_set_session (self->client, session);
  gst_rtsp_message_get_header (response, GST_RTSP_HDR_TRANSPORT, &transport, 0);
  if (transport != NULL
      && !gst_camera_sdp_channels (transport, &grant->channel, &grant->rtcp_channel)) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_WRONG_TYPE,
                 "The camera does not send over TCP though asked to: set transport to udp");
    return FALSE;
  }
  if (is_taken (self, grant->channel) || is_taken (self, grant->rtcp_channel)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS,
                 "The camera sends two streams on one channel: record it without sound");
    return FALSE;
  }
  return TRUE;
}

static gboolean
set_up (Handshake *self, const GstSDPMedia *media, GstCameraGrant *grant, GError **error)
{
  g_autofree gchar *uri = gst_camera_sdp_control (media, self->aggregate, FALSE);
  g_autofree gchar *strict = gst_camera_sdp_control (media, self->aggregate, TRUE);
  g_auto (GstRTSPMessage) response = { 0 };

  if (!ask_setup (self, uri, grant, &response, error))
    return FALSE;
  if (status_of (&response) == GST_RTSP_STS_NOT_FOUND && !g_str_equal (uri, strict)
      && !ask_setup (self, strict, grant, &response, error))
    return FALSE;
  return gst_camera_rtsp_client_check (self->client, &response, error)
         && read_setup (self, &response, grant, error);
}

/* Sets up what was chosen, if there is something. */
static gboolean
set_up_choice (Handshake *self, const GstCameraChoice *choice, GError **error)
{
  guint8 channel = (guint8) (2 * self->grants->len);
  GstCameraGrant grant = { .media = choice->media,
                           .video = choice == &self->description->video,
                           .channel = channel,
                           .rtcp_channel = (guint8) (channel + 1) };

  if (choice->caps == NULL)
    return TRUE;
  if (!set_up (self, gst_sdp_message_get_media (self->sdp, choice->media), &grant, error))
    return FALSE;
  grant.caps = gst_caps_ref (choice->caps);
  g_array_append_val (self->grants, grant);
  return TRUE;
}

/* Whether a recording goes on without what failed so. */
static gboolean
is_bearable (const GError *error)
{
  return g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND)
         || g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ);
}

static gboolean
set_up_all (Handshake *self, GError **error)
{
  g_autoptr (GError) refused = NULL;

  if (!set_up_choice (self, &self->description->video, error))
    return FALSE;
  if (!set_up_choice (self, &self->description->audio, &refused)
      && (self->grants->len == 0 || !is_bearable (refused))) {
    g_propagate_error (error, g_steal_pointer (&refused));
    return FALSE;
  }
  if (self->grants->len > 0)
    return TRUE;
  g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND,
               "The camera offers nothing that can be recorded: set it to H.264 or H.265 video, or "
               "to AAC, G.711 or Opus audio");
  return FALSE;
}

/* --- PLAY --- */

static gboolean
ask_play (Handshake *self, const gchar *range, GstRTSPMessage *response, GError **error)
{
  g_auto (GstRTSPMessage) request = { 0 };

  gst_rtsp_message_init_request (&request, GST_RTSP_PLAY, self->aggregate);
  if (range != NULL)
    gst_rtsp_message_add_header (&request, GST_RTSP_HDR_RANGE, range);
  return gst_camera_rtsp_client_ask (self->client, &request, response, error);
}

static gboolean
play (Handshake *self, GError **error)
{
  g_auto (GstRTSPMessage) response = { 0 };
  guint status;

  if (!ask_play (self, "npt=0.000-", &response, error))
    return FALSE;
  status = status_of (&response);
  /* Some take live video to have no beginning. */
  if ((status == GST_RTSP_STS_INVALID_RANGE || status == GST_RTSP_STS_PARAMETER_NOT_UNDERSTOOD
       || status == GST_RTSP_STS_HEADER_FIELD_NOT_VALID_FOR_RESOURCE
       || status == GST_RTSP_STS_BAD_REQUEST)
      && !ask_play (self, NULL, &response, error))
    return FALSE;
  return gst_camera_rtsp_client_check (self->client, &response, error);
}

/* --- All --- */

static gboolean
negotiate (Handshake *self, const GstCameraHandshakeEvents *events, gpointer owner, GError **error)
{
  if (!describe (self, error))
    return FALSE;
  if (events->described != NULL && !events->described (owner, self->sdp)) {
    g_set_error (error, GST_STREAM_ERROR, GST_STREAM_ERROR_CODEC_NOT_FOUND,
                 "The camera's stream needs the other engine: set engine to rtspsrc");
    return FALSE;
  }
  if (!set_up_all (self, error))
    return FALSE;
  if (events->before_play != NULL
      && !events->before_play (owner, self->grants,
                               gst_camera_rtsp_client_get_session_timeout (self->client))) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The stream is not wanted any more");
    return FALSE;
  }
  return play (self, error);
}

GstCameraPlaying *
gst_camera_handshake_run (const GstCameraOffer *offer, const GstCameraHandshakeEvents *events,
                          gpointer owner, GCancellable *cancellable, GError **error)
{
  g_auto (Handshake) self = { .offer = offer };
  GstCameraPlaying *playing;

  self.client = gst_camera_rtsp_client_new (offer, cancellable);
  self.grants = g_array_new (FALSE, FALSE, sizeof (GstCameraGrant));
  g_array_set_clear_func (self.grants, grant_clear);
  if (!negotiate (&self, events, owner, error)) {
    gst_camera_rtsp_client_tear_down (self.client, self.aggregate);
    return NULL;
  }
  playing = g_new0 (GstCameraPlaying, 1);
  gst_camera_rtsp_client_release (self.client, playing);
  playing->aggregate_uri = g_steal_pointer (&self.aggregate);
  playing->uri = g_steal_pointer (&self.uri);
  playing->description = g_steal_pointer (&self.description);
  playing->takes_get_parameter = self.takes_get_parameter;
  playing->grants = g_steal_pointer (&self.grants);
  return playing;
}
