/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* catalogue-broadcast-calls.h: calls about broadcasts that wait for their answer in the main loop.
 */
#pragma once

#include "store/tyto-catalogue-broadcasts.h"
#include "test-catalogue-suite.h"

/* The call @start (its callback and data are `catalogue_keep_result, &result`), then what @finish
 * gives. */
#define CATALOGUE_CALL(type, start, finish)                                                        \
  g_autoptr (GAsyncResult) result = NULL;                                                          \
  type value;                                                                                      \
  start;                                                                                           \
  catalogue_await (&result);                                                                       \
  value = finish;                                                                                  \
  return value

gboolean catalogue_put_broadcast (TytoCatalogue *self, TytoBroadcast *broadcast, GError **error);
gboolean catalogue_put_broadcast_gaps (TytoCatalogue *self, TytoBroadcast *broadcast,
                                       GPtrArray *gaps, GError **error);
gboolean catalogue_delete_broadcast (TytoCatalogue *self, const char *id, GError **error);
TytoBroadcast *catalogue_get_broadcast (TytoCatalogue *self, const char *id, GError **error);
/* Number @n has the id "0000000n-…" and begins at @started_us. (transfer full) */
TytoBroadcast *catalogue_test_broadcast (guint n, const char *key, gint64 started_us);
/* Enters such a one. */
void catalogue_enter_broadcast (TytoCatalogue *self, guint n, const char *key, gint64 started_us);
/* As @user's, with 1000 bytes, over at @completed_us. */
void
catalogue_enter_completed (TytoCatalogue *self, guint n, const char *user, gint64 completed_us);
/* The first digits of the ids of @rows, which it takes: "3 1". */
void catalogue_assert_broadcasts (GPtrArray *rows, const char *expected);
