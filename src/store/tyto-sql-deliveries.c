/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-sql-deliveries.h"

#include "base/tyto-error.h"

gboolean
tyto_sql_push_delivery (TytoSql *db, const TytoDelivery *delivery, GError **error)
{
  return tyto_sql_run (db, error,
                       "INSERT INTO deliveries (id, endpoint, body, created_us, due_us, tries,"
                       " last_error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                       " ON CONFLICT (id) DO NOTHING",
                       "sssxxts", delivery->id, delivery->endpoint, delivery->body,
                       delivery->created_us, delivery->due_us, (guint64) delivery->tries,
                       delivery->last_error);
}

gboolean
tyto_sql_update_delivery (TytoSql *db, const char *id, gint64 due_us, guint tries,
                          const char *last_error, GError **error)
{
  gint64 n_changed;

  if (!tyto_sql_change (db, &n_changed, error,
                        "UPDATE deliveries SET due_us = ?2, tries = ?3, last_error = ?4"
                        " WHERE id = ?1",
                        "sxts", id, due_us, (guint64) tries, last_error))
    return FALSE;
  if (n_changed > 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is no delivery %s.", id);
  return FALSE;
}

gboolean
tyto_sql_delete_delivery (TytoSql *db, const char *id, GError **error)
{
  return tyto_sql_run (db, error, "DELETE FROM deliveries WHERE id = ?1", "s", id);
}

static gpointer
read_delivery (const TytoSqlRow *row)
{
  TytoDelivery *delivery
      = tyto_delivery_new (tyto_sql_row_text (row, 0), tyto_sql_row_text (row, 1),
                           tyto_sql_row_text (row, 2), tyto_sql_row_integer (row, 3));

  delivery->due_us = tyto_sql_row_integer (row, 4);
  delivery->tries = (guint) tyto_sql_row_integer (row, 5);
  g_free (delivery->last_error);
  delivery->last_error = tyto_sql_row_dup_text (row, 6);
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
tyto_sql_next_delivery (TytoSql *db, const char *endpoint, gint64 now_us, TytoDelivery **delivery,
                        GError **error)
{
  if (!take_only (tyto_sql_collect (db, read_delivery, (GDestroyNotify) tyto_delivery_unref, error,
                                    "SELECT " COLUMNS
                                    " FROM deliveries WHERE endpoint = ?1 AND due_us <= ?2"
                                    " ORDER BY created_us, id LIMIT 1",
                                    "sx", endpoint, now_us),
                  delivery))
    return FALSE;
  return *delivery != NULL
         || take_only (tyto_sql_collect (db, read_delivery, (GDestroyNotify) tyto_delivery_unref,
                                         error,
                                         "SELECT " COLUMNS " FROM deliveries"
                                         " WHERE endpoint = ?1 ORDER BY due_us LIMIT 1",
                                         "s", endpoint),
                       delivery);
}

gboolean
tyto_sql_count_deliveries (TytoSql *db, const char *endpoint, gint64 *count, GError **error)
{
  return tyto_sql_get_integer (
      db, count, error, "SELECT count(*) FROM deliveries WHERE endpoint = ?1", "s", endpoint);
}

gboolean
tyto_sql_trim_deliveries (TytoSql *db, const char *endpoint, guint keep, gint64 *deleted,
                          GError **error)
{
  return tyto_sql_change (db, deleted, error,
                          "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries"
                          " WHERE endpoint = ?1 ORDER BY created_us DESC, id DESC"
                          " LIMIT 9223372036854775807 OFFSET ?2)",
                          "st", endpoint, (guint64) keep);
}

GPtrArray *
tyto_sql_list_delivery_endpoints (TytoSql *db, GError **error)
{
  return tyto_sql_collect (db, tyto_sql_read_text, g_free, error,
                           "SELECT DISTINCT endpoint FROM deliveries ORDER BY endpoint", "");
}
