/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-ledger.h"

#include "api/http/tyto-http-catalogue-query.h"
#include "base/tyto-id.h"

static void
on_ledger (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) ledger = tyto_recorder_query_finish (TYTO_RECORDER (source), result, &error);

  if (ledger == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_http_request_respond_json (request, SOUP_STATUS_OK, ledger);
}

static void
get_ledger (TytoHttpRequest *request, gpointer user_data)
{
  const char *camera = tyto_http_request_get_capture (request, 0);
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;
  g_autoptr (GError) error = NULL;

  if (!tyto_id_check (camera, &error))
    tyto_http_request_respond_error (request, error);
  else if (tyto_http_catalogue_query_read (request, &query))
    tyto_recorder_ledger_async (tyto_http_request_get_recorder (request), camera, query.from_us,
                                query.to_us, tyto_http_request_get_cancellable (request), on_ledger,
                                g_object_ref (request));
}

static const TytoHttpRoute routes[] = {
  { "GET", "/api/v1/cameras/{id}/ledger", get_ledger, .query = "from,to" },
};

void
tyto_http_ledger_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
