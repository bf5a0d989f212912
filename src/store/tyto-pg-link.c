/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-pg-link.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#define CONNECT_TIMEOUT_US (10 * G_USEC_PER_SEC)

/* The server ends a statement after 30 s by itself; a server that is stopped, or a network that
 * swallows everything, does not. */
#define RESULT_TIMEOUT_US (35 * G_USEC_PER_SEC)
#define SETTINGS                                                                                   \
  "SET statement_timeout = '30s'; SET lock_timeout = '10s';"                                       \
  " SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = warning;"           \
  " SET synchronous_commit = on;"                                                                  \
  " SELECT set_config ('search_path', quote_ident (coalesce (nullif ("                             \
  "current_setting ('tyto.schema', true), ''), 'tyto')), false)"

#define LINK_HINT                                                                                  \
  "See that the server can be reached, that the database is there, and that it lets this user in " \
  "with this password; it is tried again."

struct _TytoPgLink {
  PQconninfoOption *options;
  char *name;
  PGconn *connection; /* nullable: while it is down */
  guint count;
  GCancellable *cancellable; /* nullable */
  char *why;                 /* nullable: why it is down */
};

/* What libpq does by itself only after hours: see that the other side is gone. */
static const struct {
  const char *keyword;
  const char *value;
} defaults[] = {
  { "application_name", "tyto" }, { "client_encoding", "UTF8" }, { "keepalives_idle", "10" },
  { "keepalives_interval", "5" }, { "keepalives_count", "3" },   { "tcp_user_timeout", "20000" },
};

static PQconninfoOption *
find_option (PQconninfoOption *options, const char *keyword)
{
  for (; options->keyword != NULL; options++)
    if (strcmp (options->keyword, keyword) == 0)
      return options;
  return NULL;
}

/* libpq frees its options with free(3). */
static void
set_option (PQconninfoOption *options, const char *keyword, const char *value)
{
  PQconninfoOption *option = find_option (options, keyword);

  if (option == NULL)
    return;
  free (option->val);
  option->val = strdup (value);
}

static const char *
get_option (PQconninfoOption *options, const char *keyword, const char *otherwise)
{
  PQconninfoOption *option = find_option (options, keyword);

  return option != NULL && option->val != NULL && *option->val != '\0' ? option->val : otherwise;
}

TytoPgLink *
tyto_pg_link_new (const char *uri, const char *password, GCancellable *cancellable, GError **error)
{
  char *why = NULL;
  PQconninfoOption *options = PQconninfoParse (uri, &why);
  TytoPgLink *self;

  if (options == NULL) {
    /* libpq's words may hold the URI, and that a password. */
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Give postgresql://USER@HOST/DATABASE, as psql takes it.",
                    "The database's URI cannot be read.");
    PQfreemem (why);
    return NULL;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (defaults); i++)
    if (get_option (options, defaults[i].keyword, NULL) == NULL)
      set_option (options, defaults[i].keyword, defaults[i].value);
  if (password != NULL && *password != '\0')
    set_option (options, "password", password);

  self = g_new0 (TytoPgLink, 1);
  self->options = options;
  self->name = g_strdup_printf ("%s at %s", get_option (options, "dbname", "PostgreSQL"),
                                get_option (options, "host", "this host"));
  g_set_object (&self->cancellable, cancellable);
  return self;
}

static void
disconnect (TytoPgLink *self)
{
  g_clear_pointer (&self->connection, PQfinish);
}

void
tyto_pg_link_free (TytoPgLink *self)
{
  disconnect (self);
  PQconninfoFree (self->options);
  g_clear_object (&self->cancellable);
  g_free (self->name);
  g_free (self->why);
  g_free (self);
}

PGconn *
tyto_pg_link_get (TytoPgLink *self)
{
  return self->connection;
}

guint
tyto_pg_link_get_count (TytoPgLink *self)
{
  return self->count;
}

const char *
tyto_pg_link_get_name (TytoPgLink *self)
{
  return self->name;
}

/* --- Errors --- */

