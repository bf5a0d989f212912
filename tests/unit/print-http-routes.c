/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Prints "METHOD PATTERN" of every route, for the comparison with data/openapi.yaml. */
#include "api/http/tyto-http-server.h"
#include "store/tyto-catalogue-sqlite.h"

#include <glib/gstdio.h>

int
main (int argc, char **argv)
{
  g_autofree char *directory = g_dir_make_tmp (NULL, NULL);
  g_autofree char *file = g_build_filename (directory, "tyto.conf", NULL);
  g_autofree char *database = g_build_filename (directory, "catalogue.db", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSettings) settings = tyto_settings_new (file, directory, &error);
  g_autoptr (TytoCatalogue) catalogue = tyto_catalogue_sqlite_new (database);
  g_autoptr (TytoRecorder) recorder = NULL;
  g_autoptr (TytoHttpServer) server = NULL;
  g_autoptr (GPtrArray) routes = NULL;

  if (settings == NULL)
    g_error ("%s", error->message);
  recorder = tyto_recorder_new (settings, catalogue, "/bin/false", directory);
  server = tyto_http_server_new (recorder);
  routes = tyto_http_router_list (tyto_http_server_get_router (server));
  for (guint i = 0; i < routes->len; i++) {
    const TytoHttpRoute *route = routes->pdata[i];

    g_print ("%s %s %s\n", route->method, route->pattern,
             route->query != NULL ? route->query : "-");
  }
  g_remove (file);
  g_rmdir (directory);
  return 0;
}
