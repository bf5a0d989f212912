/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A request and its answer, with as many tries as it takes. */
#include "base/tyto-certificate.h"
#include "base/tyto-error.h"
#include "store/s3/tyto-s3-body.h"
#include "store/s3/tyto-s3-client-private.h"

#include <string.h>

/* Full jitter: each delay is anything up to BASE × 2^n. */
#define BASE_MS 100
#define MAX_MS  20000
/* A server that wants more rest than this is left to the queue of the caller. */
#define RETRY_AFTER_MAX_MS 60000
/* Servers refuse signatures that are 15 min off; Swift after 5. */
#define SKEW_US (4 * 60 * G_USEC_PER_SEC)
#define BLOCK   (64 * 1024)

typedef struct {
  TytoS3Request *request;
  guint failures;
  gboolean uncertain;
  gboolean skew_learnt;

  GCancellable *outer; /* the caller's; nullable */

  /* Of this try. */
  GCancellable *cancellable;
  gulong outer_id;
  gboolean lost_body;
  SoupMessage *message;
  GInputStream *file; /* the body, when it is a file's */
  GInputStream *stream;
  GByteArray *bytes;
  gsize got;
  gint64 sent;
} Exchange;

static void begin_try (GTask *task);

static void
clear_try (Exchange *self)
{
  if (self->message != NULL)
    g_signal_handlers_disconnect_by_data (self->message, self);
  /* Not g_cancellable_disconnect(), which would wait for the handler that may have brought us here.
   * The handler's own reference is all that it touches. */
  if (self->outer_id != 0)
    g_signal_handler_disconnect (self->outer, self->outer_id);
  self->outer_id = 0;
  self->lost_body = FALSE;
  g_clear_object (&self->cancellable);
  g_clear_object (&self->message);
  g_clear_object (&self->file);
  g_clear_object (&self->stream);
  g_clear_pointer (&self->bytes, g_byte_array_unref);
  self->got = 0;
  self->sent = 0;
}

static void
exchange_free (Exchange *self)
{
  clear_try (self);
  g_clear_object (&self->outer);
  tyto_s3_request_free (self->request);
  g_free (self);
}

static gboolean
on_wait_over (gpointer data)
{
  begin_try (g_object_ref (data));
  return G_SOURCE_REMOVE;
}

/* Milliseconds that Retry-After asks for: a number of seconds or a date (RFC 9110, section 10.2.3);
 * 0 for none. */
static gint64
read_retry_after (SoupMessage *message)
{
  SoupMessageHeaders *headers
      = message != NULL ? soup_message_get_response_headers (message) : NULL;
  const char *text = headers != NULL ? soup_message_headers_get_one (headers, "Retry-After") : NULL;
  g_autoptr (GDateTime) date = NULL;
  guint64 seconds;

  if (text == NULL)
    return 0;
  if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT32, &seconds, NULL))
    return (gint64) seconds * 1000;
  date = soup_date_time_new_from_http_string (text);
  if (date == NULL)
    return 0;
  return MAX (g_date_time_to_unix (date) * 1000 - g_get_real_time () / 1000, 0);
}

/* Whether there will be a further try; it is begun after a while. Takes @task when so. */
static gboolean
try_again (GTask *task)
{
  TytoS3Client *client = g_task_get_source_object (task);
  Exchange *self = g_task_get_task_data (task);
  gint64 asked_ms = read_retry_after (self->message);
  gint64 most_ms = MIN (BASE_MS << MIN (self->failures, 16), MAX_MS);
  gint64 delay_ms = MAX (g_random_int_range (0, (gint32) most_ms + 1), asked_ms);
  g_autoptr (GSource) timer = NULL;

  if (self->failures >= client->config->retries || asked_ms > RETRY_AFTER_MAX_MS)
    return FALSE;
  self->failures++;
  tyto_s3_client_count_retry (client);
  tyto_s3_client_emit_sent (client, self->request, -self->sent);
  clear_try (self);
  timer = g_timeout_source_new ((guint) delay_ms);
  if (g_task_get_cancellable (task) != NULL) {
    g_autoptr (GSource) cancelled = g_cancellable_source_new (g_task_get_cancellable (task));

    g_source_set_dummy_callback (cancelled);
    g_source_add_child_source (timer, cancelled);
  }
  g_source_set_callback (timer, on_wait_over, task, g_object_unref);
  g_source_attach (timer, g_task_get_context (task));
  return TRUE;
}

