/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-health.h"

#include "api/http/tyto-http-request.h"
#include "base/tyto-json.h"

/* Alive is who answers. */
static void
get_live (TytoHttpRequest *request, gpointer user_data)
{
  tyto_http_request_respond_text (request, SOUP_STATUS_OK, "text/plain; charset=utf-8",
                                  g_strdup ("ok\n"));
}

static void
get_health (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GVariant) cameras
      = g_variant_ref_sink (tyto_recorder_list_cameras (tyto_http_request_get_recorder (request)));
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  guint enabled = 0;
  guint recording = 0;

  for (gsize i = 0; i < g_variant_n_children (cameras); i++) {
    g_autoptr (GVariant) camera = g_variant_get_child_value (cameras, i);

    enabled += tyto_dict_boolean (camera, "enabled", FALSE);
    recording += g_str_equal (tyto_dict_string (camera, "state", ""), "recording");
  }
  g_variant_builder_add (&dict, "{sv}", "status",
                         g_variant_new_string (recording < enabled ? "degraded" : "healthy"));
  g_variant_builder_add (&dict, "{sv}", "service", g_variant_new_string ("recording-service"));
  g_variant_builder_add (&dict, "{sv}", "version", g_variant_new_string (TYTO_VERSION));
  g_variant_builder_add (&dict, "{sv}", "cameras",
                         g_variant_new_uint64 (g_variant_n_children (cameras)));
  g_variant_builder_add (&dict, "{sv}", "enabled", g_variant_new_uint32 (enabled));
  g_variant_builder_add (&dict, "{sv}", "recording", g_variant_new_uint32 (recording));
  tyto_http_request_respond_json (request, SOUP_STATUS_OK, g_variant_builder_end (&dict));
}

static void
get_ready (TytoHttpRequest *request, gpointer user_data)
{
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GVariantBuilder reasons = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_STRING_ARRAY);
  g_autofree char *why = NULL;
  gboolean ready = tyto_recorder_is_ready (tyto_http_request_get_recorder (request), &why);

  if (!ready)
    g_variant_builder_add (&reasons, "s", why != NULL ? why : "starting");
  g_variant_builder_add (&dict, "{sv}", "ready", g_variant_new_boolean (ready));
  g_variant_builder_add (&dict, "{sv}", "reasons", g_variant_builder_end (&reasons));
  tyto_http_request_respond_json (request, ready ? SOUP_STATUS_OK : SOUP_STATUS_SERVICE_UNAVAILABLE,
                                  g_variant_builder_end (&dict));
}

static void
on_totals (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) status = NULL;
  g_auto (GVariantDict) dict = { 0 };
  g_autoptr (GVariant) totals = tyto_recorder_query_finish (TYTO_RECORDER (source), result, &error);

  if (totals == NULL) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  status = g_variant_ref_sink (tyto_recorder_status (TYTO_RECORDER (source)));
  g_variant_dict_init (&dict, status);
  g_variant_dict_insert_value (&dict, "totals", totals);
  tyto_http_request_respond_json (request, SOUP_STATUS_OK, g_variant_dict_end (&dict));
}

static void
get_status (TytoHttpRequest *request, gpointer user_data)
{
  tyto_recorder_totals_async (tyto_http_request_get_recorder (request),
                              tyto_http_request_get_cancellable (request), on_totals,
                              g_object_ref (request));
}

static const TytoHttpRoute routes[] = {
  { "GET", "/health", get_health, TYTO_HTTP_ROUTE_OPEN },
  { "GET", "/livez", get_live, TYTO_HTTP_ROUTE_OPEN },
  { "GET", "/ready", get_ready },
  { "GET", "/readyz", get_ready },
  { "GET", "/api/v1/status", get_status },
};

void
tyto_http_health_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
