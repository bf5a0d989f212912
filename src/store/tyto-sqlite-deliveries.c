/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sqlite-deliveries.h"

#include "base/tyto-error.h"

gboolean
tyto_sqlite_push_delivery (TytoSqlite *db, const TytoDelivery *delivery, GError **error)
{
  return tyto_sqlite_run (db, error,
                          "INSERT INTO deliveries (id, endpoint, body, created_us, due_us, tries,"
                          " last_error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                          " ON CONFLICT (id) DO NOTHING",
                          "sssxxts", delivery->id, delivery->endpoint, delivery->body,
                          delivery->created_us, delivery->due_us, (guint64) delivery->tries,
                          delivery->last_error);
}

gboolean
tyto_sqlite_update_delivery (TytoSqlite *db, const char *id, gint64 due_us, guint tries,
                             const char *last_error, GError **error)
{
  if (!tyto_sqlite_run (db, error,
                        "UPDATE deliveries SET due_us = ?2, tries = ?3, last_error = ?4"
                        " WHERE id = ?1",
                        "sxts", id, due_us, (guint64) tries, last_error))
    return FALSE;
  if (tyto_sqlite_changes (db) > 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is no delivery %s.", id);
  return FALSE;
}

gboolean
tyto_sqlite_delete_delivery (TytoSqlite *db, const char *id, GError **error)
{
  return tyto_sqlite_run (db, error, "DELETE FROM deliveries WHERE id = ?1", "s", id);
}

static gpointer
read_delivery (sqlite3_stmt *statement)
{
  TytoDelivery *delivery = tyto_delivery_new ((const char *) sqlite3_column_text (statement, 0),
                                              (const char *) sqlite3_column_text (statement, 1),
                                              (const char *) sqlite3_column_text (statement, 2),
                                              sqlite3_column_int64 (statement, 3));

  delivery->due_us = sqlite3_column_int64 (statement, 4);
  delivery->tries = (guint) sqlite3_column_int64 (statement, 5);
  g_free (delivery->last_error);
  delivery->last_error = tyto_sqlite_dup_text (statement, 6);
  return delivery;
}

#define COLUMNS "id, endpoint, body, created_us, due_us, tries, last_error"

/* Takes the only row of @rows. */
static gboolean
take_only (GPtrArray *rows, TytoDelivery **delivery)
{
  g_autoptr (GPtrArray) held = rows;

  *delivery = rows != NULL && rows->len > 0 ? tyto_delivery_ref (rows->pdata[0]) : NULL;
  return rows != NULL;
}

gboolean
tyto_sqlite_next_delivery (TytoSqlite *db, const char *endpoint, gint64 now_us,
                           TytoDelivery **delivery, GError **error)
{
  if (!take_only (tyto_sqlite_collect (
                      db, read_delivery, (GDestroyNotify) tyto_delivery_unref, error,
                      "SELECT " COLUMNS " FROM deliveries WHERE endpoint = ?1 AND due_us <= ?2"
                      " ORDER BY created_us, id LIMIT 1",
                      "sx", endpoint, now_us),
                  delivery))
    return FALSE;
  return *delivery != NULL
         || take_only (tyto_sqlite_collect (db, read_delivery, (GDestroyNotify) tyto_delivery_unref,
                                            error,
                                            "SELECT " COLUMNS " FROM deliveries"
                                            " WHERE endpoint = ?1 ORDER BY due_us LIMIT 1",
                                            "s", endpoint),
                       delivery);
}

gboolean
tyto_sqlite_count_deliveries (TytoSqlite *db, const char *endpoint, gint64 *count, GError **error)
{
  return tyto_sqlite_get_integer (
      db, count, error, "SELECT count(*) FROM deliveries WHERE endpoint = ?1", "s", endpoint);
}

gboolean
tyto_sqlite_trim_deliveries (TytoSqlite *db, const char *endpoint, guint keep, gint64 *deleted,
                             GError **error)
{
  if (!tyto_sqlite_run (db, error,
                        "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries"
                        " WHERE endpoint = ?1 ORDER BY created_us DESC, id DESC"
                        " LIMIT -1 OFFSET ?2)",
                        "st", endpoint, (guint64) keep))
    return FALSE;
  *deleted = tyto_sqlite_changes (db);
  return TRUE;
}

static gpointer
read_endpoint (sqlite3_stmt *statement)
{
  return tyto_sqlite_dup_text (statement, 0);
}

GPtrArray *
tyto_sqlite_list_delivery_endpoints (TytoSqlite *db, GError **error)
{
  return tyto_sqlite_collect (db, read_endpoint, g_free, error,
                              "SELECT DISTINCT endpoint FROM deliveries ORDER BY endpoint", "");
}
