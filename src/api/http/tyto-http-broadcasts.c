/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-broadcasts.h"

#include "api/http/tyto-http-broadcast-query.h"
#include "api/http/tyto-http-file.h"
#include "base/tyto-error.h"
#include "base/tyto-json.h"

#define PATH "/api/v1/broadcasts"

static TytoBroadcasts *
get_broadcasts (TytoHttpRequest *request)
{
  return tyto_recorder_get_broadcasts (tyto_http_request_get_recorder (request));
}

/* The id that was asked for, or NULL: 404 was answered: all of ours are UUIDs. */
static const char *
get_id (TytoHttpRequest *request)
{
  const char *id = tyto_http_request_get_capture (request, 0);
  g_autoptr (GError) error = NULL;

  if (g_uuid_string_is_valid (id))
    return id;
  tyto_set_error (&error, TYTO_ERROR_NOT_FOUND, "Take one from " PATH ".",
                  "There is no broadcast of this id");
  tyto_http_request_respond_error (request, error);
  return NULL;
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value
      = tyto_broadcasts_call_finish (TYTO_BROADCASTS (source), result, &error);

  if (value == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_http_request_respond_json (request, SOUP_STATUS_OK, value);
}

static void
on_begun (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value
      = tyto_broadcasts_call_finish (TYTO_BROADCASTS (source), result, &error);
  g_autofree char *location = NULL;

  if (value == NULL) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  location = g_strconcat (PATH "/", tyto_dict_string (value, "id", ""), NULL);
  tyto_http_request_set_header (request, "Location", location);
  tyto_http_request_respond_json (request, SOUP_STATUS_CREATED, value);
}

static void
on_gone (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value
      = tyto_broadcasts_call_finish (TYTO_BROADCASTS (source), result, &error);

  if (value == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_http_request_respond_empty (request, SOUP_STATUS_NO_CONTENT);
}

/* --- All of them --- */

static void
list_broadcasts (TytoHttpRequest *request, gpointer user_data)
{
  TytoBroadcastQuery query = TYTO_BROADCAST_QUERY_INIT;

  if (tyto_http_broadcast_query_read (request, &query))
    tyto_broadcasts_list_async (get_broadcasts (request), &query, FALSE,
                                tyto_http_request_get_cancellable (request), on_result,
                                g_object_ref (request));
}

static void
begin_broadcast (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) body = tyto_http_request_dup_body (request, &error);

  if (body == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_broadcasts_begin_async (get_broadcasts (request), body,
                                 tyto_http_request_get_cancellable (request), on_begun,
                                 g_object_ref (request));
}

/* --- One --- */

static void
get_broadcast (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = get_id (request);

  if (id != NULL)
    tyto_broadcasts_get_async (get_broadcasts (request), id, FALSE,
                               tyto_http_request_get_cancellable (request), on_result,
                               g_object_ref (request));
}

typedef void (*Verb) (TytoBroadcasts *, const char *, GCancellable *, GAsyncReadyCallback,
                      gpointer);

static void
call (TytoHttpRequest *request, Verb verb, GAsyncReadyCallback callback)
{
  const char *id = get_id (request);

  if (id != NULL)
    verb (get_broadcasts (request), id, tyto_http_request_get_cancellable (request), callback,
          g_object_ref (request));
}

static void
remove_broadcast (TytoHttpRequest *request, gpointer user_data)
{
  call (request, tyto_broadcasts_remove_async, on_gone);
}

static void
end_broadcast (TytoHttpRequest *request, gpointer user_data)
{
  call (request, tyto_broadcasts_end_async, on_result);
}

static void
retry_broadcast (TytoHttpRequest *request, gpointer user_data)
{
  call (request, tyto_broadcasts_retry_async, on_result);
}

static void
list_gaps (TytoHttpRequest *request, gpointer user_data)
{
  call (request, tyto_broadcasts_list_gaps_async, on_result);
}

/* (transfer full): "" for null. */
static char *
read_video_id (TytoHttpRequest *request, GError **error)
{
  static const char *const known[] = { "video_id", NULL };
  g_autoptr (GVariant) body = tyto_http_request_dup_body (request, error);
  g_autoptr (GVariant) member
      = body != NULL ? g_variant_lookup_value (body, "video_id", NULL) : NULL;
  g_autofree char *id = NULL;

  if (body == NULL || !tyto_dict_check_keys (body, known, error)
      || !tyto_dict_get_string (body, "video_id", &id, error))
    return NULL;
  if (member == NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Send {\"video_id\": UUID}, or null.",
                    "The member \"video_id\" is missing");
    return NULL;
  }
  return id != NULL ? g_steal_pointer (&id) : g_strdup ("");
}

static void
set_video (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = get_id (request);
  g_autoptr (GError) error = NULL;
  g_autofree char *video_id = id != NULL ? read_video_id (request, &error) : NULL;

  if (id == NULL)
    return;
  if (video_id == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_broadcasts_set_video_async (get_broadcasts (request), id, video_id,
                                     tyto_http_request_get_cancellable (request), on_result,
                                     g_object_ref (request));
}

/* --- Its file --- */

static void
on_located (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) place
      = tyto_broadcasts_call_finish (TYTO_BROADCASTS (source), result, &error);
  const char *path = place != NULL ? tyto_dict_string (place, "path", "") : "";
  g_autofree char *directory = NULL;

  if (place == NULL) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  if (*path != '\0') {
    directory = g_path_get_dirname (path);
    tyto_http_file_send (request, directory, path, "video/mp4",
                         tyto_dict_string (place, "name", "broadcast.mp4"));
    return;
  }
  /* The bucket has it: the client is sent there, by a URL that needs no other key. */
  tyto_http_request_set_header (request, "Location", tyto_dict_string (place, "url", ""));
  tyto_http_request_set_header (request, "Cache-Control", "no-store");
  tyto_http_request_respond_empty (request, SOUP_STATUS_TEMPORARY_REDIRECT);
}

static void
get_file (TytoHttpRequest *request, gpointer user_data)
{
  const char *method = soup_server_message_get_method (tyto_http_request_get_message (request));
  const char *id = get_id (request);

  if (id != NULL)
    tyto_broadcasts_locate_async (get_broadcasts (request), id, method,
                                  tyto_http_request_get_cancellable (request), on_located,
                                  g_object_ref (request));
}

static const TytoHttpRoute routes[] = {
  { "GET", PATH, list_broadcasts, .query = TYTO_HTTP_BROADCAST_QUERY },
  { "POST", PATH, begin_broadcast, TYTO_HTTP_ROUTE_JSON },
  { "GET", PATH "/{id}", get_broadcast },
  { "DELETE", PATH "/{id}", remove_broadcast },
  { "POST", PATH "/{id}/end", end_broadcast },
  { "POST", PATH "/{id}/retry", retry_broadcast },
  { "POST", PATH "/{id}/video", set_video, TYTO_HTTP_ROUTE_JSON },
  { "GET", PATH "/{id}/gaps", list_gaps },
  { "GET", PATH "/{id}/file", get_file },
};

void
tyto_http_broadcasts_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
