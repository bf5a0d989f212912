/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The suite over SQLite; what only SQLite can get wrong is in test-catalogue-sqlite-*.c. */
#include "store/tyto-catalogue-sqlite.h"
#include "test-catalogue-suite.h"

static TytoCatalogue *
create (gpointer data, const char *storage)
{
  g_autofree char *path = g_build_filename (storage, "catalogue.db", NULL);

  return tyto_catalogue_sqlite_new (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  catalogue_suite_add ("/catalogue/sqlite", create, NULL);
  return g_test_run ();
}
