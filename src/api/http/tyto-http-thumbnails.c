/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-thumbnails.h"

#include "api/http/tyto-http-file.h"
#include "base/tyto-json.h"

static void
on_thumbnail (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) status = NULL;
  g_autoptr (GVariant) thumbnail
      = tyto_recorder_query_finish (TYTO_RECORDER (source), result, &error);

  if (thumbnail == NULL) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  status = g_variant_ref_sink (tyto_recorder_status (TYTO_RECORDER (source)));
  tyto_http_file_send (request, tyto_dict_string (status, "output_dir", ""),
                       tyto_dict_string (thumbnail, "path", ""), "image/jpeg", NULL);
}

static void
get_thumbnail (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = tyto_http_request_get_camera (request);

  if (id != NULL)
    tyto_recorder_latest_thumbnail_async (tyto_http_request_get_recorder (request), id,
                                          tyto_http_request_get_cancellable (request), on_thumbnail,
                                          g_object_ref (request));
}

static const TytoHttpRoute routes[] = {
  { "GET", "/api/v1/cameras/{id}/thumbnail", get_thumbnail },
};

void
tyto_http_thumbnails_add_routes (TytoHttpRouter *router)
{
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), NULL);
}
