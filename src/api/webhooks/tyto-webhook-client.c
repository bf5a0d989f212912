/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/webhooks/tyto-webhook-client.h"

#include "api/webhooks/tyto-webhook-target.h"
#include "base/tyto-certificate.h"
#include "base/tyto-error.h"

#include <libsoup/soup.h>
#include <string.h>

/* Without a byte, and in all. */
#define IO_SECONDS    10
#define TOTAL_SECONDS 15

struct _TytoWebhookClient {
  GObject parent_instance;

  TytoSettings *settings;
};

static void tyto_webhook_client_sender_init (TytoWebhookSenderInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TytoWebhookClient, tyto_webhook_client, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TYTO_TYPE_WEBHOOK_SENDER,
                                                      tyto_webhook_client_sender_init))

TytoWebhookClient *
tyto_webhook_client_new (TytoSettings *settings)
{
  TytoWebhookClient *self = g_object_new (TYTO_TYPE_WEBHOOK_CLIENT, NULL);

  self->settings = g_object_ref (settings);
  return self;
}

/* One try. */
typedef struct {
  SoupMessage *message;
  SoupSession *session; /* nullable: until the host is resolved */
  GCancellable *cancellable;
  guint timer_id;
  gboolean timed_out;
  TytoWebhookAnswer answer;
} Try;

static void
try_free (Try *try)
{
  g_clear_handle_id (&try->timer_id, g_source_remove);
  if (try->session != NULL)
    soup_session_abort (try->session);
  g_clear_object (&try->session);
  g_clear_object (&try->message);
  g_object_unref (try->cancellable);
  g_free (try);
}

static const char *
get_host (Try *try)
{
  return g_uri_get_host (soup_message_get_uri (try->message));
}

static gboolean
on_time_over (gpointer data)
{
  Try *try = data;

  try->timer_id = 0;
  try->timed_out = TRUE;
  g_cancellable_cancel (try->cancellable);
  return G_SOURCE_REMOVE;
}

static void
on_outer_cancelled (GCancellable *outer, gpointer data)
{
  g_cancellable_cancel (data);
}

/* Ends the try with @error (taken) in words of our own; never with the URL's path, which may be
 * known to few. */
static void
return_failure (GTask *task, GError *error)
{
  Try *try = g_task_get_task_data (task);
  GTlsCertificateFlags flags = soup_message_get_tls_peer_certificate_errors (try->message);
  g_autoptr (GError) cause = error;
  GError *told = NULL;

  if (try->timed_out || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    tyto_set_error (&told, TYTO_ERROR_TIMED_OUT, NULL, "%s did not answer in time", get_host (try));
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED) || cause->domain == TYTO_ERROR)
    told = g_steal_pointer (&cause);
  else if (flags != 0)
    tyto_set_error (&told, TYTO_ERROR_UNAVAILABLE,
                    "Mend it, or name its authority by webhook-ca-file.",
                    "The certificate of %s is not trusted: %s", get_host (try),
                    tyto_certificate_problem (flags));
  else
    tyto_set_error (&told, TYTO_ERROR_UNAVAILABLE, NULL, "%s cannot be reached: %s", get_host (try),
                    cause->message);
  g_task_return_error (task, told);
}

/* Seconds that Retry-After asks for (RFC 9110, section 10.2.3: a number or a date), -1 for none. */
static gint64
read_retry_after (SoupMessage *message)
{
  const char *text
      = soup_message_headers_get_one (soup_message_get_response_headers (message), "Retry-After");
  g_autoptr (GDateTime) date = NULL;
  guint64 seconds;

  if (text == NULL)
    return -1;
  if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT32, &seconds, NULL))
    return (gint64) seconds;
  date = soup_date_time_new_from_http_string (text);
  if (date == NULL)
    return -1;
  return MAX (g_date_time_to_unix (date) - g_get_real_time () / G_USEC_PER_SEC, 0);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Try *try = g_task_get_task_data (task);
  GError *error = NULL;
  /* The body is nobody's: the connection is closed with the session. */
  g_autoptr (GInputStream) body = soup_session_send_finish (SOUP_SESSION (source), result, &error);

  g_clear_handle_id (&try->timer_id, g_source_remove);
  if (body == NULL) {
    return_failure (task, error);
    return;
  }
  try->answer.status = soup_message_get_status (try->message);
  try->answer.retry_after_s = read_retry_after (try->message);
  g_task_return_boolean (task, TRUE);
}

