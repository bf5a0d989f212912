/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-sqlite.h"

#include "store/tyto-sql-migration.h"
#include "store/tyto-sql-sqlite.h"

struct _TytoCatalogueSqlite {
  TytoCatalogueSql parent_instance;

  char *path;
};

G_DEFINE_FINAL_TYPE (TytoCatalogueSqlite, tyto_catalogue_sqlite, TYTO_TYPE_CATALOGUE_SQL)

static TytoSql *
connect_database (TytoCatalogueSql *catalogue, GError **error)
{
  TytoCatalogueSqlite *self = TYTO_CATALOGUE_SQLITE (catalogue);
  g_autoptr (TytoSql) db = tyto_sql_sqlite_open (self->path, error);

  if (db == NULL || !tyto_sql_migrate (db, self->path, error))
    return NULL;
  return g_steal_pointer (&db);
}

static void
tyto_catalogue_sqlite_finalize (GObject *object)
{
  TytoCatalogueSqlite *self = TYTO_CATALOGUE_SQLITE (object);

  g_free (self->path);
  G_OBJECT_CLASS (tyto_catalogue_sqlite_parent_class)->finalize (object);
}

static void
tyto_catalogue_sqlite_class_init (TytoCatalogueSqliteClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_catalogue_sqlite_finalize;
  TYTO_CATALOGUE_SQL_CLASS (klass)->connect = connect_database;
}

static void
tyto_catalogue_sqlite_init (TytoCatalogueSqlite *self)
{
}

TytoCatalogue *
tyto_catalogue_sqlite_new (const char *path)
{
  TytoCatalogueSqlite *self = g_object_new (TYTO_TYPE_CATALOGUE_SQLITE, NULL);

  self->path = g_strdup (path);
  return TYTO_CATALOGUE (self);
}