/* No whole answer, because of @error (taken). Takes @task. */
static void
end_broken (GTask *task, GError *error)
{
  Exchange *self = g_task_get_task_data (task);
  g_autoptr (GError) cause = error;
  GTlsCertificateFlags flags = soup_message_get_tls_peer_certificate_errors (self->message);
  const char *host = g_uri_get_host (soup_message_get_uri (self->message));
  const GError *file
      = self->file != NULL ? tyto_s3_body_get_error (TYTO_S3_BODY (self->file)) : NULL;
  GError *told = NULL;

  if (g_task_return_error_if_cancelled (task)) {
    g_object_unref (task);
    return;
  }
  if (self->lost_body) {
    g_clear_error (&cause);
    cause = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED,
                                 "it closed the connection");
  }
  if (file != NULL)
    told = g_error_copy (file);
  else if (cause->domain == TYTO_ERROR)
    told = g_steal_pointer (&cause);
  else if (flags != 0)
    tyto_set_error (&told, TYTO_ERROR_UNAVAILABLE,
                    "Mend it, or name its authority by the CA file of the object store.",
                    "The certificate of %s is not trusted: %s", host,
                    tyto_certificate_problem (flags));
  self->uncertain = TRUE;
  /* It may have been refused while its body was being sent. */
  self->request->ask_first = self->sent > 0 && (guint64) self->sent < self->request->length;
  if (told == NULL && try_again (task))
    return;
  if (told == NULL && g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    tyto_set_error (&told, TYTO_ERROR_TIMED_OUT, NULL, "The object store %s did not answer in time",
                    host);
  else if (told == NULL)
    tyto_set_error (&told, TYTO_ERROR_UNAVAILABLE, NULL,
                    "The object store %s cannot be reached: %s", host, cause->message);
  g_task_return_error (task, told);
  g_object_unref (task);
}

/* Takes @task. */
static void
end_answered (GTask *task, GBytes *body, TytoS3Node *root, TytoS3Refusal *refusal)
{
  TytoS3Client *client = g_task_get_source_object (task);
  Exchange *self = g_task_get_task_data (task);
  TytoS3Answer *answer = g_new0 (TytoS3Answer, 1);

  answer->message = g_object_ref (self->message);
  answer->body = body;
  answer->root = root;
  answer->refusal = refusal;
  answer->uncertain = self->uncertain;
  if (body == NULL) {
    answer->stream = g_steal_pointer (&self->stream);
    /* The session must live as long as it is read. */
    g_object_set_data_full (G_OBJECT (answer->stream), "tyto-s3-client", g_object_ref (client),
                            g_object_unref);
  }
  g_task_return_pointer (task, answer, (GDestroyNotify) tyto_s3_answer_free);
  g_object_unref (task);
}

/* The server found our clock too far off: learns by how much. HEAD has no body that says so. */
static gboolean
learn_clock (TytoS3Client *client, Exchange *self, const TytoS3Refusal *refusal)
{
  const char *text
      = soup_message_headers_get_one (soup_message_get_response_headers (self->message), "Date");
  g_autoptr (GDateTime) date = text != NULL ? soup_date_time_new_from_http_string (text) : NULL;
  gint64 offset_us;

  if (date == NULL || refusal->status != 403 || self->skew_learnt)
    return FALSE;
  offset_us = g_date_time_to_unix (date) * G_USEC_PER_SEC - g_get_real_time ();
  if (!tyto_s3_refusal_has_code (refusal, "RequestTimeTooSkewed")
      && (*refusal->code != '\0'
          || ABS (offset_us - tyto_s3_client_get_clock_offset (client)) < SKEW_US))
    return FALSE;
  tyto_s3_client_set_clock_offset (client, offset_us);
  self->skew_learnt = TRUE;
  return TRUE;
}