static const char *
hint_for (const char *state)
{
  static const struct {
    const char *state; /* SQLSTATE, or the class it begins with */
    const char *hint;
  } hints[] = {
    { "28", "See that user and password are right, and that pg_hba.conf lets them in." },
    { "3D000", "Make the database first: createdb NAME." },
    { "42501", "Let the user make a schema: GRANT CREATE ON DATABASE … TO …." },
    { "53100", "The server's disk is full: make room there." },
    { "53300", "The server takes no more connections: raise max_connections." },
    { "57014", "The server took longer than 30 s: see what it is busy with (pg_stat_activity)." },
  };

  for (gsize i = 0; state != NULL && i < G_N_ELEMENTS (hints); i++)
    if (g_str_has_prefix (state, hints[i].state))
      return hints[i].hint;
  return NULL;
}

/* The first line of libpq's words, without what stands before it. */
static char *
make_line (const char *words)
{
  const char *text = words != NULL ? words : "";
  g_autofree char *line = NULL;

  if (g_str_has_prefix (text, "ERROR:") || g_str_has_prefix (text, "FATAL:"))
    text += strlen ("ERROR:");
  text += strspn (text, " \n");
  line = g_strndup (text, strcspn (text, "\n"));
  while (g_str_has_suffix (line, "."))
    line[strlen (line) - 1] = '\0';
  return g_utf8_make_valid (line, -1);
}

static void
keep_why (TytoPgLink *self, const char *words)
{
  g_free (self->why);
  self->why = make_line (words);
  if (*self->why == '\0')
    g_clear_pointer (&self->why, g_free);
}

void
tyto_pg_link_drop (TytoPgLink *self)
{
  if (self->connection != NULL)
    keep_why (self, PQerrorMessage (self->connection));
  disconnect (self);
}

void
tyto_pg_link_set_error (TytoPgLink *self, const PGresult *result, GError **error)
{
  const char *state = result != NULL ? PQresultErrorField (result, PG_DIAG_SQLSTATE) : NULL;
  const char *primary
      = result != NULL ? PQresultErrorField (result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
  g_autofree char *line = NULL;

  if (self->cancellable != NULL && g_cancellable_is_cancelled (self->cancellable)) {
    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, NULL, "The database %s is left.", self->name);
    return;
  }
  if (primary != NULL)
    line = make_line (primary);
  else if (result != NULL)
    line = make_line (PQresultErrorMessage (result));
  else
    line = g_strdup (self->why != NULL ? self->why : "the connection was lost");
  tyto_set_error (error, TYTO_ERROR_STORAGE, result != NULL ? hint_for (state) : LINK_HINT,
                  "The database %s: %s.", self->name, line);
}

gboolean
tyto_pg_link_is_passing (const PGresult *result)
{
  const char *state = PQresultErrorField (result, PG_DIAG_SQLSTATE);

  /* 08 connection, 40 rolled back for another's sake, 57P the server ends or begins */
  return state == NULL || g_str_has_prefix (state, "08") || g_str_has_prefix (state, "40")
         || g_str_has_prefix (state, "57P");
}

/* --- Waiting --- */

/* Waits for @events of the socket until @deadline_us (monotonic). */
static gboolean
wait_socket (TytoPgLink *self, short events, gint64 deadline_us)
{
  struct pollfd fds[2] = { { PQsocket (self->connection), events, 0 }, { -1, POLLIN, 0 } };
  GPollFD cancelled;
  gboolean has_fd
      = self->cancellable != NULL && g_cancellable_make_pollfd (self->cancellable, &cancelled);
  int n_ready = -1;

  if (has_fd)
    fds[1].fd = cancelled.fd;
  do {
    gint64 left_us = deadline_us - g_get_monotonic_time ();

    n_ready = left_us > 0 ? poll (fds, 2, (int) (left_us / 1000) + 1) : 0;
  } while (n_ready < 0 && errno == EINTR);
  if (has_fd)
    g_cancellable_release_fd (self->cancellable);
  return n_ready > 0 && fds[1].revents == 0;
}

/* Else libpq writes them on standard error. */
static void
on_notice (void *data, const char *message)
{
  g_autofree char *line = make_line (message);

  g_debug ("The database %s says: %s", ((TytoPgLink *) data)->name, line);
}

