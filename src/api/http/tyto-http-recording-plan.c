/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-recording-plan.h"

#include "api/http/tyto-http-request.h"
#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"

char *
tyto_http_recording_plan_format_size (guint64 bytes)
{
  static const char *const units[] = { "kB", "MB", "GB", "TB", "PB" };
  double value = bytes / 1000.0;
  guint unit = 0;

  if (bytes < 1000)
    return g_strdup_printf ("%" G_GUINT64_FORMAT " B", bytes);
  /* 999.95 would be shown as 1000.0 of the smaller unit. */
  for (; value >= 999.95 && unit < G_N_ELEMENTS (units) - 1; unit++)
    value /= 1000.0;
  return g_strdup_printf ("%.1f %s", value, units[unit]);
}

/* @kept: of the camera: what was promised, and what is kept. */
static GVariant *
status_to_variant (GVariant *camera, GVariant *kept)
{
  guint64 bytes = tyto_dict_uint (kept, "fast_bytes", 0) + tyto_dict_uint (kept, "slow_bytes", 0);
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  const char *path = tyto_dict_string (camera, "current_path", "");
  gboolean recording = g_str_equal (tyto_dict_string (camera, "state", ""), "recording");

  g_variant_builder_add (&dict, "{sv}", "is_recording", g_variant_new_boolean (recording));
  g_variant_builder_add (&dict, "{sv}", "current_file",
                         g_variant_new_maybe (G_VARIANT_TYPE_STRING,
                                              *path != '\0' ? g_variant_new_string (path) : NULL));
  g_variant_builder_add (&dict, "{sv}", "disk_usage",
                         g_variant_new_take_string (tyto_http_recording_plan_format_size (bytes)));
  g_variant_builder_add (&dict, "{sv}", "retention_days",
                         g_variant_new_uint64 (tyto_dict_uint (kept, "days", 0)));
  return g_variant_builder_end (&dict);
}

/* What @retention tells of @id. (transfer full) (nullable) */
static GVariant *
find_kept (GVariant *retention, const char *id)
{
  g_autoptr (GVariant) cameras
      = g_variant_lookup_value (retention, "cameras", G_VARIANT_TYPE ("aa{sv}"));

  for (gsize i = 0; cameras != NULL && i < g_variant_n_children (cameras); i++) {
    g_autoptr (GVariant) camera = g_variant_get_child_value (cameras, i);

    if (g_str_equal (tyto_dict_string (camera, "camera", ""), id))
      return g_steal_pointer (&camera);
  }
  return NULL;
}

static void
on_retention (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  const char *id = g_object_get_data (G_OBJECT (request), "camera-id");
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) camera = NULL;
  g_autoptr (GVariant) kept = NULL;
  g_autoptr (GVariant) retention
      = tyto_recorder_query_finish (TYTO_RECORDER (source), result, &error);

  if (retention != NULL)
    camera = tyto_recorder_get_camera (TYTO_RECORDER (source), id, &error);
  if (camera == NULL) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  g_variant_ref_sink (camera);
  kept = find_kept (retention, id);
  if (kept == NULL) /* it was added since it was asked */
    kept = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
  tyto_http_request_respond_json (request, SOUP_STATUS_OK, status_to_variant (camera, kept));
}

static void
respond_status (TytoHttpRequest *request, const char *id)
{
  g_object_set_data_full (G_OBJECT (request), "camera-id", g_strdup (id), g_free);
  tyto_recorder_describe_retention_async (tyto_http_request_get_recorder (request),
                                          tyto_http_request_get_cancellable (request), on_retention,
                                          g_object_ref (request));
}

static void
on_told (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) camera
      = tyto_recorder_camera_finish (TYTO_RECORDER (source), result, &error);

  if (camera == NULL)
    tyto_http_request_respond_error (request, error);
  else
    respond_status (request, tyto_dict_string (camera, "id", ""));
}

/* (transfer full) */
static char *
read_camera_id (TytoHttpRequest *request, GError **error)
{
  static const char *const known[] = { "camera_id", NULL };
  g_autoptr (GVariant) body = tyto_http_request_dup_body (request, error);
  g_autoptr (GVariant) member = NULL;
  g_autofree char *id = NULL;

  if (body == NULL || !tyto_dict_check_keys (body, known, error))
    return NULL;
  member = g_variant_lookup_value (body, "camera_id", NULL);
  if (member != NULL && g_variant_is_of_type (member, G_VARIANT_TYPE_INT64))
    id = g_strdup_printf ("%" G_GINT64_FORMAT, g_variant_get_int64 (member));
  else if (member != NULL && g_variant_is_of_type (member, G_VARIANT_TYPE_STRING))
    id = g_variant_dup_string (member, NULL);
  else {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Send {\"camera_id\": 1}.",
                    member == NULL ? "The member \"camera_id\" is missing"
                                   : "The member \"camera_id\" is no integer and no string");
    return NULL;
  }
  return tyto_id_check (id, error) ? g_steal_pointer (&id) : NULL;
}

static void
start_recording (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = read_camera_id (request, &error);

  if (id == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_recorder_start_camera_async (tyto_http_request_get_recorder (request), id,
                                      tyto_http_request_get_cancellable (request), on_told,
                                      g_object_ref (request));
}

static void
stop_recording (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *id = read_camera_id (request, &error);

  if (id == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_recorder_stop_camera_async (tyto_http_request_get_recorder (request), id,
                                     tyto_http_request_get_cancellable (request), on_told,
                                     g_object_ref (request));
}

static void
get_status (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = tyto_http_request_get_camera (request);

  if (id != NULL)
    respond_status (request, id);
}

static const TytoHttpRoute routes[] = {
  { "POST", "/api/recording/start/", start_recording, TYTO_HTTP_ROUTE_JSON },
  { "POST", "/api/recording/stop/", stop_recording, TYTO_HTTP_ROUTE_JSON },
  { "GET", "/api/recording/status/{camera_id}/", get_status },
};

void
tyto_http_recording_plan_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
