/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/services/tyto-service-exchange.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"

#include <string.h>

#define CHUNK    16384
#define WHY_SIZE 200 /* bytes of a service's own words */

typedef struct {
  SoupSession *session;
  SoupMessage *message;
  const char *what;
  guint seconds;
  GCancellable *cancellable; /* of this exchange; follows the caller's */
  gboolean timed_out;
  guint timer;
  GByteArray *text;
  GInputStream *stream; /* nullable: until the answer's head is there */
} Exchange;

void
tyto_service_answer_free (TytoServiceAnswer *self)
{
  g_variant_unref (self->body);
  g_free (self);
}

gboolean
tyto_service_answer_is_success (const TytoServiceAnswer *self)
{
  return SOUP_STATUS_IS_SUCCESSFUL (self->status);
}

/* The words for people in an answer: problem+json's, or those of {"error": …}. */
static const char *
find_words (GVariant *body, GVariant **holder)
{
  static const char *const keys[] = { "detail", "message_en", "message", "title", "error" };
  g_autoptr (GVariant) error = g_variant_lookup_value (body, "error", G_VARIANT_TYPE_VARDICT);
  const char *words = NULL;

  *holder = error != NULL ? g_steal_pointer (&error) : g_variant_ref (body);
  for (guint i = 0; i < G_N_ELEMENTS (keys) && words == NULL; i++)
    words = tyto_dict_string (*holder, keys[i], NULL);
  return words;
}

char *
tyto_service_answer_why (const TytoServiceAnswer *self)
{
  g_autoptr (GVariant) holder = NULL;
  const char *words = find_words (self->body, &holder);
  g_autofree char *cut = NULL;
  g_autofree char *valid = NULL;

  if (words == NULL)
    return g_strdup_printf ("%u", self->status);
  cut = g_strndup (words, WHY_SIZE);
  valid = g_utf8_make_valid (cut, -1);
  for (char *p = valid; *p != '\0'; p++) {
    if (g_ascii_iscntrl (*p))
      *p = ' ';
  }
  return g_strdup_printf ("%u: %s", self->status, valid);
}

static void
exchange_free (gpointer data)
{
  Exchange *self = data;

  g_clear_handle_id (&self->timer, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->message, self);
  g_clear_object (&self->stream);
  g_object_unref (self->message);
  g_object_unref (self->session);
  g_object_unref (self->cancellable);
  g_byte_array_unref (self->text);
  g_free (self);
}

static gboolean
on_time_over (gpointer data)
{
  Exchange *self = data;

  self->timer = 0;
  self->timed_out = TRUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static void
arm (Exchange *self, guint seconds)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add_seconds (seconds, on_time_over, self);
}

/* Something went on: it is connected, or some of the body went out. */
static void
on_life (Exchange *self)
{
  arm (self, self->seconds);
}

static void
on_body_data (SoupMessage *message, guint size, Exchange *self)
{
  on_life (self);
}

static void
on_outer_cancelled (GCancellable *outer, gpointer data)
{
  g_cancellable_cancel (data);
}

/* Ends with @error (taken) in words of our own. */
static void
fail (GTask *task, GError *error)
{
  Exchange *self = g_task_get_task_data (task);
  GCancellable *outer = g_task_get_cancellable (task);
  g_autoptr (GError) cause = error;

  if (self->timed_out)
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_TIMED_OUT,
                             "The %s did not answer in time\nSee whether it runs and is not "
                             "overloaded.",
                             self->what);
  else if (outer != NULL && g_cancellable_is_cancelled (outer))
    g_task_return_error (task, g_steal_pointer (&cause));
  else if (g_error_matches (cause, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE))
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_FORBIDDEN,
                             "The certificate of the %s is not trusted\nHave it signed by an "
                             "authority that the system trusts.",
                             self->what);
  else if (cause->domain == TYTO_ERROR)
    g_task_return_error (task, g_steal_pointer (&cause));
  else
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE,
                             "The %s cannot be reached: %s\nSee whether it runs, and its URL in "
                             "the settings.",
                             self->what, cause->message);
}

static gint64
read_retry_after (SoupMessage *message)
{
  const char *text
      = soup_message_headers_get_one (soup_message_get_response_headers (message), "Retry-After");
  guint64 seconds;

  if (text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT32, &seconds, NULL))
    return (gint64) seconds;
  return -1;
}