static gboolean
finish_connecting (TytoPgLink *self, gint64 deadline_us)
{
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;

  if (PQstatus (self->connection) == CONNECTION_BAD)
    return FALSE;
  while (status != PGRES_POLLING_OK) {
    if (!wait_socket (self, status == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline_us)) {
      keep_why (self, "no answer");
      return FALSE;
    }
    status = PQconnectPoll (self->connection);
    if (status == PGRES_POLLING_FAILED)
      return FALSE;
  }
  return TRUE;
}

gboolean
tyto_pg_link_connect (TytoPgLink *self, GError **error)
{
  g_autoptr (GPtrArray) keywords = g_ptr_array_new ();
  g_autoptr (GPtrArray) values = g_ptr_array_new ();

  disconnect (self);
  g_clear_pointer (&self->why, g_free);
  for (PQconninfoOption *option = self->options; option->keyword != NULL; option++)
    if (option->val != NULL) {
      g_ptr_array_add (keywords, option->keyword);
      g_ptr_array_add (values, option->val);
    }
  g_ptr_array_add (keywords, NULL);
  g_ptr_array_add (values, NULL);

  self->connection = PQconnectStartParams ((const char *const *) keywords->pdata,
                                           (const char *const *) values->pdata, FALSE);
  PQsetNoticeProcessor (self->connection, on_notice, self);
  if (!finish_connecting (self, g_get_monotonic_time () + CONNECT_TIMEOUT_US)) {
    if (self->why == NULL)
      keep_why (self, PQerrorMessage (self->connection));
    disconnect (self);
    tyto_pg_link_set_error (self, NULL, error);
    return FALSE;
  }
  self->count++;
  PQsetnonblocking (self->connection, TRUE);
  PQenterPipelineMode (self->connection);
  if (tyto_pg_link_script (self, SETTINGS, error))
    return TRUE;
  disconnect (self);
  return FALSE;
}

/* FALSE when the link is lost. */
static gboolean
exchange (TytoPgLink *self, gint64 deadline_us)
{
  int unsent = PQflush (self->connection);

  if (unsent >= 0 && !wait_socket (self, unsent > 0 ? POLLIN | POLLOUT : POLLIN, deadline_us)) {
    keep_why (self, "it does not answer");
    return FALSE;
  }
  if (unsent < 0 || !PQconsumeInput (self->connection)) {
    keep_why (self, PQerrorMessage (self->connection));
    return FALSE;
  }
  return TRUE;
}

PGresult *
tyto_pg_link_get_result (TytoPgLink *self)
{
  gint64 deadline_us = g_get_monotonic_time () + RESULT_TIMEOUT_US;
  PGresult *result;

  if (self->connection == NULL)
    return NULL;
  while (PQflush (self->connection) > 0 || PQisBusy (self->connection))
    if (!exchange (self, deadline_us)) {
      disconnect (self);
      return NULL;
    }
  result = PQgetResult (self->connection);
  if (PQstatus (self->connection) == CONNECTION_BAD) {
    keep_why (self,
              result != NULL ? PQresultErrorMessage (result) : PQerrorMessage (self->connection));
    PQclear (result);
    disconnect (self);
    return NULL;
  }
  return result;
}

gboolean
tyto_pg_link_script (TytoPgLink *self, const char *sql, GError **error)
{
  gboolean success = TRUE;
  PGresult *result;

  if (self->connection == NULL || !PQexitPipelineMode (self->connection)
      || !PQsendQuery (self->connection, sql)) {
    keep_why (self, self->connection != NULL ? PQerrorMessage (self->connection) : self->why);
    tyto_pg_link_set_error (self, NULL, error);
    return FALSE;
  }
  while ((result = tyto_pg_link_get_result (self)) != NULL) {
    ExecStatusType status = PQresultStatus (result);

    if (success && status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      tyto_pg_link_set_error (self, result, error);
      success = FALSE;
    }
    PQclear (result);
  }
  if (self->connection == NULL) {
    if (success)
      tyto_pg_link_set_error (self, NULL, error);
    return FALSE;
  }
  PQenterPipelineMode (self->connection);
  return success;
}
