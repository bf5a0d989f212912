/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-check.h"

#include "api/http/tyto-http-request.h"

static void
respond (TytoHttpRequest *request, guint status, GVariant *report, const GError *error)
{
  if (report == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_http_request_respond_json (request, status, report);
}

static void
get_check (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GVariant *report = tyto_recorder_get_check (tyto_http_request_get_recorder (request), &error);

  respond (request, SOUP_STATUS_OK, report, error);
}

/* It goes on when the request is answered: one asks again until its state is no longer "running".
 */
static void
begin (TytoHttpRequest *request, gboolean rebuild)
{
  g_autoptr (GError) error = NULL;
  GVariant *report
      = tyto_recorder_begin_check (tyto_http_request_get_recorder (request), rebuild, &error);

  if (report != NULL)
    tyto_http_request_set_header (request, "Location", "/api/v1/catalogue/check");
  respond (request, SOUP_STATUS_ACCEPTED, report, error);
}

static void
begin_check (TytoHttpRequest *request, gpointer user_data)
{
  begin (request, FALSE);
}

static void
begin_rebuild (TytoHttpRequest *request, gpointer user_data)
{
  begin (request, TRUE);
}

static const TytoHttpRoute routes[] = {
  { "GET", "/api/v1/catalogue/check", get_check },
  { "POST", "/api/v1/catalogue/check", begin_check },
  { "POST", "/api/v1/catalogue/rebuild", begin_rebuild },
};

void
tyto_http_check_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
