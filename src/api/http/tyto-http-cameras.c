/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-cameras.h"

#include "api/http/tyto-http-request.h"
#include "base/tyto-error.h"
#include "base/tyto-json.h"

/* The members that make up a camera's settings, as the API shows them. */
static const char *const settings_keys[] = { "id",
                                             "name",
                                             "url",
                                             "sub_url",
                                             "user",
                                             "has_password",
                                             "transport",
                                             "enabled",
                                             "audio",
                                             "segment_seconds",
                                             "format",
                                             "path_template",
                                             "owner",
                                             "plan",
                                             "retention_days",
                                             "retention_mib",
                                             NULL };

static char *
camera_etag (GVariant *camera)
{
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) settings = NULL;
  g_autofree char *text = NULL;
  g_autofree char *sum = NULL;

  for (guint i = 0; settings_keys[i] != NULL; i++) {
    g_autoptr (GVariant) value = g_variant_lookup_value (camera, settings_keys[i], NULL);

    if (value != NULL)
      g_variant_builder_add (&dict, "{sv}", settings_keys[i], value);
  }
  settings = g_variant_ref_sink (g_variant_builder_end (&dict));
  text = tyto_json_from_variant (settings, FALSE);
  sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  return g_strdup_printf ("\"%.16s\"", sum);
}

static void
respond_camera (TytoHttpRequest *request, guint status, GVariant *camera)
{
  g_autofree char *etag = camera_etag (camera);

  tyto_http_request_set_header (request, "ETag", etag);
  tyto_http_request_respond_json (request, status, camera);
}

/* Whether the request's If-Match and If-None-Match hold; else 412 is answered. @camera: (nullable)
 */
static gboolean
check_conditions (TytoHttpRequest *request, GVariant *camera)
{
  const char *match = tyto_http_request_get_header (request, "If-Match");
  const char *none = tyto_http_request_get_header (request, "If-None-Match");
  g_autofree char *etag = camera != NULL ? camera_etag (camera) : NULL;

  if ((match == NULL || (etag != NULL && (g_str_equal (match, "*") || g_str_equal (match, etag))))
      && (none == NULL || etag == NULL || !(g_str_equal (none, "*") || g_str_equal (none, etag))))
    return TRUE;
  tyto_http_request_respond_problem (
      request, SOUP_STATUS_PRECONDITION_FAILED, "precondition-failed",
      "The resource is not as the request expects it",
      "The camera's settings have another ETag than If-Match or If-None-Match ask for",
      "Read the camera again and repeat the change on what it is now.");
  return FALSE;
}

static void
on_camera (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) camera
      = tyto_recorder_camera_finish (TYTO_RECORDER (source), result, &error);

  if (camera == NULL)
    tyto_http_request_respond_error (request, error);
  else
    respond_camera (request, SOUP_STATUS_OK, camera);
}

static void
on_added (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *location = NULL;
  g_autoptr (GVariant) camera
      = tyto_recorder_camera_finish (TYTO_RECORDER (source), result, &error);

  if (camera == NULL) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  location = g_strconcat ("/api/v1/cameras/", tyto_dict_string (camera, "id", ""), NULL);
  tyto_http_request_set_header (request, "Location", location);
  respond_camera (request, SOUP_STATUS_CREATED, camera);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) camera
      = tyto_recorder_camera_finish (TYTO_RECORDER (source), result, &error);

  if (camera == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_http_request_respond_empty (request, SOUP_STATUS_NO_CONTENT);
}

/* As text at once: as an a{sv} for all, hundreds of cameras take ten times as long. */
static void
list_cameras (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GPtrArray) cameras
      = tyto_recorder_get_cameras (tyto_http_request_get_recorder (request));
  GString *text = g_string_new ("{\"items\":[");
  TytoMembers members = { .json = text };

  for (guint i = 0; i < cameras->len; i++) {
    g_string_append (text, i > 0 ? ",{" : "{");
    tyto_camera_describe (g_ptr_array_index (cameras, i), &members);
    g_string_append_c (text, '}');
  }
  g_string_append (text, "]}");
  tyto_http_request_respond_json_text (request, SOUP_STATUS_OK, g_string_free (text, FALSE));
}