/* (transfer full) */
static TytoS3Refusal *
read_refusal (Exchange *self, GBytes *body)
{
  TytoS3Refusal *refusal = tyto_s3_refusal_new (soup_message_get_status (self->message), body);
  const char *region = soup_message_headers_get_one (
      soup_message_get_response_headers (self->message), "x-amz-bucket-region");

  /* HEAD has no body that says so. */
  if (*refusal->region == '\0' && region != NULL) {
    g_free (refusal->region);
    refusal->region = g_strdup (region);
  }
  return refusal;
}

/* The whole answer is there. Takes @task. */
static void
judge (GTask *task)
{
  TytoS3Client *client = g_task_get_source_object (task);
  Exchange *self = g_task_get_task_data (task);
  guint status = soup_message_get_status (self->message);
  g_autoptr (GBytes) body = NULL;
  g_autoptr (TytoS3Node) root = NULL;
  g_autoptr (TytoS3Refusal) refusal = NULL;

  g_byte_array_set_size (self->bytes, (guint) self->got);
  body = g_byte_array_free_to_bytes (g_steal_pointer (&self->bytes));
  if (status >= 200 && status < 300 && self->request->answer == TYTO_S3_ANSWER_XML) {
    root = tyto_s3_node_parse (body, NULL);
    if (root == NULL) {
      end_broken (task, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
                                             "its answer was cut off"));
      return;
    }
  }
  if (status < 200 || status >= 300 || (root != NULL && strcmp (root->name, "Error") == 0))
    refusal = read_refusal (self, body);
  if (refusal != NULL && learn_clock (client, self, refusal)) {
    clear_try (self);
    begin_try (task);
    return;
  }
  if (refusal != NULL && tyto_s3_refusal_passes (refusal)) {
    self->uncertain = TRUE;
    if (try_again (task))
      return;
  }
  end_answered (task, g_steal_pointer (&body), g_steal_pointer (&root), g_steal_pointer (&refusal));
}

static void read_more (GTask *task);

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Exchange *self = g_task_get_task_data (task);
  GError *error = NULL;
  gssize got = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);

  if (got < 0) {
    end_broken (task, error);
  } else if (got == 0) {
    judge (task);
  } else {
    self->got += (gsize) got;
    read_more (task);
  }
}

/* Takes @task. */
static void
read_more (GTask *task)
{
  Exchange *self = g_task_get_task_data (task);
  gsize room;

  if (self->got > self->request->answer_limit) {
    end_broken (task, g_error_new_literal (TYTO_ERROR, TYTO_ERROR_TOO_LARGE,
                                           "The object store's answer is larger than it may be"));
    return;
  }
  if (self->bytes->len - self->got < BLOCK)
    g_byte_array_set_size (self->bytes, (guint) MAX (self->got + BLOCK, 2 * self->got));
  room = self->bytes->len - self->got;
  g_input_stream_read_async (self->stream, self->bytes->data + self->got, room, G_PRIORITY_DEFAULT,
                             self->cancellable, on_read, task);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Exchange *self = g_task_get_task_data (task);
  GError *error = NULL;
  guint status;

  self->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (self->stream == NULL) {
    end_broken (task, error);
    return;
  }
  tyto_s3_client_note_date (g_task_get_source_object (task), self->message);
  status = soup_message_get_status (self->message);
  if (self->request->answer == TYTO_S3_ANSWER_STREAM && (status == 200 || status == 206)) {
    end_answered (task, NULL, NULL, NULL);
    return;
  }
  self->bytes = g_byte_array_new ();
  read_more (task);
}

