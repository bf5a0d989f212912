/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-pg.h"

#include "base/tyto-error.h"
#include "store/tyto-pg-link.h"
#include "store/tyto-sql-driver.h"

#include <string.h>

/* Statements on their way at once; libpq keeps their answers until they are read. */
#define MAX_PENDING 256

/* How long after a connection that failed the next is tried. */
#define HOLD_OFF_US (G_USEC_PER_SEC / 2)

/* Built-in types' OIDs (pg_type.dat), which never change. */
#define INT8_OID 20
#define TEXT_OID 25

typedef struct {
  TytoSql parent;
  TytoPgLink *link;
  GHashTable *statements; /* (element-type utf8 utf8): SQL → its name at the server */
  guint n_prepared;
  guint n_pending;     /* results to read before the next sync */
  GPtrArray *unsure;   /* (element-type utf8): SQL prepared since the last sync */
  gboolean is_passing; /* the last failure */
  gint64 failed_us;    /* when connecting failed (monotonic); 0: it did not */
} Connection;

static const TytoSqlDriver driver;

/* ?1 becomes $1, but in quotes. (transfer full) */
static char *
translate (const char *sql)
{
  GString *text = g_string_sized_new (strlen (sql));
  gboolean quoted = FALSE;

  for (; *sql != '\0'; sql++) {
    if (*sql == '\'')
      quoted = !quoted;
    g_string_append_c (text, *sql == '?' && !quoted ? '$' : *sql);
  }
  return g_string_free (text, FALSE);
}

/* FALSE when libpq takes nothing more: the link is lost. */
static gboolean
prepare (Connection *self, const TytoSqlCall *call, const char **name)
{
  g_autofree char *text = NULL;
  g_autofree char *fresh = NULL;
  Oid types[TYTO_SQL_MAX_VALUES];

  *name = g_hash_table_lookup (self->statements, call->sql);
  if (*name != NULL)
    return TRUE;

  text = translate (call->sql);
  fresh = g_strdup_printf ("tyto%u", ++self->n_prepared);
  for (guint i = 0; i < call->n_values; i++)
    types[i] = call->values[i].type == 's' ? TEXT_OID : INT8_OID;
  if (!PQsendPrepare (tyto_pg_link_get (self->link), fresh, text, (int) call->n_values, types))
    return FALSE;
  self->n_pending++;
  g_ptr_array_add (self->unsure, g_strdup (call->sql));
  *name = fresh;
  g_hash_table_insert (self->statements, g_strdup (call->sql), g_steal_pointer (&fresh));
  return TRUE;
}

static gboolean
try_to_send (Connection *self, const TytoSqlCall *call)
{
  const char *values[TYTO_SQL_MAX_VALUES] = { NULL };
  char numbers[TYTO_SQL_MAX_VALUES][24];
  const char *name;

  for (guint i = 0; i < call->n_values; i++) {
    const TytoSqlValue *value = &call->values[i];

    if (value->is_null)
      continue;
    if (value->type == 's') {
      values[i] = value->text;
    } else {
      g_snprintf (numbers[i], sizeof numbers[i], "%" G_GINT64_FORMAT, value->integer);
      values[i] = numbers[i];
    }
  }
  if (!prepare (self, call, &name)
      || !PQsendQueryPrepared (tyto_pg_link_get (self->link), name, (int) call->n_values, values,
                               NULL, NULL, 0))
    return FALSE;
  self->n_pending++;
  return TRUE;
}

static void
fail (Connection *self, const PGresult *result, GError **error)
{
  self->is_passing = result == NULL || tyto_pg_link_is_passing (result);
  tyto_pg_link_set_error (self->link, result, error);
}

/* Nothing of the old connection holds any more. */
static void
forget_link (Connection *self)
{
  g_hash_table_remove_all (self->statements);
  g_ptr_array_set_size (self->unsure, 0);
  self->n_pending = 0;
}

/* FALSE when libpq takes nothing more: such a connection never comes back. */
static gboolean
send_call (Connection *self, const TytoSqlCall *call)
{
  if (try_to_send (self, call))
    return TRUE;
  tyto_pg_link_drop (self->link);
  forget_link (self);
  return FALSE;
}

