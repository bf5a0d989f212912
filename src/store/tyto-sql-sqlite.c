/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-sqlite.h"

#include "base/tyto-error.h"
#include "store/tyto-sql-driver.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <unistd.h>

/* How long another process (tytoctl, an element with its own dsn) may hold the database. */
#define BUSY_TIMEOUT_MS 5000

typedef struct {
  TytoSql parent;
  sqlite3 *db;
  char *path;
  GHashTable *statements; /* (element-type utf8 sqlite3_stmt) */
} Connection;

static const char *
hint_for (int code)
{
  switch (code & 0xff) {
  case SQLITE_FULL:
    return "Free some disk space; nothing needs to be restarted.";
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return "Stop Tyto and move the file (with its -wal and -shm) aside; Tyto then starts an empty "
           "catalogue. The recordings themselves are not touched.";
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_AUTH:
  case SQLITE_CANTOPEN:
    return "See that the user Tyto runs as may write the file and its directory.";
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return "Another program holds the database; end it or wait for it.";
  case SQLITE_IOERR:
    return "Look for errors of the disk in the kernel's log.";
  default:
    return NULL;
  }
}

static void
set_error (Connection *self, GError **error)
{
  int code = sqlite3_extended_errcode (self->db);
  int system_errno = sqlite3_system_errno (self->db);
  gboolean os_failed = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;

  if (os_failed && (system_errno == ENOSPC || system_errno == EDQUOT || system_errno == EFBIG))
    code = SQLITE_FULL;
  if (os_failed && system_errno != 0)
    tyto_set_error (error, TYTO_ERROR_STORAGE, hint_for (code), "The catalogue %s: %s (%s).",
                    self->path, sqlite3_errmsg (self->db), g_strerror (system_errno));
  else
    tyto_set_error (error, TYTO_ERROR_STORAGE, hint_for (code), "The catalogue %s: %s.", self->path,
                    sqlite3_errmsg (self->db));
}

/* SQLite would make it readable for all. Only where it is missing: closing a file that is open in
 * this process would drop its POSIX locks. */
static gboolean
create_file (const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = -1;

  if (g_mkdir_with_parents (directory, 0700) == 0)
    fd = g_open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0 && errno != EEXIST) {
    int saved_errno = errno;

    tyto_set_error (error, TYTO_ERROR_STORAGE, hint_for (SQLITE_CANTOPEN),
                    "The catalogue %s cannot be made: %s.", path, g_strerror (saved_errno));
    return FALSE;
  }
  if (fd >= 0)
    close (fd);
  return TRUE;
}

static void
set_extreme (sqlite3_context *context, int n_values, sqlite3_value **values, gboolean largest)
{
  gboolean has_value = FALSE;
  gint64 extreme = 0;

  for (int i = 0; i < n_values; i++) {
    gint64 value = sqlite3_value_int64 (values[i]);

    if (sqlite3_value_type (values[i]) == SQLITE_NULL)
      continue;
    if (!has_value || (largest ? value > extreme : value < extreme))
      extreme = value;
    has_value = TRUE;
  }
  if (has_value)
    sqlite3_result_int64 (context, extreme);
  else
    sqlite3_result_null (context);
}

static void
greatest (sqlite3_context *context, int n_values, sqlite3_value **values)
{
  set_extreme (context, n_values, values, TRUE);
}

static void
least (sqlite3_context *context, int n_values, sqlite3_value **values)
{
  set_extreme (context, n_values, values, FALSE);
}

static void
as_it_is (sqlite3_context *context, int n_values, sqlite3_value **values)
{
  sqlite3_result_value (context, values[0]);
}

static gboolean
add_functions (Connection *self, GError **error)
{
  static const struct {
    const char *name;
    int n_values;
    void (*run) (sqlite3_context *, int, sqlite3_value **);
  } functions[] = {
    /* As PostgreSQL has them: NULL is passed over. */
    { "greatest", -1, greatest },
    { "least", -1, least },
    /* Types that SQLite does not have. */
    { "as_uuid", 1, as_it_is },
    { "as_timestamp", 1, as_it_is },
    { "as_status", 1, as_it_is },
  };
  const int kind = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

  for (guint i = 0; i < G_N_ELEMENTS (functions); i++)
    if (sqlite3_create_function_v2 (self->db, functions[i].name, functions[i].n_values, kind, NULL,
                                    functions[i].run, NULL, NULL, NULL)
        != SQLITE_OK) {
      set_error (self, error);
      return FALSE;
    }
  return TRUE;
}

