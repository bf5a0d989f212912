/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-uploads.h"

#include "api/http/tyto-http-catalogue-query.h"

static void
get_archive (TytoHttpRequest *request, gpointer user_data)
{
  tyto_http_request_respond_json (
      request, SOUP_STATUS_OK,
      tyto_recorder_describe_archive (tyto_http_request_get_recorder (request)));
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) answer = tyto_recorder_query_finish (TYTO_RECORDER (source), result, &error);

  if (answer == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_http_request_respond_json (request, SOUP_STATUS_OK, answer);
}

static void
list_uploads (TytoHttpRequest *request, gpointer user_data)
{
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;

  if (tyto_http_catalogue_query_read (request, &query))
    tyto_recorder_list_uploads_async (tyto_http_request_get_recorder (request), query.limit,
                                      tyto_http_request_get_cancellable (request), on_answer,
                                      g_object_ref (request));
}

static void
retry_uploads (TytoHttpRequest *request, gpointer user_data)
{
  tyto_recorder_retry_uploads_async (tyto_http_request_get_recorder (request),
                                     tyto_http_request_get_cancellable (request), on_answer,
                                     g_object_ref (request));
}

static const TytoHttpRoute routes[] = {
  { "GET", "/api/v1/archive", get_archive },
  { "GET", "/api/v1/uploads", list_uploads, .query = "limit" },
  { "POST", "/api/v1/uploads/retry", retry_uploads },
};

void
tyto_http_uploads_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
