/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-openapi.h"

#include "api/http/tyto-http-request.h"
#include "api/http/tyto-http-resources.h"

static void
get_openapi (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GBytes) bytes = g_resource_lookup_data (
      tyto_http_get_resource (), "/org/tyto/http/openapi.yaml", G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  tyto_http_request_respond_text (request, SOUP_STATUS_OK, "application/yaml",
                                  g_strndup (text, length));
}

static void
get_root (TytoHttpRequest *request, gpointer user_data)
{
  tyto_http_request_respond_text (request, SOUP_STATUS_OK, "text/plain; charset=utf-8",
                                  g_strdup ("Tyto " TYTO_VERSION "\n\n"
                                            "/api/v1/status    how the service is\n"
                                            "/api/v1/cameras   the cameras\n"
                                            "/api/v1/segments  what has been recorded\n"
                                            "/openapi.yaml     all of the API\n"));
}

static const TytoHttpRoute routes[] = {
  { "GET", "/", get_root },
  { "GET", "/openapi.yaml", get_openapi },
  { "GET", "/api/v1/openapi.yaml", get_openapi },
};

void
tyto_http_openapi_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
