/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/services/tyto-stream-service.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"

#define TRIES 2

struct _TytoStreamService {
  GObject parent_instance;

  TytoServiceClient *client;
};

G_DEFINE_FINAL_TYPE (TytoStreamService, tyto_stream_service, G_TYPE_OBJECT)

/* --- What it says --- */

void
tyto_live_stream_free (TytoLiveStream *self)
{
  g_free (self->id);
  g_free (self->stream_key);
  g_free (self->user_id);
  g_free (self->playlist_url);
  g_free (self);
}

/* A UUID (RFC 9562) in lower case, "" for anything else. (transfer full) */
static char *
read_uuid (GVariant *dict, const char *key)
{
  const char *text = tyto_dict_string (dict, key, "");

  return g_uuid_string_is_valid (text) ? g_ascii_strdown (text, -1) : g_strdup ("");
}

static gboolean
read_time (GVariant *dict, const char *key, gint64 *us)
{
  const char *text = tyto_dict_string (dict, key, "");

  *us = -1;
  return *text == '\0' || tyto_time_parse (text, us, NULL);
}

static gboolean
is_playlist (const char *text)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_ENCODED, NULL);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";

  return (g_str_equal (scheme, "http") || g_str_equal (scheme, "https"))
         && g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0';
}

TytoLiveStream *
tyto_live_stream_read (GVariant *dict, GError **error)
{
  g_autoptr (TytoLiveStream) self = g_new0 (TytoLiveStream, 1);
  const char *status = tyto_dict_string (dict, "status", "");
  const char *wrong = NULL;

  self->id = read_uuid (dict, "id");
  self->stream_key = g_strdup (tyto_dict_string (dict, "stream_key", ""));
  self->user_id = read_uuid (dict, "user_id");
  self->playlist_url = g_strdup (tyto_dict_string (dict, "playlist_url", ""));
  self->live = g_str_equal (status, "live");
  if (*self->id == '\0')
    wrong = "id";
  else if (!tyto_id_is_valid (self->stream_key))
    wrong = "stream_key";
  else if (*status == '\0')
    wrong = "status";
  else if (!read_time (dict, "started_at", &self->started_us))
    wrong = "started_at";
  else if (!read_time (dict, "ended_at", &self->ended_us))
    wrong = "ended_at";
  else if (*self->playlist_url != '\0' && !is_playlist (self->playlist_url))
    wrong = "playlist_url";
  if (wrong == NULL)
    return g_steal_pointer (&self);
  tyto_set_error (error, TYTO_ERROR_UNAVAILABLE,
                  "See whether the URL in the settings is that of this service.",
                  "The stream service says what cannot be used of a stream (member %s)", wrong);
  return NULL;
}

/* The streams of an answer, without those that make no sense; NULL when it lists none at all. */
static GPtrArray *
read_list (GVariant *body, GError **error)
{
  GPtrArray *streams;
  g_autoptr (GVariant) list = g_variant_lookup_value (body, "streams", G_VARIANT_TYPE ("av"));
  GVariantIter iter;
  GVariant *item;

  if (list == NULL) {
    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE,
                    "See whether the URL in the settings is that of this service.",
                    "The stream service answers without a list of streams");
    return NULL;
  }
  streams = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_live_stream_free);
  g_variant_iter_init (&iter, list);
  while (g_variant_iter_loop (&iter, "v", &item)) {
    g_autoptr (GError) local = NULL;
    g_autoptr (TytoLiveStream) stream = NULL;

    if (g_variant_is_of_type (item, G_VARIANT_TYPE_VARDICT))
      stream = tyto_live_stream_read (item, &local);
    if (local != NULL) {
      g_autofree char *why = tyto_error_why (local);

      g_warning ("%s", why);
    }
    if (stream != NULL && stream->live)
      g_ptr_array_add (streams, g_steal_pointer (&stream));
  }
  return streams;
}

/* --- Asking --- */

/* Ends @task with @error (taken), which is the service's failure where its answer was the cause. */
static void
fail (GTask *task, GError *error, gboolean answered)
{
  TytoStreamService *self = g_task_get_source_object (task);

  if (answered && !g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND))
    tyto_service_client_note (self->client, error);
  g_task_return_error (task, error);
}

