/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-retention.h"

#include "api/http/tyto-http-request.h"
#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"

static void
respond (GObject *source, GAsyncResult *result, TytoHttpRequest *request, guint status)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = tyto_recorder_query_finish (TYTO_RECORDER (source), result, &error);

  if (value == NULL)
    tyto_http_request_respond_error (request, error);
  else if (status == SOUP_STATUS_NO_CONTENT)
    tyto_http_request_respond_empty (request, status);
  else
    tyto_http_request_respond_json (request, status, value);
  g_object_unref (request);
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  respond (source, result, data, SOUP_STATUS_OK);
}

static void
on_gone (GObject *source, GAsyncResult *result, gpointer data)
{
  respond (source, result, data, SOUP_STATUS_NO_CONTENT);
}

static void
on_begun (GObject *source, GAsyncResult *result, gpointer data)
{
  respond (source, result, data, SOUP_STATUS_ACCEPTED);
}

static void
on_clip_added (GObject *source, GAsyncResult *result, gpointer data)
{
  respond (source, result, data, SOUP_STATUS_CREATED);
}

static void
get_retention (TytoHttpRequest *request, gpointer user_data)
{
  tyto_recorder_describe_retention_async (tyto_http_request_get_recorder (request),
                                          tyto_http_request_get_cancellable (request), on_result,
                                          g_object_ref (request));
}

/* A dry run answers with all it found; a real one is begun, and GET tells of it. */
static void
run_retention (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) body = tyto_http_request_dup_body (request, &error);

  if (body == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_recorder_run_retention_async (
        tyto_http_request_get_recorder (request), body, tyto_http_request_get_cancellable (request),
        tyto_dict_boolean (body, "dry_run", FALSE) ? on_result : on_begun, g_object_ref (request));
}

/* The id that was asked for, or NULL: 404 was answered: none of ours has other characters. */
static const char *
get_id (TytoHttpRequest *request, const char *what)
{
  static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  const char *id = tyto_http_request_get_capture (request, 0);
  g_autoptr (GError) error = NULL;

  if (*id != '\0' && strlen (id) <= 128 && strspn (id, allowed) == strlen (id))
    return id;
  tyto_set_error (&error, TYTO_ERROR_NOT_FOUND, NULL, "There is no %s of this id", what);
  tyto_http_request_respond_error (request, error);
  return NULL;
}

static void
delete_segment (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = get_id (request, "segment");

  if (id != NULL)
    tyto_recorder_delete_segment_async (tyto_http_request_get_recorder (request), id,
                                        tyto_http_request_get_cancellable (request), on_gone,
                                        g_object_ref (request));
}

static void
list_clips (TytoHttpRequest *request, gpointer user_data)
{
  const char *camera = tyto_http_request_get_query (request, "camera");
  const char *broadcast = tyto_http_request_get_query (request, "broadcast");
  g_autoptr (GError) error = NULL;

  if (camera != NULL && !tyto_id_check (camera, &error))
    tyto_http_request_respond_error (request, error);
  else
    tyto_recorder_list_clips_async (tyto_http_request_get_recorder (request), camera, broadcast,
                                    tyto_http_request_get_cancellable (request), on_result,
                                    g_object_ref (request));
}

static void
add_clip (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) body = tyto_http_request_dup_body (request, &error);

  if (body == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_recorder_add_clip_async (tyto_http_request_get_recorder (request), body,
                                  tyto_http_request_get_cancellable (request), on_clip_added,
                                  g_object_ref (request));
}

static void
remove_clip (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = get_id (request, "clip");

  if (id != NULL)
    tyto_recorder_remove_clip_async (tyto_http_request_get_recorder (request), id,
                                     tyto_http_request_get_cancellable (request), on_gone,
                                     g_object_ref (request));
}

static const TytoHttpRoute routes[] = {
  { "GET", "/api/v1/retention", get_retention },
  { "POST", "/api/v1/retention/run", run_retention, TYTO_HTTP_ROUTE_JSON },
  { "DELETE", "/api/v1/segments/{id}", delete_segment },
  { "GET", "/api/v1/clips", list_clips, .query = "camera,broadcast" },
  { "POST", "/api/v1/clips", add_clip, TYTO_HTTP_ROUTE_JSON },
  { "DELETE", "/api/v1/clips/{id}", remove_clip },
};

void
tyto_http_retention_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
