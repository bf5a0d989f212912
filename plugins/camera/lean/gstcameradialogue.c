/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcameradialogue.h"

#include <string.h>

#include "camera/lean/gstcameraredirection.h"
#include "camera/lean/gstcamerartsplink.h"

#define DEFAULT_TIMEOUT 60 /* s, RFC 2326, 12.37 */
#define MAX_WAITING     (32 * 1024)
#define RETRY           (100 * G_TIME_SPAN_MILLISECOND)

struct _GstCameraDialogue {
  GstCameraPlaying *playing;     /* no-ref */
  GPollableOutputStream *output; /* no-ref, @playing's */
  GByteArray *waiting;           /* (nullable): a secret; not yet taken by the connection */
  gboolean broken;               /* nothing can be sent any more */
  gboolean torn;                 /* the camera ended the session */
  gint64 interval;               /* µs */
  gint64 due;                    /* monotonic, µs: of the next sign of life */
  guint cseq;                    /* of the last request */
  GstRTSPMethod method;          /* the same */
  gboolean challenged;           /* it was sent again */
  gchar *again;                  /* (nullable): see gst_camera_dialogue_get_again() */
};

/* Under half of the time-out: one lost request must not cost the session. */
static gint64
get_interval (guint interval, guint timeout)
{
  if (interval != 0)
    return interval * G_USEC_PER_SEC;
  timeout = timeout != 0 ? timeout : DEFAULT_TIMEOUT;
  return MAX (timeout * G_USEC_PER_SEC * 2 / 5, G_USEC_PER_SEC / 2);
}

GstCameraDialogue *
gst_camera_dialogue_new (GstCameraPlaying *playing, guint interval, gint64 now)
{
  GstCameraDialogue *self = g_new0 (GstCameraDialogue, 1);

  self->playing = playing;
  self->output = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (playing->stream));
  self->interval = get_interval (interval, playing->session_timeout);
  self->due = now + self->interval;
  self->cseq = playing->next_cseq - 1;
  return self;
}

static void
forget_waiting (GstCameraDialogue *self)
{
  if (self->waiting != NULL)
    explicit_bzero (self->waiting->data, self->waiting->len);
  g_clear_pointer (&self->waiting, g_byte_array_unref);
}

void
gst_camera_dialogue_free (GstCameraDialogue *self)
{
  forget_waiting (self);
  g_free (self->again);
  g_free (self);
}

/* --- Sending --- */

/* Gives how many bytes the connection takes now. */
static gsize
write_now (GstCameraDialogue *self, const guint8 *data, gsize size)
{
  gsize done = 0;

  while (done < size && !self->broken) {
    g_autoptr (GError) error = NULL;
    gssize n = g_pollable_output_stream_write_nonblocking (self->output, data + done, size - done,
                                                           NULL, &error);

    if (n > 0)
      done += (gsize) n;
    else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
      break;
    else /* who reads will see why */
      self->broken = TRUE;
  }
  return done;
}

static void
send_waiting (GstCameraDialogue *self)
{
  gsize done, rest;

  if (self->waiting == NULL)
    return;
  done = write_now (self, self->waiting->data, self->waiting->len);
  rest = self->waiting->len - done;
  if (rest == 0 || self->broken) {
    forget_waiting (self);
    return;
  }
  memmove (self->waiting->data, self->waiting->data + done, rest);
  explicit_bzero (self->waiting->data + rest, done);
  g_byte_array_set_size (self->waiting, (guint) rest);
}

static void
send_bytes (GstCameraDialogue *self, const guint8 *data, gsize size)
{
  gsize done = 0;

  send_waiting (self);
  if (self->waiting == NULL)
    done = write_now (self, data, size);
  if (done == size || self->broken)
    return;
  if (self->waiting == NULL)
    self->waiting = g_byte_array_sized_new (MAX_WAITING); /* of one size: it leaves no copies */
  if (self->waiting->len + (size - done) <= MAX_WAITING)
    g_byte_array_append (self->waiting, data + done, (guint) (size - done));
  else if (done > 0) /* it is cut: nothing that follows would be understood */
    self->broken = TRUE;
}

void
gst_camera_dialogue_send_packet (GstCameraDialogue *self, guint8 channel, const guint8 *data,
                                 gsize size)
{
  guint8 packet[256];

  g_return_if_fail (size <= sizeof packet - 4);
  send_waiting (self);
  if (self->waiting != NULL)
    return;
  packet[0] = '$';
  packet[1] = channel;
  GST_WRITE_UINT16_BE (packet + 2, (guint16) size);
  memcpy (packet + 4, data, size);
  send_bytes (self, packet, size + 4);
}