static gboolean
check_answer (const TytoServiceAnswer *answer, GError **error)
{
  g_autofree char *why = NULL;

  if (tyto_service_answer_is_success (answer))
    return TRUE;
  why = tyto_service_answer_why (answer);
  tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, "Its log says more.",
                  "The stream service does not take what it is asked (%s)", why);
  return FALSE;
}

static void
on_list (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (TytoServiceAnswer) answer
      = tyto_service_client_call_finish (TYTO_SERVICE_CLIENT (source), result, &error);
  GPtrArray *streams = NULL;

  if (answer != NULL && check_answer (answer, &error))
    streams = read_list (answer->body, &error);
  if (streams == NULL)
    fail (task, error, answer != NULL);
  else
    g_task_return_pointer (task, streams, (GDestroyNotify) g_ptr_array_unref);
}

void
tyto_stream_service_list_live_async (TytoStreamService *self, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  const TytoServiceCall call = { .method = "GET", .path = "/streams?status=live", .tries = TRIES };

  tyto_service_client_call_async (self->client, &call, cancellable, on_list, task);
}

GPtrArray *
tyto_stream_service_list_live_finish (TytoStreamService *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* The stream of an answer, which must be @id. */
static TytoLiveStream *
read_stream (const TytoServiceAnswer *answer, const char *id, GError **error)
{
  g_autoptr (GVariant) dict
      = g_variant_lookup_value (answer->body, "stream", G_VARIANT_TYPE_VARDICT);
  g_autoptr (TytoLiveStream) stream = NULL;

  if (answer->status == SOUP_STATUS_NOT_FOUND) {
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL,
                    "The stream service does not know stream \"%s\"", id);
    return NULL;
  }
  if (!check_answer (answer, error))
    return NULL;
  if (dict == NULL) {
    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE,
                    "See whether the URL in the settings is that of this service.",
                    "The stream service answers without a stream");
    return NULL;
  }
  stream = tyto_live_stream_read (dict, error);
  if (stream == NULL || g_ascii_strcasecmp (stream->id, id) == 0)
    return g_steal_pointer (&stream);
  tyto_set_error (
      error, TYTO_ERROR_UNAVAILABLE, "See whether the URL in the settings is that of this service.",
      "The stream service was asked for stream \"%s\" and answers with another one", id);
  return NULL;
}

static void
on_stream (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (TytoServiceAnswer) answer
      = tyto_service_client_call_finish (TYTO_SERVICE_CLIENT (source), result, &error);
  TytoLiveStream *stream = NULL;

  if (answer != NULL)
    stream = read_stream (answer, g_task_get_task_data (task), &error);
  if (stream == NULL)
    fail (task, error, answer != NULL);
  else
    g_task_return_pointer (task, stream, (GDestroyNotify) tyto_live_stream_free);
}

void
tyto_stream_service_get_stream_async (TytoStreamService *self, const char *id,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/streams/", escaped, NULL);
  const TytoServiceCall call = { .method = "GET", .path = path, .tries = TRIES };

  g_task_set_task_data (task, g_strdup (id), g_free);
  tyto_service_client_call_async (self->client, &call, cancellable, on_stream, task);
}

TytoLiveStream *
tyto_stream_service_get_stream_finish (TytoStreamService *self, GAsyncResult *result,
                                       GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- The object --- */

TytoServiceClient *
tyto_stream_service_get_client (TytoStreamService *self)
{
  return self->client;
}

TytoStreamService *
tyto_stream_service_new (TytoSettings *settings)
{
  TytoStreamService *self = g_object_new (TYTO_TYPE_STREAM_SERVICE, NULL);

  self->client = tyto_service_client_new (settings, "stream-service-url", "stream service");
  return self;
}

static void
tyto_stream_service_finalize (GObject *object)
{
  g_object_unref (TYTO_STREAM_SERVICE (object)->client);
  G_OBJECT_CLASS (tyto_stream_service_parent_class)->finalize (object);
}

static void
tyto_stream_service_class_init (TytoStreamServiceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_stream_service_finalize;
}

static void
tyto_stream_service_init (TytoStreamService *self)
{
}
