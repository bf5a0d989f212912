/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-postgresql.h"

#include "base/tyto-error.h"
#include "store/tyto-catalogue-job.h"
#include "store/tyto-catalogue-sqlite.h"
#include "store/tyto-sql-migration.h"
#include "store/tyto-sql-pg.h"

#include <string.h>

/* Connections beside the one that writes. */
#define MAX_READERS 3

struct _TytoCataloguePostgresql {
  TytoCatalogueSql parent_instance;

  char *uri;
  char *password; /* nullable */
  GCancellable *left;
  GAsyncQueue *readers; /* (element-type TytoSql): connections that nobody reads with now */
};

G_DEFINE_FINAL_TYPE (TytoCataloguePostgresql, tyto_catalogue_postgresql, TYTO_TYPE_CATALOGUE_SQL)

static TytoSql *
connect_database (TytoCatalogueSql *catalogue, GError **error)
{
  TytoCataloguePostgresql *self = TYTO_CATALOGUE_POSTGRESQL (catalogue);
  g_autoptr (TytoSql) db = tyto_sql_pg_open (self->uri, self->password, self->left, error);

  if (db == NULL || !tyto_sql_migrate (db, tyto_sql_pg_get_name (db), error))
    return NULL;
  return g_steal_pointer (&db);
}

static gboolean
recover (TytoCatalogue *catalogue)
{
  return tyto_sql_pg_recover (tyto_catalogue_sql_get_db (TYTO_CATALOGUE_SQL (catalogue)));
}

static TytoSql *
take_reader (TytoCataloguePostgresql *self, GError **error)
{
  TytoSql *db = g_async_queue_try_pop (self->readers);

  return db != NULL ? db : tyto_sql_pg_open (self->uri, self->password, self->left, error);
}

static gboolean
perform_aside (TytoCatalogue *catalogue, TytoCatalogueJob *job, GError **error)
{
  TytoCataloguePostgresql *self = TYTO_CATALOGUE_POSTGRESQL (catalogue);
  TytoSql *db = take_reader (self, error);
  gboolean success;

  if (db == NULL)
    return FALSE;
  success = job->perform (job, db, error);
  if (!success && tyto_sql_pg_recover (db)) {
    g_clear_error (error);
    tyto_catalogue_job_clear_result (job);
    success = job->perform (job, db, error);
  }
  g_async_queue_push (self->readers, db);
  return success;
}

static void
close_database (TytoCatalogue *catalogue)
{
  TytoCataloguePostgresql *self = TYTO_CATALOGUE_POSTGRESQL (catalogue);
  TytoSql *db;

  while ((db = g_async_queue_try_pop (self->readers)) != NULL)
    tyto_sql_close (db);
  TYTO_CATALOGUE_CLASS (tyto_catalogue_postgresql_parent_class)->close (catalogue);
}

static void
tyto_catalogue_postgresql_finalize (GObject *object)
{
  TytoCataloguePostgresql *self = TYTO_CATALOGUE_POSTGRESQL (object);

  g_free (self->uri);
  g_free (self->password);
  g_object_unref (self->left);
  g_async_queue_unref (self->readers);
  G_OBJECT_CLASS (tyto_catalogue_postgresql_parent_class)->finalize (object);
}

static void
tyto_catalogue_postgresql_class_init (TytoCataloguePostgresqlClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_catalogue_postgresql_finalize;
  TYTO_CATALOGUE_CLASS (klass)->recover = recover;
  TYTO_CATALOGUE_CLASS (klass)->perform_aside = perform_aside;
  TYTO_CATALOGUE_CLASS (klass)->max_readers = MAX_READERS;
  TYTO_CATALOGUE_CLASS (klass)->close = close_database;
  TYTO_CATALOGUE_SQL_CLASS (klass)->connect = connect_database;
}

static void
tyto_catalogue_postgresql_init (TytoCataloguePostgresql *self)
{
  self->left = g_cancellable_new ();
  self->readers = g_async_queue_new ();
}

TytoCatalogue *
tyto_catalogue_postgresql_new (const char *uri, const char *password)
{
  TytoCataloguePostgresql *self = g_object_new (TYTO_TYPE_CATALOGUE_POSTGRESQL, NULL);

  self->uri = g_strdup (uri);
  self->password = g_strdup (password);
  return TYTO_CATALOGUE (self);
}

void
tyto_catalogue_postgresql_leave (TytoCataloguePostgresql *self)
{
  g_cancellable_cancel (self->left);
}

TytoCatalogue *
tyto_catalogue_new_for_uri (const char *uri, const char *password, GError **error)
{
  g_autofree char *scheme = g_uri_parse_scheme (uri);
  g_autofree char *path = NULL;

  if (g_strcmp0 (scheme, "postgresql") == 0 || g_strcmp0 (scheme, "postgres") == 0)
    return tyto_catalogue_postgresql_new (uri, password);
  if (g_str_has_prefix (uri, "sqlite:///"))
    path = g_uri_unescape_string (uri + strlen ("sqlite://"), NULL);
  if (path != NULL)
    return tyto_catalogue_sqlite_new (path);
  /* Not the URI itself: it may hold a password. */
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "Give postgresql://USER@HOST/DATABASE or sqlite:///PATH.",
                  "The catalogue's URI is of neither kind.");
  return NULL;
}