/* A session of this try alone, which knows @target and nothing else. (transfer full) */
static SoupSession *
make_session (TytoWebhookClient *self, TytoWebhookTarget *target, GError **error)
{
  const char *file = tyto_settings_get_string (self->settings, "webhook-ca-file");
  g_autoptr (SoupSession) session
      = soup_session_new_with_options ("remote-connectable", target, "timeout", IO_SECONDS,
                                       "user-agent", "Tyto/" TYTO_VERSION, NULL);

  soup_session_set_proxy_resolver (session, NULL);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  if (*file != '\0') {
    g_autoptr (GTlsDatabase) database = g_tls_file_database_new (file, error);

    if (database == NULL) {
      g_prefix_error (error, "The setting webhook-ca-file cannot be used: ");
      return NULL;
    }
    soup_session_set_tls_database (session, database);
  }
  return g_steal_pointer (&session);
}

static void
on_resolved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Try *try = g_task_get_task_data (task);
  GUri *uri = soup_message_get_uri (try->message);
  GError *error = NULL;
  GList *addresses = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
  g_autoptr (TytoWebhookTarget) target = NULL;

  if (addresses != NULL)
    target = tyto_webhook_target_new (g_uri_get_host (uri), (guint16) g_uri_get_port (uri),
                                      addresses, &error);
  g_resolver_free_addresses (addresses);
  if (target != NULL)
    try->session = make_session (g_task_get_source_object (task), target, &error);
  if (try->session == NULL)
    return_failure (task, error);
  else
    soup_session_send_async (try->session, try->message, G_PRIORITY_DEFAULT, try->cancellable,
                             on_sent, g_object_ref (task));
}

/* (transfer full) (nullable) */
static SoupMessage *
make_message (const TytoWebhookMessage *given)
{
  SoupMessage *message = soup_message_new (SOUP_METHOD_POST, given->url);
  g_autofree char *timestamp = g_strdup_printf ("%" G_GINT64_FORMAT, given->timestamp);
  g_autoptr (GBytes) body = g_bytes_new (given->body, strlen (given->body));
  SoupMessageHeaders *headers;

  if (message == NULL)
    return NULL;
  headers = soup_message_get_request_headers (message);
  soup_message_headers_append (headers, "webhook-id", given->id);
  soup_message_headers_append (headers, "webhook-timestamp", timestamp);
  soup_message_headers_append (headers, "webhook-signature", given->signature);
  soup_message_set_request_body_from_bytes (message, "application/json", body);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_NEW_CONNECTION);
  return message;
}

static void
tyto_webhook_client_send_async (TytoWebhookSender *sender, const TytoWebhookMessage *message,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (sender, NULL, callback, user_data);
  g_autoptr (GResolver) resolver = g_resolver_get_default ();
  Try *try = g_new0 (Try, 1);

  try->cancellable = g_cancellable_new ();
  try->message = make_message (message);
  g_task_set_task_data (task, try, (GDestroyNotify) try_free);
  if (try->message == NULL) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT,
                             "The webhook's URL cannot be used");
    return;
  }
  try->timer_id = g_timeout_add_seconds (TOTAL_SECONDS, on_time_over, try);
  if (cancellable != NULL)
    g_signal_connect_object (cancellable, "cancelled", G_CALLBACK (on_outer_cancelled),
                             try->cancellable, 0);
  if (g_cancellable_is_cancelled (cancellable))
    g_cancellable_cancel (try->cancellable);
  g_resolver_lookup_by_name_async (resolver, get_host (try), try->cancellable, on_resolved,
                                   g_steal_pointer (&task));
}

static gboolean
tyto_webhook_client_send_finish (TytoWebhookSender *sender, GAsyncResult *result,
                                 TytoWebhookAnswer *answer, GError **error)
{
  const Try *try = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error))
    return FALSE;
  *answer = try->answer;
  return TRUE;
}

static void
tyto_webhook_client_sender_init (TytoWebhookSenderInterface *iface)
{
  iface->send_async = tyto_webhook_client_send_async;
  iface->send_finish = tyto_webhook_client_send_finish;
}

static void
tyto_webhook_client_finalize (GObject *object)
{
  g_object_unref (TYTO_WEBHOOK_CLIENT (object)->settings);
  G_OBJECT_CLASS (tyto_webhook_client_parent_class)->finalize (object);
}

static void
tyto_webhook_client_class_init (TytoWebhookClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_webhook_client_finalize;
}

static void
tyto_webhook_client_init (TytoWebhookClient *self)
{
}
