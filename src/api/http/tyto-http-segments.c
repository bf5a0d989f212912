/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-segments.h"

#include "api/http/tyto-http-catalogue-query.h"
#include "api/http/tyto-http-file.h"
#include "base/tyto-error.h"
#include "base/tyto-json.h"

#include <string.h>

#define ID_MAX 128

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = tyto_recorder_query_finish (TYTO_RECORDER (source), result, &error);

  if (value == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_http_request_respond_json (request, SOUP_STATUS_OK, value);
}

static void
list_segments (TytoHttpRequest *request, gpointer user_data)
{
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;

  if (tyto_http_catalogue_query_read (request, &query))
    tyto_recorder_list_segments_async (tyto_http_request_get_recorder (request), &query,
                                       tyto_http_request_get_cancellable (request), on_result,
                                       g_object_ref (request));
}

/* The segment asked for, or NULL: 400 was answered. */
static const char *
get_segment_id (TytoHttpRequest *request)
{
  static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  const char *id = tyto_http_request_get_capture (request, 0);
  g_autoptr (GError) error = NULL;

  if (*id != '\0' && strlen (id) <= ID_MAX && strspn (id, allowed) == strlen (id)
      && strstr (id, "..") == NULL)
    return id;
  tyto_set_error (&error, TYTO_ERROR_INVALID_ARGUMENT, "Take one from /api/v1/segments.",
                  "This is no segment id");
  tyto_http_request_respond_error (request, error);
  return NULL;
}

static void
get_segment (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = get_segment_id (request);

  if (id != NULL)
    tyto_recorder_get_segment_async (tyto_http_request_get_recorder (request), id,
                                     tyto_http_request_get_cancellable (request), on_result,
                                     g_object_ref (request));
}

static const char *
media_type (const char *format)
{
  if (g_str_equal (format, "ts"))
    return "video/mp2t";
  if (g_str_equal (format, "mkv"))
    return "video/x-matroska";
  return "video/mp4";
}

/* CAMERA_2026-11-21T02-08-00.mp4: of characters that every file system takes. */
static char *
file_name (GVariant *segment)
{
  g_autofree char *start = g_strndup (tyto_dict_string (segment, "start", ""), 19);

  return g_strdup_printf ("%s_%s.%s", tyto_dict_string (segment, "camera", "camera"),
                          g_strdelimit (start, ":", '-'),
                          tyto_dict_string (segment, "format", "mp4"));
}

/* The archive alone has it: the client is sent there, by a URL that needs no other key. */
static void
redirect (TytoHttpRequest *request, GVariant *segment, const char *content_type, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *url = tyto_recorder_make_object_url (
      tyto_http_request_get_recorder (request),
      soup_server_message_get_method (tyto_http_request_get_message (request)), segment,
      content_type, name, &error);

  if (url == NULL) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  tyto_http_request_set_header (request, "Location", url);
  tyto_http_request_set_header (request, "Cache-Control", "no-store");
  tyto_http_request_respond_empty (request, SOUP_STATUS_TEMPORARY_REDIRECT);
}

static void
on_segment_for_file (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *name = NULL;
  g_autofree char *root = NULL;
  const char *content_type, *path;
  g_autoptr (GVariant) segment
      = tyto_recorder_query_finish (TYTO_RECORDER (source), result, &error);

  if (segment == NULL) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  name = file_name (segment);
  content_type = media_type (tyto_dict_string (segment, "format", "mp4"));
  if (g_str_equal (tyto_dict_string (segment, "tier", ""), "archive")) {
    redirect (request, segment, content_type, name);
    return;
  }
  path = tyto_dict_string (segment, "path", "");
  root = tyto_retention_get_root (tyto_recorder_get_retention (TYTO_RECORDER (source)), path);
  tyto_http_file_send (request, root, path, content_type, name);
}

static void
get_file (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = get_segment_id (request);

  if (id != NULL)
    tyto_recorder_get_segment_async (tyto_http_request_get_recorder (request), id,
                                     tyto_http_request_get_cancellable (request),
                                     on_segment_for_file, g_object_ref (request));
}

static const TytoHttpRoute routes[] = {
  { "GET", "/api/v1/segments", list_segments, .query = TYTO_HTTP_CATALOGUE_QUERY },
  { "GET", "/api/v1/segments/{id}", get_segment },
  { "GET", "/api/v1/segments/{id}/file", get_file },
};

void
tyto_http_segments_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
