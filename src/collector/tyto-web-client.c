/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-web-client.h"

#include "base/tyto-certificate.h"
#include "base/tyto-error.h"
#include "collector/tyto-guarded-address.h"
#include "media/hls/tyto-hls-playlist.h"

#include <libsoup/soup.h>
#include <string.h>

#define REDIRECTS    5
#define ORIGINS      16
#define CONNECTIONS  40 /* to one server: more than are ever asked for */
#define IDLE_SECONDS 15

struct _TytoWebClient {
  GObject parent_instance;

  GTlsDatabase *authorities; /* nullable: the system's */
  guint timeout_s;
  GHashTable *sessions; /* scheme://host:port → SoupSession, which knows that server alone */
};

G_DEFINE_FINAL_TYPE (TytoWebClient, tyto_web_client, G_TYPE_OBJECT)

typedef struct {
  char *url;
  char *etag;
  gint64 offset;
  gint64 length;
  guint redirects;
  SoupMessage *message;
} Get;

static void
get_free (Get *get)
{
  g_free (get->url);
  g_free (get->etag);
  g_clear_object (&get->message);
  g_free (get);
}

void
tyto_web_answer_free (TytoWebAnswer *self)
{
  g_free (self->url);
  g_clear_object (&self->body);
  g_free (self->etag);
  g_free (self);
}

TytoWebClient *
tyto_web_client_new (const char *ca_file, guint timeout_s, GError **error)
{
  g_autoptr (TytoWebClient) self = g_object_new (TYTO_TYPE_WEB_CLIENT, NULL);
  g_autoptr (GError) cause = NULL;

  self->timeout_s = timeout_s;
  if (*ca_file == '\0')
    return g_steal_pointer (&self);
  self->authorities = g_tls_file_database_new (ca_file, &cause);
  if (self->authorities != NULL)
    return g_steal_pointer (&self);
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Name a PEM file that can be read.",
                  "The CA file of playlists cannot be used: %s", cause->message);
  return NULL;
}

/* The session for the server of @uri. (transfer none) */
static SoupSession *
get_session (TytoWebClient *self, GUri *uri)
{
  gboolean tls = g_str_equal (g_uri_get_scheme (uri), "https");
  int port = g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : tls ? 443 : 80;
  g_autofree char *origin
      = g_strdup_printf ("%s://%s:%d", g_uri_get_scheme (uri), g_uri_get_host (uri), port);
  SoupSession *session = g_hash_table_lookup (self->sessions, origin);
  g_autoptr (TytoGuardedAddress) address = NULL;

  if (session != NULL)
    return session;
  if (g_hash_table_size (self->sessions) >= ORIGINS)
    g_hash_table_remove_all (self->sessions);
  address = tyto_guarded_address_new (g_uri_get_host (uri), (guint16) port);
  session = soup_session_new_with_options ("remote-connectable", address, "timeout",
                                           self->timeout_s, "idle-timeout", IDLE_SECONDS,
                                           "max-conns", CONNECTIONS, "max-conns-per-host",
                                           CONNECTIONS, "user-agent", "Tyto/" TYTO_VERSION, NULL);
  soup_session_set_proxy_resolver (session, NULL);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_AUTH_MANAGER);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  if (self->authorities != NULL)
    soup_session_set_tls_database (session, self->authorities);
  g_hash_table_replace (self->sessions, g_steal_pointer (&origin), session);
  return session;
}

/* --- Answers --- */

static const char *
get_host (const Get *get)
{
  return g_uri_get_host (soup_message_get_uri (get->message));
}

/* Ends @task with @cause (taken) in words of our own. */
static void
return_failure (GTask *task, GError *cause)
{
  const Get *get = g_task_get_task_data (task);
  GTlsCertificateFlags flags = soup_message_get_tls_peer_certificate_errors (get->message);
  g_autoptr (GError) owned = cause;
  GError *told = NULL;

  if (cause->domain == TYTO_ERROR || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    told = g_steal_pointer (&owned);
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    tyto_set_error (&told, TYTO_ERROR_TIMED_OUT, NULL, "%s did not answer in time", get_host (get));
  else if (flags != 0)
    tyto_set_error (&told, TYTO_ERROR_UNAVAILABLE,
                    "Mend it, or name its authority by playlist-ca-file.",
                    "The certificate of %s is not trusted: %s", get_host (get),
                    tyto_certificate_problem (flags));
  else
    tyto_set_error (&told, TYTO_ERROR_UNAVAILABLE, NULL, "%s cannot be reached: %s", get_host (get),
                    cause->message);
  g_task_return_error (task, told);
}

static void
return_refusal (GTask *task, guint status)
{
  const Get *get = g_task_get_task_data (task);
  const char *phrase = soup_status_get_phrase (status);
  TytoError code = TYTO_ERROR_NOT_FOUND;
  GError *error = NULL;

  if (status >= 500 || status == 408 || status == 425 || status == 429)
    code = TYTO_ERROR_UNAVAILABLE;
  else if (status == 401 || status == 403)
    code = TYTO_ERROR_FORBIDDEN;
  tyto_set_error (&error, code, NULL, "%s answers %u %s", get_host (get), status, phrase);
  g_task_return_error (task, error);
}

static gboolean
has_part (const Get *get)
{
  goffset start, end, total;

  if (get->length < 0)
    return TRUE;
  return soup_message_get_status (get->message) == 206
         && soup_message_headers_get_content_range (
             soup_message_get_response_headers (get->message), &start, &end, &total)
         && start == get->offset && end - start + 1 <= get->length;
}

/* (transfer full) */
static TytoWebAnswer *
make_answer (TytoWebClient *self, const Get *get, GInputStream *body)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (get->message);
  TytoWebAnswer *answer = g_new0 (TytoWebAnswer, 1);
  const char *etag = soup_message_headers_get_one (headers, "ETag");
  const char *modified = soup_message_headers_get_one (headers, "Last-Modified");
  g_autoptr (GDateTime) date
      = modified != NULL ? soup_date_time_new_from_http_string (modified) : NULL;

  answer->url = g_strdup (get->url);
  answer->etag = etag != NULL ? g_utf8_make_valid (etag, -1) : g_strdup ("");
  answer->modified_us = date != NULL ? g_date_time_to_unix (date) * G_USEC_PER_SEC : -1;
  answer->length = soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH
                       ? soup_message_headers_get_content_length (headers)
                       : -1;
  if (soup_message_get_status (get->message) == 304)
    return answer;
  answer->body = g_object_ref (body);
  /* The sessions must live as long as it is read. */
  g_object_set_data_full (G_OBJECT (body), "tyto-web-client", g_object_ref (self), g_object_unref);
  return answer;
}