static void
add_camera (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) body = tyto_http_request_dup_body (request, &error);

  if (body == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_recorder_add_camera_async (tyto_http_request_get_recorder (request), body,
                                    tyto_http_request_get_cancellable (request), on_added,
                                    g_object_ref (request));
}

/* The camera asked for, for a request that can change it, or NULL; @missing_ok: no 404 then. */
static gboolean
find_camera (TytoHttpRequest *request, gboolean missing_ok, const char **id, GVariant **camera)
{
  g_autoptr (GError) error = NULL;

  *camera = NULL;
  *id = tyto_http_request_get_camera (request);
  if (*id == NULL)
    return FALSE;
  *camera = tyto_recorder_get_camera (tyto_http_request_get_recorder (request), *id, &error);
  if (*camera != NULL)
    g_variant_ref_sink (*camera);
  else if (!missing_ok || !g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    tyto_http_request_respond_error (request, error);
    return FALSE;
  }
  return TRUE;
}

static void
get_camera (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GVariant) camera = NULL;
  const char *id;

  if (find_camera (request, FALSE, &id, &camera))
    respond_camera (request, SOUP_STATUS_OK, camera);
}

static gboolean
is_null (GVariant *value)
{
  return g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE) && g_variant_n_children (value) == 0;
}

/* What a member is when it was never set: so a merge patch's null (RFC 7396) and what a PUT leaves
 * out get there. "url" has no such value: it must be given. */
static GVariant *
default_settings (const char *id)
{
  g_autoptr (TytoCameraConfig) config = tyto_camera_config_new (id);

  return g_variant_ref_sink (tyto_camera_config_to_variant (config));
}

static GVariant *
default_value (GVariant *defaults, const char *key)
{
  if (g_str_equal (key, "password"))
    return g_variant_ref_sink (g_variant_new_string (""));
  return g_variant_lookup_value (defaults, key, NULL);
}

/* The changes that @body asks for: without the id, which must be @id, and its nulls made defaults.
 */
static gboolean
add_changes (GVariantBuilder *changes, const char *id, GVariant *defaults, GVariant *body,
             GError **error)
{
  GVariantIter iter;
  const char *key;
  GVariant *member;

  g_variant_iter_init (&iter, body);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &member)) {
    g_autoptr (GVariant) value = member;
    g_autoptr (GVariant) fallback = is_null (value) ? default_value (defaults, key) : NULL;

    if (g_str_equal (key, "id")) {
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING)
          && g_str_equal (g_variant_get_string (value, NULL), id))
        continue;
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                      "Add a camera with the new id and remove this one.",
                      "A camera's id cannot change");
      return FALSE;
    }
    if (is_null (value) && (fallback == NULL || g_str_equal (key, "url"))) {
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Leave it out or give it a value.",
                      "The member \"%s\" cannot be null", key);
      return FALSE;
    }
    g_variant_builder_add (changes, "{sv}", key, fallback != NULL ? fallback : value);
  }
  return TRUE;
}

static void
patch_camera (TytoHttpRequest *request, gpointer user_data)
{
  g_auto (GVariantBuilder) changes = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) camera = NULL;
  g_autoptr (GVariant) body = NULL;
  g_autoptr (GVariant) defaults = NULL;
  g_autoptr (GVariant) dict = NULL;
  g_autoptr (GError) error = NULL;
  const char *id;

  if (!find_camera (request, FALSE, &id, &camera) || !check_conditions (request, camera))
    return;
  defaults = default_settings (id);
  body = tyto_http_request_dup_body (request, &error);
  if (body == NULL || !add_changes (&changes, id, defaults, body, &error)) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  dict = g_variant_ref_sink (g_variant_builder_end (&changes));
  tyto_recorder_change_camera_async (tyto_http_request_get_recorder (request), id, dict,
                                     tyto_http_request_get_cancellable (request), on_camera,
                                     g_object_ref (request));
}

