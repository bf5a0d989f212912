/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-recordings.h"

#include "api/http/tyto-http-broadcast-query.h"
#include "base/tyto-error.h"
#include "base/tyto-json.h"

/* The service this replaces had no pages: who asks for none gets as much as there can be in one. */
#define LIMIT 1000

static TytoBroadcasts *
get_broadcasts (TytoHttpRequest *request)
{
  return tyto_recorder_get_broadcasts (tyto_http_request_get_recorder (request));
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) page
      = tyto_broadcasts_call_finish (TYTO_BROADCASTS (source), result, &error);
  g_autoptr (GVariant) items = NULL;
  const char *cursor;
  GVariantDict dict;

  if (page == NULL) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  items = g_variant_lookup_value (page, "items", G_VARIANT_TYPE ("aa{sv}"));
  cursor = tyto_dict_string (page, "next_cursor", NULL);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "recordings", items);
  if (cursor != NULL)
    g_variant_dict_insert (&dict, "next_cursor", "s", cursor);
  tyto_http_request_respond_json (request, SOUP_STATUS_OK, g_variant_dict_end (&dict));
}

static void
list_recordings (TytoHttpRequest *request, gpointer user_data)
{
  TytoBroadcastQuery query = TYTO_BROADCAST_QUERY_INIT;

  query.limit = LIMIT;
  if (tyto_http_broadcast_query_read (request, &query))
    tyto_broadcasts_list_async (get_broadcasts (request), &query, TRUE,
                                tyto_http_request_get_cancellable (request), on_listed,
                                g_object_ref (request));
}

static void
respond_not_found (TytoHttpRequest *request)
{
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&dict, "{sv}", "error", g_variant_new_string ("Recording not found"));
  tyto_http_request_respond_json (request, SOUP_STATUS_NOT_FOUND, g_variant_builder_end (&dict));
}

static void
on_recording (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) recording
      = tyto_broadcasts_call_finish (TYTO_BROADCASTS (source), result, &error);
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  if (recording != NULL) {
    g_variant_builder_add (&dict, "{sv}", "recording", recording);
    tyto_http_request_respond_json (request, SOUP_STATUS_OK, g_variant_builder_end (&dict));
    return;
  }
  g_variant_builder_clear (&dict);
  if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND))
    respond_not_found (request);
  else
    tyto_http_request_respond_error (request, error);
}

static void
get_recording (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = tyto_http_request_get_capture (request, 0);

  if (!g_uuid_string_is_valid (id))
    respond_not_found (request);
  else
    tyto_broadcasts_get_async (get_broadcasts (request), id, TRUE,
                               tyto_http_request_get_cancellable (request), on_recording,
                               g_object_ref (request));
}

static const TytoHttpRoute routes[] = {
  { "GET", "/recordings", list_recordings, .query = TYTO_HTTP_BROADCAST_QUERY },
  { "GET", "/recording/{id}", get_recording },
};

void
tyto_http_recordings_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