static void
forget_unsure (Connection *self, gboolean are_prepared)
{
  for (guint i = 0; i < self->unsure->len && !are_prepared; i++)
    g_hash_table_remove (self->statements, self->unsure->pdata[i]);
  g_ptr_array_set_size (self->unsure, 0);
}

/* Reads all answers up to the sync. @last: (out) (optional): the last statement's. FALSE when any
 * failed. */
static gboolean
read_answers (Connection *self, PGresult **last, GError **error)
{
  guint index = 0;
  gboolean success = TRUE;

  for (;;) {
    PGresult *result = tyto_pg_link_get_result (self->link);
    ExecStatusType status;

    if (result == NULL && tyto_pg_link_get (self->link) == NULL) {
      if (success)
        fail (self, NULL, error);
      forget_link (self);
      return FALSE;
    }
    if (result == NULL) { /* the end of one statement's */
      index++;
      continue;
    }
    status = PQresultStatus (result);
    if (status == PGRES_PIPELINE_SYNC) {
      PQclear (result);
      break;
    }
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && success) {
      fail (self, result, error);
      success = FALSE;
    }
    if (success && last != NULL && index + 1 == self->n_pending)
      *last = g_steal_pointer (&result);
    PQclear (result);
  }
  forget_unsure (self, success);
  self->n_pending = 0;
  return success;
}

static gboolean
sync_pipeline (Connection *self, PGresult **last, GError **error)
{
  PGconn *connection = tyto_pg_link_get (self->link);

  if (connection == NULL || !PQpipelineSync (connection)) {
    fail (self, NULL, error);
    forget_link (self);
    return FALSE;
  }
  return read_answers (self, last, error);
}

static gboolean
ensure_link (Connection *self, GError **error)
{
  if (tyto_pg_link_get (self->link) != NULL)
    return TRUE;
  forget_link (self);
  self->is_passing = TRUE;
  /* Of many calls that wait, each would wait for the same server anew. */
  if (self->failed_us > 0 && g_get_monotonic_time () < self->failed_us + HOLD_OFF_US) {
    tyto_pg_link_set_error (self->link, NULL, error);
    return FALSE;
  }
  if (tyto_pg_link_connect (self->link, error)) {
    self->failed_us = 0;
    self->is_passing = FALSE;
    return TRUE;
  }
  self->failed_us = g_get_monotonic_time ();
  return FALSE;
}

static void
read_rows (const TytoSqlCall *call, PGresult *result)
{
  TytoSqlRow row = { &driver, result, 0 };

  for (row.index = 0; call->each != NULL && row.index < PQntuples (result); row.index++)
    call->each (&row, call->data);
  if (call->n_changed != NULL)
    *call->n_changed = g_ascii_strtoll (PQcmdTuples (result), NULL, 10);
}

static gboolean
execute (TytoSql *sql, const TytoSqlCall *call, GError **error)
{
  Connection *self = (Connection *) sql;
  gboolean deferrable = sql->depth > 0 && call->each == NULL && call->n_changed == NULL;
  PGresult *result = NULL;

  if (sql->depth == 0 && !ensure_link (self, error))
    return FALSE;
  if (tyto_pg_link_get (self->link) == NULL || !send_call (self, call)) {
    fail (self, NULL, error);
    return FALSE;
  }
  if (deferrable && self->n_pending < MAX_PENDING)
    return TRUE;
  if (!sync_pipeline (self, &result, error))
    return FALSE;
  read_rows (call, result);
  PQclear (result);
  return TRUE;
}

static gboolean
run_script (TytoSql *sql, const char *script, GError **error)
{
  Connection *self = (Connection *) sql;

  if (self->n_pending > 0 && !sync_pipeline (self, NULL, error))
    return FALSE;
  if (sql->depth == 0 && tyto_pg_link_get (self->link) == NULL && !ensure_link (self, error))
    return FALSE;
  return tyto_pg_link_script (self->link, script, error);
}

