/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-alerts.h"

#include "api/http/tyto-http-request.h"
#include "base/tyto-error.h"
#include "base/tyto-id.h"

static gboolean
read_standing (const char *text, TytoAlertsWhich *which, GError **error)
{
  if (text == NULL)
    return TRUE;
  *which = g_str_equal (text, "true") ? TYTO_ALERTS_STANDING : TYTO_ALERTS_CLEARED;
  if (*which == TYTO_ALERTS_STANDING || g_str_equal (text, "false"))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "Use true for those that stand, false for those that were cleared, or leave it "
                  "out for both.",
                  "\"standing\" is \"%s\", and must be true or false", text);
  return FALSE;
}

static void
list_alerts (TytoHttpRequest *request, gpointer user_data)
{
  const char *camera = tyto_http_request_get_query (request, "camera");
  TytoAlertsWhich which = TYTO_ALERTS_ALL;
  g_autoptr (GError) error = NULL;
  GVariantDict dict;

  if ((camera != NULL && !tyto_id_check (camera, &error))
      || !read_standing (tyto_http_request_get_query (request, "standing"), &which, &error)) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (
      &dict, "items",
      tyto_recorder_list_alerts (tyto_http_request_get_recorder (request), which, camera));
  tyto_http_request_respond_json (request, SOUP_STATUS_OK, g_variant_dict_end (&dict));
}

static const TytoHttpRoute routes[] = {
  { "GET", "/api/v1/alerts", list_alerts, .query = "camera,standing" },
};

void
tyto_http_alerts_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