/* Adds what @body does not have to @dict: a replacement keeps nothing of what was, not even the
 * password. */
static void
add_defaults (GVariantBuilder *dict, GVariant *defaults, GVariant *body)
{
  g_autoptr (GVariant) password = g_variant_lookup_value (body, "password", NULL);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, defaults);
  while (g_variant_iter_next (&iter, "{&sv}", &key, &value)) {
    g_autoptr (GVariant) owned = value;
    g_autoptr (GVariant) given = g_variant_lookup_value (body, key, NULL);

    if (given == NULL && !g_str_equal (key, "id") && !g_str_equal (key, "has_password")
        && !g_str_equal (key, "url"))
      g_variant_builder_add (dict, "{sv}", key, owned);
  }
  if (password == NULL)
    g_variant_builder_add (dict, "{sv}", "password", g_variant_new_string (""));
}

static void
replace_camera (TytoHttpRequest *request, const char *id, gboolean exists, GVariant *body)
{
  g_auto (GVariantBuilder) dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) defaults = default_settings (id);
  g_autoptr (GVariant) url = g_variant_lookup_value (body, "url", NULL);
  g_autoptr (GVariant) settings = NULL;
  g_autoptr (GError) error = NULL;

  if (url == NULL)
    tyto_set_error (&error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Give all of the camera, or use PATCH to change a part.",
                    "The member \"url\" is missing");
  if (error != NULL || !add_changes (&dict, id, defaults, body, &error)) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  add_defaults (&dict, defaults, body);
  if (!exists)
    g_variant_builder_add (&dict, "{sv}", "id", g_variant_new_string (id));
  settings = g_variant_ref_sink (g_variant_builder_end (&dict));
  if (exists)
    tyto_recorder_change_camera_async (tyto_http_request_get_recorder (request), id, settings,
                                       tyto_http_request_get_cancellable (request), on_camera,
                                       g_object_ref (request));
  else
    tyto_recorder_add_camera_async (tyto_http_request_get_recorder (request), settings,
                                    tyto_http_request_get_cancellable (request), on_added,
                                    g_object_ref (request));
}

static void
put_camera (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GVariant) camera = NULL;
  g_autoptr (GVariant) body = NULL;
  g_autoptr (GError) error = NULL;
  const char *id;

  if (!find_camera (request, TRUE, &id, &camera) || !check_conditions (request, camera))
    return;
  body = tyto_http_request_dup_body (request, &error);
  if (body == NULL)
    tyto_http_request_respond_error (request, error);
  else
    replace_camera (request, id, camera != NULL, body);
}

static void
remove_camera (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GVariant) camera = NULL;
  const char *id;

  if (find_camera (request, FALSE, &id, &camera) && check_conditions (request, camera))
    tyto_recorder_remove_camera_async (tyto_http_request_get_recorder (request), id,
                                       tyto_http_request_get_cancellable (request), on_removed,
                                       g_object_ref (request));
}

static const TytoHttpRoute routes[] = {
  { "GET", "/api/v1/cameras", list_cameras },
  { "POST", "/api/v1/cameras", add_camera, TYTO_HTTP_ROUTE_JSON },
  { "GET", "/api/v1/cameras/{id}", get_camera },
  { "PUT", "/api/v1/cameras/{id}", put_camera, TYTO_HTTP_ROUTE_JSON },
  { "PATCH", "/api/v1/cameras/{id}", patch_camera, TYTO_HTTP_ROUTE_PATCH },
  { "DELETE", "/api/v1/cameras/{id}", remove_camera },
};

void
tyto_http_cameras_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
