/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-rest.c: any bytes as what a client sends: a JSON body and what is made of it, a byte range,
 * a path, a query, a time. */
#include "api/http/tyto-http-range.h"
#include "api/http/tyto-http-router.h"
#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "fuzz-target.h"
#include "recorder/cameras/tyto-camera-config.h"
#include "recorder/webhooks/tyto-webhook-config.h"

#include <string.h>

#define FILE_SIZE 1000

static void
answer (TytoHttpRequest *request, gpointer user_data)
{
}

static const TytoHttpRoute routes[] = {
  { "GET", "/api/v1/cameras/", answer },
  { "PATCH", "/api/v1/cameras/{id}", answer, TYTO_HTTP_ROUTE_PATCH },
  { "GET", "/api/v1/cameras/{id}/segments", answer, 0, "from,to,cursor" },
  { "GET", "/api/v1/segments/{id}/media", answer },
};

/* An `@` in the path is fine; in the authority it ends user and password (RFC 3986, 3.2.1). */
static void
assert_no_credentials (const char *url)
{
  const char *authority = strstr (url, "://");

  if (authority != NULL)
    g_assert_null (memchr (authority + 3, '@', strcspn (authority + 3, "/?#")));
}

/* What is accepted can be written, and read again as the same. */
static void
try_body (const char *text, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) dict = tyto_json_to_variant (text, (gssize) size, &error);
  g_autoptr (TytoCameraConfig) camera = tyto_camera_config_new ("door");
  g_autoptr (TytoWebhookConfig) webhook = tyto_webhook_config_new ("hook");
  g_autofree char *json = NULL;
  g_autoptr (GVariant) again = NULL;

  if (dict == NULL) {
    g_assert_cmpint (error->code, ==, TYTO_ERROR_INVALID_ARGUMENT);
    return;
  }
  json = tyto_json_from_variant (dict, FALSE);
  again = tyto_json_to_variant (json, -1, &error);
  g_assert_no_error (error);
  g_assert_true (g_variant_is_of_type (again, G_VARIANT_TYPE_VARDICT));
  if (tyto_camera_config_apply (camera, dict, NULL)) {
    g_autoptr (GVariant) shown = g_variant_ref_sink (tyto_camera_config_to_variant (camera));
    g_autofree char *told = tyto_json_from_variant (shown, TRUE);

    assert_no_credentials (camera->url);
    assert_no_credentials (camera->sub_url);
    g_assert_nonnull (told);
  }
  tyto_webhook_config_apply (webhook, dict, NULL);
}

static void
try_header (const char *text)
{
  g_autoptr (GError) error = NULL;
  guint64 first, last;
  gint64 time;

  if (tyto_http_range_parse (text, FILE_SIZE, &first, &last) == TYTO_HTTP_RANGE_PART)
    g_assert_true (first <= last && last < FILE_SIZE);
  if (!tyto_time_parse (text, &time, &error))
    g_assert_cmpint (error->code, ==, TYTO_ERROR_INVALID_ARGUMENT);
  tyto_id_is_valid (text);
}

static void
try_path (const char *text)
{
  g_autoptr (TytoHttpRouter) router = tyto_http_router_new ();
  const char *methods[] = { "GET", "HEAD", "PATCH", "DELETE" };

  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++) {
    g_auto (TytoHttpMatch) match = { 0 };
    g_autofree char *allow = NULL;
    g_autoptr (GError) error = NULL;

    if (tyto_http_router_match (router, methods[i], text, &match, &allow, &error))
      g_assert_nonnull (match.route);
    else
      g_assert_nonnull (error);
  }
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  fuzz_target_be_silent ();
  return 0;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);

  try_body ((const char *) data, size);
  try_header (text);
  if (g_utf8_validate (text, -1, NULL))
    try_path (text);
  return 0;
}
