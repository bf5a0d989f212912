/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The suite over PostgreSQL: the server of TYTO_TEST_POSTGRESQL (tests/tools/postgresql.py), a
 * schema for each case. */
#include "store/tyto-catalogue-postgresql.h"
#include "test-catalogue-suite.h"

#include <string.h>

static TytoCatalogue *
create (gpointer server, const char *storage)
{
  g_autofree char *name = g_path_get_basename (storage);
  g_autofree char *uri = g_strdup_printf ("%s&options=-ctyto.schema%%3Dtest_%s", (char *) server,
                                          name + strspn (name, "."));

  return tyto_catalogue_postgresql_new (uri, NULL);
}

int
main (int argc, char **argv)
{
  const char *server = g_getenv ("TYTO_TEST_POSTGRESQL");

  g_test_init (&argc, &argv, NULL);
  if (server == NULL)
    g_error ("Run it by tests/tools/postgresql.py.");
  catalogue_suite_add ("/catalogue/postgresql", create, (gpointer) server);
  return g_test_run ();
}
