/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-sql.h"

#include "store/tyto-catalogue-job.h"

typedef struct {
  TytoSql *db; /* nullable: while closed; of the catalogue's thread only */
} TytoCatalogueSqlPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (TytoCatalogueSql, tyto_catalogue_sql, TYTO_TYPE_CATALOGUE)

static TytoCatalogueSqlPrivate *
get_private (TytoCatalogue *catalogue)
{
  return tyto_catalogue_sql_get_instance_private (TYTO_CATALOGUE_SQL (catalogue));
}

TytoSql *
tyto_catalogue_sql_get_db (TytoCatalogueSql *self)
{
  return get_private (TYTO_CATALOGUE (self))->db;
}

static gboolean
open_database (TytoCatalogue *catalogue, GError **error)
{
  TytoCatalogueSql *self = TYTO_CATALOGUE_SQL (catalogue);

  get_private (catalogue)->db = TYTO_CATALOGUE_SQL_GET_CLASS (self)->connect (self, error);
  return get_private (catalogue)->db != NULL;
}

static void
close_database (TytoCatalogue *catalogue)
{
  g_clear_pointer (&get_private (catalogue)->db, tyto_sql_close);
}

static gboolean
perform (TytoCatalogue *catalogue, TytoCatalogueJob *job, GError **error)
{
  return job->perform (job, get_private (catalogue)->db, error);
}

static gboolean
begin (TytoCatalogue *catalogue, GError **error)
{
  return tyto_sql_begin (get_private (catalogue)->db, error);
}

static gboolean
commit (TytoCatalogue *catalogue, GError **error)
{
  return tyto_sql_commit (get_private (catalogue)->db, error);
}

static gboolean
rollback (TytoCatalogue *catalogue)
{
  return tyto_sql_rollback (get_private (catalogue)->db);
}

static void
tyto_catalogue_sql_class_init (TytoCatalogueSqlClass *klass)
{
  TytoCatalogueClass *catalogue_class = TYTO_CATALOGUE_CLASS (klass);

  catalogue_class->open = open_database;
  catalogue_class->close = close_database;
  catalogue_class->perform = perform;
  catalogue_class->begin = begin;
  catalogue_class->commit = commit;
  catalogue_class->rollback = rollback;
}

static void
tyto_catalogue_sql_init (TytoCatalogueSql *self)
{
}