static void
on_wrote (SoupMessage *message, guint bytes, gpointer data)
{
  Exchange *self = data;

  self->sent += bytes;
  tyto_s3_client_emit_sent (g_object_get_data (G_OBJECT (message), "tyto-s3-client"), self->request,
                            bytes);
}

/* libsoup found an idle connection closed, and is going to send the request again; the body it has
 * dropped. That of a file has to be opened again, in a thread: that is a further try of our own. */
static void
on_restarted (SoupMessage *message, gpointer data)
{
  Exchange *self = data;

  tyto_s3_client_emit_sent (g_object_get_data (G_OBJECT (message), "tyto-s3-client"), self->request,
                            -self->sent);
  self->sent = 0;
  if (self->request->body != NULL) {
    soup_message_set_request_body_from_bytes (message, NULL, self->request->body);
    return;
  }
  self->lost_body = TRUE;
  g_cancellable_cancel (self->cancellable);
}

static void
on_outer_cancelled (GCancellable *outer, gpointer data)
{
  g_cancellable_cancel (data);
}

/* Takes @task. */
static void
send_message (GTask *task)
{
  TytoS3Client *client = g_task_get_source_object (task);
  Exchange *self = g_task_get_task_data (task);

  self->cancellable = g_cancellable_new ();
  if (self->outer != NULL)
    self->outer_id = g_cancellable_connect (self->outer, G_CALLBACK (on_outer_cancelled),
                                            g_object_ref (self->cancellable), g_object_unref);
  self->message = tyto_s3_request_sign (self->request, client->config, tyto_s3_client_now (client));
  tyto_s3_client_pace_message (client, self->message);
  if (self->file != NULL)
    soup_message_set_request_body (self->message, NULL, self->file, (gssize) self->request->length);
  if (self->request->length > 0) {
    g_object_set_data (G_OBJECT (self->message), "tyto-s3-client", client);
    g_signal_connect (self->message, "wrote-body-data", G_CALLBACK (on_wrote), self);
    g_signal_connect (self->message, "restarted", G_CALLBACK (on_restarted), self);
  }
  soup_session_send_async (client->session, self->message, G_PRIORITY_DEFAULT, self->cancellable,
                           on_sent, task);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Exchange *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->file = tyto_s3_body_open_finish (result, &error);
  if (self->file != NULL) {
    send_message (task);
    return;
  }
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
on_hashed (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  Exchange *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->request->sha256 = tyto_s3_body_hash_finish (result, &error);
  if (self->request->sha256 != NULL) {
    begin_try (task);
    return;
  }
  g_task_return_error (task, error);
  g_object_unref (task);
}

/* Takes @task. */
static void
begin_try (GTask *task)
{
  const TytoS3Request *request = ((Exchange *) g_task_get_task_data (task))->request;
  GCancellable *cancellable = g_task_get_cancellable (task);

  if (g_task_return_error_if_cancelled (task))
    g_object_unref (task);
  else if (request->sha256 == NULL && request->body != NULL)
    tyto_s3_body_hash_bytes_async (request->body, cancellable, on_hashed, task);
  else if (request->sha256 == NULL)
    tyto_s3_body_hash_async (request->file, request->offset, request->length, cancellable,
                             on_hashed, task);
  else if (request->file != NULL)
    tyto_s3_body_open_async (request->file, request->offset, request->length, cancellable,
                             on_opened, task);
  else
    send_message (task);
}

void
tyto_s3_client_send_async (TytoS3Client *self, TytoS3Request *request, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Exchange *exchange = g_new0 (Exchange, 1);

  exchange->request = request;
  g_set_object (&exchange->outer, cancellable);
  g_task_set_task_data (task, exchange, (GDestroyNotify) exchange_free);
  begin_try (task);
}

TytoS3Answer *
tyto_s3_client_send_finish (TytoS3Client *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
tyto_s3_client_send_for (GTask *task, TytoS3Request *request, GAsyncReadyCallback callback)
{
  tyto_s3_client_send_async (g_task_get_source_object (task), request,
                             g_task_get_cancellable (task), callback, g_object_ref (task));
}
