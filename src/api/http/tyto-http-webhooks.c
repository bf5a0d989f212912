/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-webhooks.h"

#include "api/http/tyto-http-request.h"
#include "base/tyto-error.h"
#include "base/tyto-json.h"

static TytoWebhooks *
get_webhooks (TytoHttpRequest *request)
{
  return tyto_recorder_get_webhooks (tyto_http_request_get_recorder (request));
}

/* Takes @webhook; NULL: answers @error. */
static void
respond (TytoHttpRequest *request, guint status, GVariant *webhook, GError *error)
{
  g_autoptr (GVariant) held = webhook != NULL ? g_variant_take_ref (webhook) : NULL;

  if (held == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_http_request_respond_json (request, status, held);
}

/* What is answered once the settings are on the disk. */
typedef struct {
  TytoHttpRequest *request;
  guint status;
  GVariant *webhook; /* nullable: nothing to show */
} Change;

static void
on_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Change *change = data;
  g_autoptr (TytoHttpRequest) request = change->request;
  g_autoptr (GVariant) webhook = change->webhook;
  g_autoptr (GError) error = NULL;

  if (!tyto_settings_flush_finish (TYTO_SETTINGS (source), result, &error))
    tyto_http_request_respond_error (request, error);
  else if (webhook == NULL)
    tyto_http_request_respond_empty (request, change->status);
  else
    tyto_http_request_respond_json (request, change->status, webhook);
}

/* Takes @webhook. */
static void
respond_kept (TytoHttpRequest *request, guint status, GVariant *webhook)
{
  TytoRecorder *recorder = tyto_http_request_get_recorder (request);
  Change *change = g_new (Change, 1);

  change->request = g_object_ref (request);
  change->status = status;
  change->webhook = webhook != NULL ? g_variant_take_ref (webhook) : NULL;
  tyto_settings_flush_async (tyto_recorder_get_settings (recorder), NULL, on_kept, change);
}

static void
list_webhooks (TytoHttpRequest *request, gpointer user_data)
{
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&dict, "{sv}", "items", tyto_webhooks_list (get_webhooks (request)));
  tyto_http_request_respond_json (request, SOUP_STATUS_OK, g_variant_builder_end (&dict));
}

static void
add_webhook (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) body = tyto_http_request_dup_body (request, &error);
  GVariant *webhook
      = body != NULL ? tyto_webhooks_add (get_webhooks (request), body, &error) : NULL;

  if (webhook != NULL) {
    g_autofree char *location
        = g_strconcat ("/api/v1/webhooks/", tyto_dict_string (webhook, "id", ""), NULL);

    tyto_http_request_set_header (request, "Location", location);
  }
  if (webhook != NULL)
    respond_kept (request, SOUP_STATUS_CREATED, webhook);
  else
    tyto_http_request_respond_error (request, error);
}

static void
get_webhook (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  const char *id = tyto_http_request_get_capture (request, 0);
  GVariant *webhook = tyto_webhooks_get (get_webhooks (request), id, &error);

  respond (request, SOUP_STATUS_OK, webhook, error);
}

static void
patch_webhook (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  const char *id = tyto_http_request_get_capture (request, 0);
  g_autoptr (GVariant) body = tyto_http_request_dup_body (request, &error);
  GVariant *webhook
      = body != NULL ? tyto_webhooks_change (get_webhooks (request), id, body, &error) : NULL;

  if (webhook != NULL)
    respond_kept (request, SOUP_STATUS_OK, webhook);
  else
    tyto_http_request_respond_error (request, error);
}

static void
rotate_webhook (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  const char *id = tyto_http_request_get_capture (request, 0);
  GVariant *webhook = tyto_webhooks_rotate (get_webhooks (request), id, &error);

  if (webhook != NULL)
    respond_kept (request, SOUP_STATUS_OK, webhook);
  else
    tyto_http_request_respond_error (request, error);
}

static void
remove_webhook (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (tyto_webhooks_remove (get_webhooks (request), tyto_http_request_get_capture (request, 0),
                            &error))
    respond_kept (request, SOUP_STATUS_NO_CONTENT, NULL);
  else
    tyto_http_request_respond_error (request, error);
}

static void
on_tested (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  GVariant *outcome = tyto_webhooks_test_finish (TYTO_WEBHOOKS (source), result, &error);

  respond (request, SOUP_STATUS_OK, outcome, error);
}

static void
test_webhook (TytoHttpRequest *request, gpointer user_data)
{
  tyto_webhooks_test_async (get_webhooks (request), tyto_http_request_get_capture (request, 0),
                            tyto_http_request_get_cancellable (request), on_tested,
                            g_object_ref (request));
}

static const TytoHttpRoute routes[] = {
  { "GET", "/api/v1/webhooks", list_webhooks },
  { "POST", "/api/v1/webhooks", add_webhook, TYTO_HTTP_ROUTE_JSON },
  { "GET", "/api/v1/webhooks/{id}", get_webhook },
  { "PATCH", "/api/v1/webhooks/{id}", patch_webhook, TYTO_HTTP_ROUTE_PATCH },
  { "DELETE", "/api/v1/webhooks/{id}", remove_webhook },
  { "POST", "/api/v1/webhooks/{id}/rotate", rotate_webhook },
  { "POST", "/api/v1/webhooks/{id}/test", test_webhook },
};

void
tyto_http_webhooks_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
