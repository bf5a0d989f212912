/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "catalogue-broadcast-calls.h"

gboolean
catalogue_put_broadcast (TytoCatalogue *self, TytoBroadcast *broadcast, GError **error)
{
  CATALOGUE_CALL (
      gboolean,
      tyto_catalogue_put_broadcast_async (self, broadcast, NULL, catalogue_keep_result, &result),
      tyto_catalogue_enter_finish (self, result, error));
}

gboolean
catalogue_put_broadcast_gaps (TytoCatalogue *self, TytoBroadcast *broadcast, GPtrArray *gaps,
                              GError **error)
{
  CATALOGUE_CALL (gboolean,
                  tyto_catalogue_put_broadcast_gaps_async (self, broadcast, gaps, NULL,
                                                           catalogue_keep_result, &result),
                  tyto_catalogue_enter_finish (self, result, error));
}

gboolean
catalogue_delete_broadcast (TytoCatalogue *self, const char *id, GError **error)
{
  CATALOGUE_CALL (
      gboolean,
      tyto_catalogue_delete_broadcast_async (self, id, NULL, catalogue_keep_result, &result),
      tyto_catalogue_enter_finish (self, result, error));
}

TytoBroadcast *
catalogue_get_broadcast (TytoCatalogue *self, const char *id, GError **error)
{
  CATALOGUE_CALL (
      TytoBroadcast *,
      tyto_catalogue_get_broadcast_async (self, id, NULL, catalogue_keep_result, &result),
      tyto_catalogue_get_broadcast_finish (self, result, error));
}

TytoBroadcast *
catalogue_test_broadcast (guint n, const char *key, gint64 started_us)
{
  TytoBroadcast *broadcast = tyto_broadcast_new (key);

  g_free (broadcast->id);
  broadcast->id = g_strdup_printf ("%08x-0000-4000-8000-000000000000", n);
  broadcast->started_us = started_us;
  return broadcast;
}

void
catalogue_enter_broadcast (TytoCatalogue *self, guint n, const char *key, gint64 started_us)
{
  g_autoptr (TytoBroadcast) broadcast = catalogue_test_broadcast (n, key, started_us);
  g_autoptr (GError) error = NULL;

  catalogue_put_broadcast (self, broadcast, &error);
  g_assert_no_error (error);
}

void
catalogue_enter_completed (TytoCatalogue *self, guint n, const char *user, gint64 completed_us)
{
  g_autoptr (TytoBroadcast) broadcast = catalogue_test_broadcast (n, "key", completed_us - 10);

  broadcast->status = TYTO_BROADCAST_COMPLETED;
  broadcast->completed_us = completed_us;
  broadcast->bytes = 1000;
  tyto_broadcast_set (&broadcast->user_id, user);
  g_assert_true (catalogue_put_broadcast (self, broadcast, NULL));
}

void
catalogue_assert_broadcasts (GPtrArray *rows, const char *expected)
{
  g_autoptr (GString) ids = g_string_new (NULL);

  g_assert_nonnull (rows);
  for (guint i = 0; i < rows->len; i++) {
    const TytoBroadcast *row = rows->pdata[i];

    g_string_append_printf (ids, "%s%x", i > 0 ? " " : "",
                            (guint) g_ascii_strtoull (row->id, NULL, 16));
  }
  g_ptr_array_unref (rows);
  g_assert_cmpstr (ids->str, ==, expected);
}