/* Whether the status alone says that nothing came of it. */
static gboolean
check_status (Exchange *self, guint status, GError **error)
{
  if (SOUP_STATUS_IS_SUCCESSFUL (status))
    return TRUE;
  if (status == SOUP_STATUS_UNAUTHORIZED || status == SOUP_STATUS_FORBIDDEN) {
    tyto_set_error (error, TYTO_ERROR_FORBIDDEN, "See the setting service-token.",
                    "The %s refuses us (%u)", self->what, status);
    return FALSE;
  }
  if (SOUP_STATUS_IS_CLIENT_ERROR (status))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_UNAVAILABLE,
                  SOUP_STATUS_IS_REDIRECTION (status)
                      ? "Redirects are not followed: set the URL that it leads to."
                      : "Its log says more.",
                  "The %s answered %u", self->what, status);
  return FALSE;
}

static void
finish (GTask *task)
{
  Exchange *self = g_task_get_task_data (task);
  guint status = soup_message_get_status (self->message);
  g_autoptr (GVariant) body = NULL;
  TytoServiceAnswer *answer;
  GError *error = NULL;

  g_clear_handle_id (&self->timer, g_source_remove);
  if (!check_status (self, status, &error)) {
    fail (task, error);
    return;
  }
  if (self->text->len > 0)
    body = tyto_json_to_variant ((const char *) self->text->data, self->text->len, &error);
  if (error != NULL && SOUP_STATUS_IS_SUCCESSFUL (status)) {
    g_autofree char *why = tyto_error_why (error);

    g_clear_error (&error);
    tyto_set_error (&error, TYTO_ERROR_UNAVAILABLE,
                    "See whether the URL in the settings is that of this service.",
                    "The %s answered %u and no JSON object: %s", self->what, status, why);
    fail (task, error);
    return;
  }
  g_clear_error (&error);
  if (body == NULL)
    body = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  answer = g_new0 (TytoServiceAnswer, 1);
  answer->status = status;
  answer->body = g_steal_pointer (&body);
  answer->retry_after_s = read_retry_after (self->message);
  g_task_return_pointer (task, answer, (GDestroyNotify) tyto_service_answer_free);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Exchange *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GBytes) bytes
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);

  if (bytes == NULL) {
    fail (task, error);
    return;
  }
  if (g_bytes_get_size (bytes) == 0) {
    finish (task);
    return;
  }
  g_byte_array_append (self->text, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  if (self->text->len > TYTO_SERVICE_ANSWER_MAX) {
    tyto_set_error (&error, TYTO_ERROR_UNAVAILABLE,
                    "See whether the URL in the settings is that of this service.",
                    "The %s answers more than %d KiB", self->what, TYTO_SERVICE_ANSWER_MAX / 1024);
    fail (task, error);
    return;
  }
  g_input_stream_read_bytes_async (self->stream, CHUNK, G_PRIORITY_DEFAULT, self->cancellable,
                                   on_read, g_steal_pointer (&task));
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Exchange *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (self->stream == NULL)
    fail (task, error);
  else
    g_input_stream_read_bytes_async (self->stream, CHUNK, G_PRIORITY_DEFAULT, self->cancellable,
                                     on_read, g_steal_pointer (&task));
}

void
tyto_service_exchange_async (SoupSession *session, SoupMessage *message, const char *what,
                             guint seconds, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Exchange *self = g_new0 (Exchange, 1);

  self->session = g_object_ref (session);
  self->message = g_object_ref (message);
  self->what = what;
  self->seconds = seconds;
  self->cancellable = g_cancellable_new ();
  self->text = g_byte_array_new ();
  g_task_set_task_data (task, self, exchange_free);
  g_task_set_check_cancellable (task, FALSE);
  if (cancellable != NULL)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_outer_cancelled),
                             self->cancellable, 0);
  if (g_cancellable_is_cancelled (cancellable))
    g_cancellable_cancel (self->cancellable);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  g_signal_connect_swapped (message, "starting", G_CALLBACK (on_life), self);
  g_signal_connect_swapped (message, "wrote-body", G_CALLBACK (on_life), self);
  g_signal_connect (message, "wrote-body-data", G_CALLBACK (on_body_data), self);
  arm (self, TYTO_SERVICE_CONNECT_SECONDS);
  soup_session_send_async (session, message, G_PRIORITY_DEFAULT, self->cancellable, on_sent, task);
}

TytoServiceAnswer *
tyto_service_exchange_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
