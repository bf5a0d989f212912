/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-check.h"

#include "api/http/tyto-http-request.h"
#include "base/tyto-error.h"
#include "base/tyto-json.h"

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
respond_begun (TytoHttpRequest *request, GVariant *report, const GError *error)
{
  if (report != NULL)
    tyto_http_request_set_header (request, "Location", "/api/v1/catalogue/check");
  respond (request, SOUP_STATUS_ACCEPTED, report, error);
}

static void
begin_check (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  TytoRecorder *recorder = tyto_http_request_get_recorder (request);

  respond_begun (request, tyto_recorder_begin_check (recorder, FALSE, &error), error);
}

/* What to make it from: "files" when nothing is said. NULL with @error. (transfer full) */
static char *
read_source (TytoHttpRequest *request, GError **error)
{
  SoupMessageBody *body
      = soup_server_message_get_request_body (tyto_http_request_get_message (request));
  g_autoptr (GVariant) dict = NULL;
  const char *source;

  if (body->length == 0)
    return g_strdup ("files");
  dict = tyto_http_request_dup_body (request, error);
  if (dict == NULL)
    return NULL;
  source = tyto_dict_string (dict, "source", "");
  if (g_variant_n_children (dict) == 1
      && (g_str_equal (source, "files") || g_str_equal (source, "bucket")))
    return g_strdup (source);
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Send {\"source\": \"bucket\"}, or nothing.",
                  "The source of a rebuild is \"files\" or \"bucket\"");
  return NULL;
}

static void
begin_rebuild (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *source = read_source (request, &error);
  TytoRecorder *recorder = tyto_http_request_get_recorder (request);
  GVariant *report = NULL;

  if (source != NULL)
    report = g_str_equal (source, "bucket") ? tyto_recorder_begin_bucket_rebuild (recorder, &error)
                                            : tyto_recorder_begin_check (recorder, TRUE, &error);
  respond_begun (request, report, error);
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
