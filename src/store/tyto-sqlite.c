/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sqlite.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* How long another process (tytoctl, an element with its own dsn) may hold the database. */
#define BUSY_TIMEOUT_MS 5000

struct _TytoSqlite {
  sqlite3 *db;
  char *path;
  GHashTable *statements; /* (element-type utf8 sqlite3_stmt) */
  guint depth;            /* open transactions: 0, 1, or 2 with a savepoint */
};

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
set_error (TytoSqlite *self, GError **error)
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

static gboolean
configure (TytoSqlite *self, GError **error)
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
  if (!tyto_sqlite_script (self, pragmas, error))
    return FALSE;
  if (sqlite3_db_readonly (self->db, "main") == 1) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, hint_for (SQLITE_READONLY),
                    "The catalogue %s cannot be written.", self->path);
    return FALSE;
  }
  return TRUE;
}

static void
finalize_statement (gpointer statement)
{
  sqlite3_finalize (statement);
}

TytoSqlite *
tyto_sqlite_open (const char *path, GError **error)
{
  g_autoptr (TytoSqlite) self = NULL;

  if (!create_file (path, error))
    return NULL;

  self = g_new0 (TytoSqlite, 1);
  self->path = g_strdup (path);
  self->statements = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, finalize_statement);
  if (sqlite3_open_v2 (path, &self->db,
                       SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL)
      != SQLITE_OK) {
    set_error (self, error);
    return NULL;
  }
  return configure (self, error) ? g_steal_pointer (&self) : NULL;
}

void
tyto_sqlite_close (TytoSqlite *self)
{
  g_hash_table_unref (self->statements);
  sqlite3_close (self->db);
  g_free (self->path);
  g_free (self);
}

sqlite3_stmt *
tyto_sqlite_prepare (TytoSqlite *self, const char *sql, GError **error)
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

static void
bind_list (sqlite3_stmt *statement, const char *types, va_list args)
{
  for (int i = 1; types[i - 1] != '\0'; i++) {
    gint64 number;

    switch (types[i - 1]) {
    case 's':
      /* Copied: the statement may be stepped after the caller has freed it. */
      sqlite3_bind_text (statement, i, va_arg (args, const char *), -1, SQLITE_TRANSIENT);
      break;
    case 'x':
      sqlite3_bind_int64 (statement, i, va_arg (args, gint64));
      break;
    case 't':
      sqlite3_bind_int64 (statement, i, (gint64) va_arg (args, guint64));
      break;
    case 'e':
      number = va_arg (args, gint64);
      if (number >= 0)
        sqlite3_bind_int64 (statement, i, number);
      else
        sqlite3_bind_null (statement, i);
      break;
    default:
      break;
    }
  }
}

void
tyto_sqlite_bind (sqlite3_stmt *statement, const char *types, ...)
{
  va_list args;

  va_start (args, types);
  bind_list (statement, types, args);
  va_end (args);
}

gboolean
tyto_sqlite_step (TytoSqlite *self, sqlite3_stmt *statement, gboolean *has_row, GError **error)
{
  int result = sqlite3_step (statement);

  *has_row = result == SQLITE_ROW;
  if (result == SQLITE_ROW || result == SQLITE_DONE)
    return TRUE;
  set_error (self, error);
  return FALSE;
}

gboolean
tyto_sqlite_run (TytoSqlite *self, GError **error, const char *sql, const char *types, ...)
{
  sqlite3_stmt *statement = tyto_sqlite_prepare (self, sql, error);
  gboolean has_row, success;
  va_list args;

  if (statement == NULL)
    return FALSE;
  va_start (args, types);
  bind_list (statement, types, args);
  va_end (args);
  success = tyto_sqlite_step (self, statement, &has_row, error);
  sqlite3_reset (statement);
  return success;
}

gboolean
tyto_sqlite_script (TytoSqlite *self, const char *sql, GError **error)
{
  if (sqlite3_exec (self->db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  set_error (self, error);
  return FALSE;
}

gboolean
tyto_sqlite_get_integer (TytoSqlite *self, gint64 *value, GError **error, const char *sql,
                         const char *types, ...)
{
  sqlite3_stmt *statement = tyto_sqlite_prepare (self, sql, error);
  gboolean has_row, success;
  va_list args;

  if (statement == NULL)
    return FALSE;
  va_start (args, types);
  bind_list (statement, types, args);
  va_end (args);
  success = tyto_sqlite_step (self, statement, &has_row, error);
  if (success && has_row && sqlite3_column_type (statement, 0) != SQLITE_NULL)
    *value = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  return success;
}

GPtrArray *
tyto_sqlite_collect (TytoSqlite *self, gpointer (*read) (sqlite3_stmt *statement),
                     GDestroyNotify free_row, GError **error, const char *sql, const char *types,
                     ...)
{
  sqlite3_stmt *statement = tyto_sqlite_prepare (self, sql, error);
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (free_row);
  gboolean has_row, success;
  va_list args;

  if (statement == NULL)
    return NULL;
  va_start (args, types);
  bind_list (statement, types, args);
  va_end (args);
  while ((success = tyto_sqlite_step (self, statement, &has_row, error)) && has_row)
    g_ptr_array_add (rows, read (statement));
  sqlite3_reset (statement);
  return success ? g_steal_pointer (&rows) : NULL;
}

char *
tyto_sqlite_dup_text (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

int
tyto_sqlite_changes (TytoSqlite *self)
{
  return sqlite3_changes (self->db);
}

gint64
tyto_sqlite_last_id (TytoSqlite *self)
{
  return sqlite3_last_insert_rowid (self->db);
}

gboolean
tyto_sqlite_begin (TytoSqlite *self, GError **error)
{
  /* IMMEDIATE takes the write lock now: later it could fail with work already done. */
  if (!tyto_sqlite_run (self, error, self->depth == 0 ? "BEGIN IMMEDIATE" : "SAVEPOINT inner", ""))
    return FALSE;
  self->depth++;
  return TRUE;
}

gboolean
tyto_sqlite_commit (TytoSqlite *self, GError **error)
{
  if (tyto_sqlite_run (self, error, self->depth == 1 ? "COMMIT" : "RELEASE inner", "")) {
    self->depth--;
    return TRUE;
  }
  tyto_sqlite_rollback (self);
  return FALSE;
}

gboolean
tyto_sqlite_rollback (TytoSqlite *self)
{
  gboolean is_inner = self->depth == 2;

  if (is_inner && !sqlite3_get_autocommit (self->db)
      && tyto_sqlite_run (self, NULL, "ROLLBACK TO inner", "")
      && tyto_sqlite_run (self, NULL, "RELEASE inner", "")) {
    self->depth = 1;
    return TRUE;
  }
  if (!sqlite3_get_autocommit (self->db))
    tyto_sqlite_run (self, NULL, "ROLLBACK", "");
  self->depth = 0;
  return !is_inner;
}
