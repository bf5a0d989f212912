/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-services.h"

#include "api/http/tyto-http-request.h"

static void
get_services (TytoHttpRequest *request, gpointer user_data)
{
  TytoRecorder *recorder = tyto_http_request_get_recorder (request);

  tyto_http_request_respond_json (request, SOUP_STATUS_OK,
                                  tyto_recorder_describe_services (recorder));
}

static const TytoHttpRoute routes[] = {
  { "GET", "/api/v1/services", get_services },
};

void
tyto_http_services_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
