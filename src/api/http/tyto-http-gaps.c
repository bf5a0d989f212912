/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-gaps.h"

#include "api/http/tyto-http-catalogue-query.h"

static void
on_gaps (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) gaps = tyto_recorder_query_finish (TYTO_RECORDER (source), result, &error);

  if (gaps == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_http_request_respond_json (request, SOUP_STATUS_OK, gaps);
}

static void
list_gaps (TytoHttpRequest *request, gpointer user_data)
{
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;

  if (tyto_http_catalogue_query_read (request, &query))
    tyto_recorder_list_gaps_async (tyto_http_request_get_recorder (request), &query,
                                   tyto_http_request_get_cancellable (request), on_gaps,
                                   g_object_ref (request));
}

static const TytoHttpRoute routes[] = {
  { "GET", "/api/v1/gaps", list_gaps, .query = TYTO_HTTP_CATALOGUE_QUERY },
};

void
tyto_http_gaps_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