static void
ask (GstCameraDialogue *self, GstRTSPMethod method)
{
  const GstCameraPlaying *playing = self->playing;
  const gchar *name = gst_rtsp_method_as_text (method);
  gchar *authorization = playing->auth != NULL
                             ? gst_camera_auth_answer (playing->auth, name, playing->aggregate_uri)
                             : NULL;
  gboolean authorized = authorization != NULL;
  gchar *text;

  self->method = method;
  text = g_strdup_printf (
      "%s %s RTSP/1.0\r\nCSeq: %u\r\nUser-Agent: Tyto\r\n%s%s%s%s%s%s\r\n", name,
      playing->aggregate_uri, ++self->cseq, playing->session != NULL ? "Session: " : "",
      playing->session != NULL ? playing->session : "", playing->session != NULL ? "\r\n" : "",
      authorized ? "Authorization: " : "", authorized ? authorization : "",
      authorized ? "\r\n" : "");
  send_bytes (self, (const guint8 *) text, strlen (text));
  explicit_bzero (text, strlen (text));
  g_free (text);
  if (authorized)
    explicit_bzero (authorization, strlen (authorization));
  g_free (authorization);
}

gint64
gst_camera_dialogue_run (GstCameraDialogue *self, gint64 now)
{
  send_waiting (self);
  if (now >= self->due) {
    self->due = now + self->interval;
    self->challenged = FALSE;
    ask (self, self->playing->takes_get_parameter ? GST_RTSP_GET_PARAMETER : GST_RTSP_OPTIONS);
  }
  return self->waiting != NULL ? MIN (self->due, now + RETRY) : self->due;
}

void
gst_camera_dialogue_tear_down (GstCameraDialogue *self)
{
  if (!self->torn)
    ask (self, GST_RTSP_TEARDOWN);
  self->torn = TRUE;
}

/* --- Taking --- */

/* Whether the last request is worth sending again. */
static gboolean
take_challenge (GstCameraDialogue *self, const GstRTSPMessage *response)
{
  g_autoptr (GPtrArray) challenges = g_ptr_array_new ();
  gchar *header = NULL;

  if (self->playing->auth == NULL || self->challenged)
    return FALSE;
  for (gint i = 0; gst_rtsp_message_get_header (response, GST_RTSP_HDR_WWW_AUTHENTICATE, &header, i)
                   == GST_RTSP_OK;
       i++)
    g_ptr_array_add (challenges, header);
  g_ptr_array_add (challenges, NULL);
  self->challenged = TRUE;
  return gst_camera_auth_challenge (self->playing->auth, (const gchar *const *) challenges->pdata);
}

static gboolean
take_answer (GstCameraDialogue *self, const GstRTSPMessage *response, GError **error)
{
  gchar *cseq = NULL, *info = NULL;

  gst_rtsp_message_get_header (response, GST_RTSP_HDR_CSEQ, &cseq, 0);
  if (cseq != NULL && g_ascii_strtoull (cseq, NULL, 10) != self->cseq)
    return TRUE;
  if (self->playing->auth != NULL
      && gst_rtsp_message_get_header (response, GST_RTSP_HDR_AUTHENTICATION_INFO, &info, 0)
             == GST_RTSP_OK)
    gst_camera_auth_note_info (self->playing->auth, info);
  switch (response->type_data.response.code) {
  case GST_RTSP_STS_OK:
    break;
  case GST_RTSP_STS_UNAUTHORIZED:
    if (take_challenge (self, response))
      ask (self, self->method);
    break;
  case GST_RTSP_STS_SESSION_NOT_FOUND:
    self->torn = TRUE;
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
                 "The camera does not know the session any more: it may have restarted or dropped "
                 "the session; connect again");
    return FALSE;
  default:
    /* Some say they take it and do not: it may not have counted as a sign of life. */
    if (self->method == GST_RTSP_GET_PARAMETER) {
      self->playing->takes_get_parameter = FALSE;
      ask (self, GST_RTSP_OPTIONS);
    }
    break;
  }
  return TRUE;
}

static void
answer (GstCameraDialogue *self, const GstRTSPMessage *request, GstRTSPStatusCode status)
{
  g_auto (GstRTSPMessage) response = { 0 };
  g_autoptr (GString) text = g_string_new (NULL);

  gst_rtsp_message_init_response (&response, status, gst_rtsp_status_as_text (status), request);
  gst_rtsp_message_remove_header (&response, GST_RTSP_HDR_DATE, -1);
  if (request->type_data.request.method == GST_RTSP_OPTIONS)
    gst_rtsp_message_add_header (&response, GST_RTSP_HDR_PUBLIC,
                                 "ANNOUNCE, OPTIONS, GET_PARAMETER, REDIRECT, SET_PARAMETER, "
                                 "TEARDOWN");
  g_string_append_printf (text, "RTSP/1.0 %u %s\r\n", status, gst_rtsp_status_as_text (status));
  gst_rtsp_message_append_headers (&response, text);
  g_string_append (text, "\r\n");
  send_bytes (self, (const guint8 *) text->str, text->len);
}

