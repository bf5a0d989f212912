/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-camera-verbs.h"

#include "api/http/tyto-http-request.h"
#include "base/tyto-error.h"

static void
on_done (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) camera
      = tyto_recorder_camera_finish (TYTO_RECORDER (source), result, &error);

  if (camera == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_http_request_respond_json (request, SOUP_STATUS_OK, camera);
}

static void
start_camera (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = tyto_http_request_get_camera (request);

  if (id != NULL)
    tyto_recorder_start_camera_async (tyto_http_request_get_recorder (request), id,
                                      tyto_http_request_get_cancellable (request), on_done,
                                      g_object_ref (request));
}

static void
stop_camera (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = tyto_http_request_get_camera (request);

  if (id != NULL)
    tyto_recorder_stop_camera_async (tyto_http_request_get_recorder (request), id,
                                     tyto_http_request_get_cancellable (request), on_done,
                                     g_object_ref (request));
}

static void
take_snapshot (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = tyto_http_request_get_camera (request);

  if (id != NULL)
    tyto_recorder_snapshot_async (tyto_http_request_get_recorder (request), id,
                                  tyto_http_request_get_cancellable (request), on_done,
                                  g_object_ref (request));
}

static void
on_pipeline (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  gboolean dot = g_strcmp0 (tyto_http_request_get_query (request, "format"), "dot") == 0;
  char *text = tyto_recorder_pipeline_finish (TYTO_RECORDER (source), result, &error);

  if (text == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_http_request_respond_text (request, SOUP_STATUS_OK,
                                    dot ? "text/vnd.graphviz" : "text/plain; charset=utf-8", text);
}

static void
get_pipeline (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = tyto_http_request_get_camera (request);
  const char *format = tyto_http_request_get_query (request, "format");
  g_autoptr (GError) error = NULL;

  if (id == NULL)
    return;
  if (format != NULL && !g_str_equal (format, "dot") && !g_str_equal (format, "launch")) {
    tyto_set_error (&error, TYTO_ERROR_INVALID_ARGUMENT, "Use launch (the default) or dot.",
                    "There is no format \"%s\" of a pipeline", format);
    tyto_http_request_respond_error (request, error);
    return;
  }
  tyto_recorder_pipeline_async (
      tyto_http_request_get_recorder (request), id, g_strcmp0 (format, "dot") == 0,
      tyto_http_request_get_cancellable (request), on_pipeline, g_object_ref (request));
}

static const TytoHttpRoute routes[] = {
  { "POST", "/api/v1/cameras/{id}/start", start_camera },
  { "POST", "/api/v1/cameras/{id}/stop", stop_camera },
  { "POST", "/api/v1/cameras/{id}/snapshot", take_snapshot },
  { "GET", "/api/v1/cameras/{id}/pipeline", get_pipeline, .query = "format" },
};

void
tyto_http_camera_verbs_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