static void send_get (GTask *task);

static void
follow (GTask *task)
{
  Get *get = g_task_get_task_data (task);
  const char *location
      = soup_message_headers_get_one (soup_message_get_response_headers (get->message), "Location");
  GError *error = NULL;
  char *url;

  if (location == NULL || ++get->redirects > REDIRECTS) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_NOT_FOUND, "%s redirects to nowhere",
                             get_host (get));
    return;
  }
  url = tyto_hls_resolve (get->url, location, &error);
  if (url == NULL) {
    g_task_return_error (task, error);
    return;
  }
  g_free (get->url);
  get->url = url;
  send_get (task);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  const Get *get = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GInputStream) body = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  guint status;

  if (body == NULL) {
    return_failure (task, error);
    return;
  }
  status = soup_message_get_status (get->message);
  if (status == 301 || status == 302 || status == 303 || status == 307 || status == 308)
    follow (task);
  else if (status != 304 && !SOUP_STATUS_IS_SUCCESSFUL (status))
    return_refusal (task, status);
  else if (!has_part (get))
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_UNSUPPORTED,
                             "%s does not give the part that is asked for", get_host (get));
  else
    g_task_return_pointer (task, make_answer (g_task_get_source_object (task), get, body),
                           (GDestroyNotify) tyto_web_answer_free);
}

static void
send_get (GTask *task)
{
  TytoWebClient *self = g_task_get_source_object (task);
  Get *get = g_task_get_task_data (task);
  g_autoptr (GUri) uri = g_uri_parse (get->url, SOUP_HTTP_URI_FLAGS, NULL);
  SoupMessageHeaders *headers;

  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0'
      || (g_strcmp0 (g_uri_get_scheme (uri), "http") != 0
          && g_strcmp0 (g_uri_get_scheme (uri), "https") != 0)) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT,
                             "A URL of the playlist cannot be used");
    return;
  }
  g_clear_object (&get->message);
  get->message = soup_message_new_from_uri (SOUP_METHOD_GET, uri);
  soup_message_add_flags (get->message, SOUP_MESSAGE_NO_REDIRECT);
  headers = soup_message_get_request_headers (get->message);
  if (get->length >= 0)
    soup_message_headers_set_range (headers, get->offset, get->offset + get->length - 1);
  if (*get->etag != '\0')
    soup_message_headers_append (headers, "If-None-Match", get->etag);
  soup_session_send_async (get_session (self, uri), get->message, G_PRIORITY_DEFAULT,
                           g_task_get_cancellable (task), on_sent, g_object_ref (task));
}

void
tyto_web_client_get_async (TytoWebClient *self, const char *url, gint64 offset, gint64 length,
                           const char *etag, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Get *get = g_new0 (Get, 1);

  get->url = g_strdup (url);
  get->etag = g_strdup (etag != NULL ? etag : "");
  get->offset = offset;
  get->length = length;
  g_task_set_task_data (task, get, (GDestroyNotify) get_free);
  send_get (task);
}

TytoWebAnswer *
tyto_web_client_get_finish (TytoWebClient *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
tyto_web_client_finalize (GObject *object)
{
  TytoWebClient *self = TYTO_WEB_CLIENT (object);

  g_clear_object (&self->authorities);
  g_hash_table_unref (self->sessions);
  G_OBJECT_CLASS (tyto_web_client_parent_class)->finalize (object);
}

static void
tyto_web_client_class_init (TytoWebClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_web_client_finalize;
}

static void
tyto_web_client_init (TytoWebClient *self)
{
  self->sessions = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}