/* RFC 2326, 10.10; RFC 7826, 13.10. When it is to be (Range, Terminate-Reason) matters little: who
 * says it wants us to leave. What cannot be followed is refused, and the session goes on. */
static gboolean
take_redirect (GstCameraDialogue *self, const GstRTSPMessage *request, GError **error)
{
  gchar *location = NULL;

  gst_rtsp_message_get_header (request, GST_RTSP_HDR_LOCATION, &location, 0);
  self->again = gst_camera_redirection_move (self->playing->uri, location, NULL);
  if (self->again == NULL) {
    answer (self, request, GST_RTSP_STS_BAD_REQUEST);
    return TRUE;
  }
  answer (self, request, GST_RTSP_STS_OK);
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
               "The camera %s (REDIRECT), as servers do that are about to stop or have too much to "
               "do; connect again",
               location != NULL ? "refers to another address" : "asks to be connected anew");
  return FALSE;
}

/* What a description in @body means for the session. */
static GstRTSPStatusCode
read_description (GstCameraDialogue *self, const guint8 *body, gsize size, gboolean *same)
{
  const GstCameraDescription *now = self->playing->description;
  g_autoptr (GstCameraDescription) described = NULL;
  GstSDPMessage *sdp = NULL;
  GstRTSPStatusCode status = GST_RTSP_STS_BAD_REQUEST;

  gst_sdp_message_new (&sdp);
  if (gst_sdp_message_parse_buffer (body, (guint) size, sdp) == GST_SDP_OK
      && gst_sdp_message_medias_len (sdp) > 0) {
    described = gst_camera_description_new (sdp, now->audio_wanted);
    *same = gst_camera_description_equal (described, now);
    status = GST_RTSP_STS_OK;
  }
  gst_sdp_message_free (sdp);
  return status;
}

/* Whether @request came with a body that is a description: OK, or what is wrong with it. */
static GstRTSPStatusCode
check_body (const GstRTSPMessage *request, gsize size)
{
  gchar *length = NULL, *type = NULL;

  gst_rtsp_message_get_header (request, GST_RTSP_HDR_CONTENT_LENGTH, &length, 0);
  gst_rtsp_message_get_header (request, GST_RTSP_HDR_CONTENT_TYPE, &type, 0);
  if (length != NULL && g_ascii_strtoull (length, NULL, 10) > size)
    return GST_RTSP_STS_REQUEST_ENTITY_TOO_LARGE;
  if (size > 0 && type != NULL && g_ascii_strncasecmp (type, "application/sdp", 15) != 0)
    return GST_RTSP_STS_UNSUPPORTED_MEDIA_TYPE;
  return GST_RTSP_STS_OK;
}

/* RFC 2326, 10.3. Without a body it tells an event of the server's. */
static gboolean
take_announce (GstCameraDialogue *self, const GstRTSPMessage *request, const guint8 *body,
               gsize size, GError **error)
{
  GstRTSPStatusCode status = check_body (request, size);
  gboolean same = TRUE;

  if (status == GST_RTSP_STS_OK && size > 0)
    status = read_description (self, body, size, &same);
  answer (self, request, status);
  if (same)
    return TRUE;
  self->again = g_strdup (self->playing->uri);
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
               "The camera describes its stream anew (ANNOUNCE), with other media than before; "
               "connect again");
  return FALSE;
}

static gboolean
take_request (GstCameraDialogue *self, const GstRTSPMessage *request, const guint8 *body,
              gsize body_size, GError **error)
{
  switch (request->type_data.request.method) {
  case GST_RTSP_REDIRECT:
    return take_redirect (self, request, error);
  case GST_RTSP_ANNOUNCE:
    return take_announce (self, request, body, body_size, error);
  case GST_RTSP_TEARDOWN:
    answer (self, request, GST_RTSP_STS_OK);
    self->torn = TRUE;
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ,
                 "The camera ended the session (TEARDOWN), which a live camera does not do by "
                 "itself: it may be about to restart; connect again");
    return FALSE;
  case GST_RTSP_OPTIONS:
  case GST_RTSP_GET_PARAMETER:
  case GST_RTSP_SET_PARAMETER:
    answer (self, request, GST_RTSP_STS_OK);
    return TRUE;
  default:
    answer (self, request, GST_RTSP_STS_NOT_IMPLEMENTED);
    return TRUE;
  }
}

gboolean
gst_camera_dialogue_take (GstCameraDialogue *self, const gchar *head, gsize head_size,
                          const guint8 *body, gsize body_size, GError **error)
{
  g_auto (GstRTSPMessage) message = { 0 };

  if (!gst_camera_rtsp_link_read_head (head, head_size, &message))
    return TRUE;
  if (message.type == GST_RTSP_MESSAGE_RESPONSE)
    return take_answer (self, &message, error);
  return take_request (self, &message, body, body_size, error);
}

const gchar *
gst_camera_dialogue_get_again (const GstCameraDialogue *self)
{
  return self->again;
}