static gboolean
run_script (TytoSql *sql, const char *script, GError **error)
{
  Connection *self = (Connection *) sql;

  if (sqlite3_exec (self->db, script, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  set_error (self, error);
  return FALSE;
}

static gboolean
configure (Connection *self, int flags, GError **error)
{
  /* FULL, not NORMAL: in WAL mode NORMAL may lose rows that were committed before a power cut. */
  static const char pragmas[] = "PRAGMA synchronous = FULL;"
                                "PRAGMA foreign_keys = ON;"
                                "PRAGMA trusted_schema = OFF;"
                                "PRAGMA cell_size_check = ON;"
                                "PRAGMA journal_size_limit = 16777216;";

  sqlite3_extended_result_codes (self->db, 1);
  sqlite3_busy_timeout (self->db, BUSY_TIMEOUT_MS);
  sqlite3_db_config (self->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  if (!add_functions (self, error) || !run_script (&self->parent, pragmas, error))
    return FALSE;
  if ((flags & SQLITE_OPEN_READWRITE) != 0 && sqlite3_db_readonly (self->db, "main") == 1) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, hint_for (SQLITE_READONLY),
                    "The catalogue %s cannot be written.", self->path);
    return FALSE;
  }
  return TRUE;
}

static sqlite3_stmt *
prepare (Connection *self, const char *sql, GError **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (self->statements, sql);

  if (statement != NULL) {
    sqlite3_reset (statement);
    sqlite3_clear_bindings (statement);
    return statement;
  }
  if (sqlite3_prepare_v3 (self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL)
      != SQLITE_OK) {
    set_error (self, error);
    return NULL;
  }
  g_hash_table_insert (self->statements, g_strdup (sql), statement);
  return statement;
}

/* What is not bound is NULL. The text is the caller's until the call ends. */
static void
bind_values (sqlite3_stmt *statement, const TytoSqlCall *call)
{
  for (guint i = 0; i < call->n_values; i++) {
    const TytoSqlValue *value = &call->values[i];

    if (value->is_null)
      continue;
    if (value->type == 's')
      sqlite3_bind_text (statement, (int) i + 1, value->text, -1, SQLITE_STATIC);
    else
      sqlite3_bind_int64 (statement, (int) i + 1, value->integer);
  }
}

static gboolean
execute (TytoSql *sql, const TytoSqlCall *call, GError **error)
{
  Connection *self = (Connection *) sql;
  sqlite3_stmt *statement = prepare (self, call->sql, error);
  TytoSqlRow row = { sql->driver, statement, 0 };
  int result;

  if (statement == NULL)
    return FALSE;
  bind_values (statement, call);
  while ((result = sqlite3_step (statement)) == SQLITE_ROW)
    if (call->each != NULL)
      call->each (&row, call->data);
  if (result != SQLITE_DONE)
    set_error (self, error);
  else if (call->n_changed != NULL)
    *call->n_changed = sqlite3_changes (self->db);
  sqlite3_reset (statement);
  sqlite3_clear_bindings (statement);
  return result == SQLITE_DONE;
}

static gboolean
is_null (const TytoSqlRow *row, int column)
{
  return sqlite3_column_type (row->native, column) == SQLITE_NULL;
}

static gint64
get_integer (const TytoSqlRow *row, int column)
{
  return sqlite3_column_int64 (row->native, column);
}

static const char *
get_text (const TytoSqlRow *row, int column)
{
  return (const char *) sqlite3_column_text (row->native, column);
}

static gboolean
begin (TytoSql *self, GError **error)
{
  /* IMMEDIATE takes the write lock now: later it could fail with work already done. */
  if (!tyto_sql_run (self, error, self->depth == 0 ? "BEGIN IMMEDIATE" : "SAVEPOINT inner", ""))
    return FALSE;
  self->depth++;
  return TRUE;
}

/* SQLite gives up the whole transaction on some errors (disk full, I/O). */
static gboolean
rollback (TytoSql *self)
{
  sqlite3 *db = ((Connection *) self)->db;
  gboolean is_inner = self->depth == 2;

  if (is_inner && !sqlite3_get_autocommit (db) && tyto_sql_run (self, NULL, "ROLLBACK TO inner", "")
      && tyto_sql_run (self, NULL, "RELEASE inner", "")) {
    self->depth = 1;
    return TRUE;
  }
  if (!sqlite3_get_autocommit (db))
    tyto_sql_run (self, NULL, "ROLLBACK", "");
  self->depth = 0;
  return !is_inner;
}

static gboolean
commit (TytoSql *self, GError **error)
{
  if (tyto_sql_run (self, error, self->depth == 1 ? "COMMIT" : "RELEASE inner", "")) {
    self->depth--;
    return TRUE;
  }
  rollback (self);
  return FALSE;
}

static void
close_connection (TytoSql *sql)
{
  Connection *self = (Connection *) sql;

  g_hash_table_unref (self->statements);
  sqlite3_close (self->db);
  g_free (self->path);
  g_free (self);
}

static const TytoSqlDriver driver = {
  .dialect = TYTO_SQL_SQLITE,
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

static void
finalize_statement (gpointer statement)
{
  sqlite3_finalize (statement);
}

static TytoSql *
open_connection (const char *path, int flags, GError **error)
{
  Connection *self = g_new0 (Connection, 1);
  g_autoptr (TytoSql) sql = &self->parent;

  sql->driver = &driver;
  self->path = g_strdup (path);
  self->statements = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, finalize_statement);
  if (sqlite3_open_v2 (path, &self->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
    set_error (self, error);
    return NULL;
  }
  return configure (self, flags, error) ? g_steal_pointer (&sql) : NULL;
}

TytoSql *
tyto_sql_sqlite_open (const char *path, GError **error)
{
  return create_file (path, error)
             ? open_connection (path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error)
             : NULL;
}

TytoSql *
tyto_sql_sqlite_open_to_read (const char *path, GError **error)
{
  return open_connection (path, SQLITE_OPEN_READONLY, error);
}