static gboolean
begin (TytoSql *sql, GError **error)
{
  static const TytoSqlCall call = { .sql = "BEGIN" };
  Connection *self = (Connection *) sql;

  if (sql->depth == 0) {
    if (!ensure_link (self, error))
      return FALSE;
    if (!send_call (self, &call)) {
      fail (self, NULL, error);
      return FALSE;
    }
  }
  sql->depth++;
  return TRUE;
}

static gboolean
rollback (TytoSql *sql)
{
  static const TytoSqlCall call = { .sql = "ROLLBACK" };
  Connection *self = (Connection *) sql;
  gboolean is_inner = sql->depth == 2;

  if (sql->depth > 0 && tyto_pg_link_get (self->link) != NULL) {
    gboolean was_passing = self->is_passing;

    /* What is on its way fails, or is undone. */
    if (self->n_pending > 0)
      sync_pipeline (self, NULL, NULL);
    if (tyto_pg_link_get (self->link) != NULL && send_call (self, &call))
      sync_pipeline (self, NULL, NULL);
    self->is_passing = was_passing;
  }
  sql->depth = 0;
  return !is_inner;
}

static gboolean
commit (TytoSql *sql, GError **error)
{
  static const TytoSqlCall call = { .sql = "COMMIT" };
  Connection *self = (Connection *) sql;
  g_autofree char *tag = NULL;
  PGresult *result = NULL;

  if (sql->depth == 2) {
    sql->depth = 1;
    return TRUE;
  }
  if (tyto_pg_link_get (self->link) == NULL || !send_call (self, &call)) {
    fail (self, NULL, error);
    rollback (sql);
    return FALSE;
  }
  if (!sync_pipeline (self, &result, error)) {
    rollback (sql);
    return FALSE;
  }
  tag = g_strdup (PQcmdStatus (result));
  PQclear (result);
  sql->depth = 0;
  /* The answer to a COMMIT of a transaction in which something had failed. */
  if (strcmp (tag, "ROLLBACK") == 0) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, NULL, "The database %s has undone it all.",
                    tyto_pg_link_get_name (self->link));
    return FALSE;
  }
  return TRUE;
}

static void
close_connection (TytoSql *sql)
{
  Connection *self = (Connection *) sql;

  tyto_pg_link_free (self->link);
  g_hash_table_unref (self->statements);
  g_ptr_array_unref (self->unsure);
  g_free (self);
}

static gboolean
is_null (const TytoSqlRow *row, int column)
{
  return PQgetisnull (row->native, row->index, column);
}

static gint64
get_integer (const TytoSqlRow *row, int column)
{
  return g_ascii_strtoll (PQgetvalue (row->native, row->index, column), NULL, 10);
}

static const char *
get_text (const TytoSqlRow *row, int column)
{
  return is_null (row, column) ? NULL : PQgetvalue (row->native, row->index, column);
}

static const TytoSqlDriver driver = {
  .dialect = TYTO_SQL_POSTGRESQL,
  .execute = execute,
  .script = run_script,
  .begin = begin,
  .commit = commit,
  .rollback = rollback,
  .close = close_connection,
  .is_null = is_null,
  .integer = get_integer,
  .text = get_text,
};

TytoSql *
tyto_sql_pg_open (const char *uri, const char *password, GCancellable *cancellable, GError **error)
{
  TytoPgLink *link = tyto_pg_link_new (uri, password, cancellable, error);
  g_autoptr (TytoSql) sql = NULL;
  Connection *self;

  if (link == NULL)
    return NULL;
  self = g_new0 (Connection, 1);
  sql = &self->parent;
  sql->driver = &driver;
  self->link = link;
  self->statements = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->unsure = g_ptr_array_new_with_free_func (g_free);
  return ensure_link (self, error) ? g_steal_pointer (&sql) : NULL;
}

gboolean
tyto_sql_pg_recover (TytoSql *sql)
{
  Connection *self = (Connection *) sql;

  if (!self->is_passing)
    return FALSE;
  self->is_passing = FALSE;
  return ensure_link (self, NULL);
}

const char *
tyto_sql_pg_get_name (TytoSql *sql)
{
  return tyto_pg_link_get_name (((Connection *) sql)->link);
}
