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
  g_autoptr (GPtrArray) cameras
      = tyto_recorder_get_cameras (tyto_http_request_get_recorder (request));
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  guint enabled = 0;
  guint recording = 0;

  for (guint i = 0; i < cameras->len; i++) {
    TytoCamera *camera = g_ptr_array_index (cameras, i);

    enabled += tyto_camera_get_config (camera)->enabled;
    recording += tyto_camera_get_state (camera) == TYTO_CAMERA_STATE_RECORDING;
  }
  g_variant_builder_add (&dict, "{sv}", "status",
                         g_variant_new_string (recording < enabled ? "degraded" : "healthy"));
  g_variant_builder_add (&dict, "{sv}", "service", g_variant_new_string ("recording-service"));
  g_variant_builder_add (&dict, "{sv}", "version", g_variant_new_string (TYTO_VERSION));
  g_variant_builder_add (&dict, "{sv}", "cameras", g_variant_new_uint64 (cameras->len));
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
describe_totals (const TytoCatalogueTotals *totals, TytoMembers *members)
{
  tyto_members_begin (members, totals->camera);
  tyto_members_uint (members, "segments", totals->segments);
  tyto_members_uint (members, "bytes", totals->bytes);
  tyto_members_uint (members, "frames", totals->frames);
  tyto_members_uint (members, "gaps", totals->gaps);
  tyto_members_time (members, "last_end", totals->last_end_us);
  tyto_members_end (members);
}

/* As text at once, as the list of cameras. */
static void
on_totals (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) status = NULL;
  g_autoptr (GPtrArray) totals
      = tyto_recorder_totals_finish (TYTO_RECORDER (source), result, &error);
  GString *text = NULL;
  TytoMembers members = { 0 };
  GVariantIter iter;
  const char *key;
  GVariant *value;

  if (totals == NULL) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  text = g_string_new ("{");
  members.json = text;
  status = g_variant_ref_sink (tyto_recorder_status (TYTO_RECORDER (source)));
  g_variant_iter_init (&iter, status);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    tyto_members_variant (&members, key, value);
  tyto_members_begin (&members, "totals");
  for (guint i = 0; i < totals->len; i++)
    describe_totals (g_ptr_array_index (totals, i), &members);
  tyto_members_end (&members);
  g_string_append_c (text, '}');
  tyto_http_request_respond_json_text (request, SOUP_STATUS_OK, g_string_free (text, FALSE));
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
