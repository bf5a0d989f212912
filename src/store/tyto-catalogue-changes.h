/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-catalogue-changes.h: what one catalogue tells another. The rules of tyto-catalogue.h hold;
 * what the calls do stands in tyto-sql-changes.h and tyto-sql-taking.h. Inside src/store only.
 */
#pragma once

#include "store/tyto-catalogue.h"
#include "store/tyto-changes.h"

G_BEGIN_DECLS

/* --- Of the catalogue that tells --- */
void tyto_catalogue_start_changes_async (TytoCatalogue *self, const char *target,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
gboolean tyto_catalogue_start_changes_finish (TytoCatalogue *self, GAsyncResult *result, int *table,
                                              char **after, GError **error);
void tyto_catalogue_count_changes_async (TytoCatalogue *self, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_catalogue_count_changes_finish (TytoCatalogue *self, GAsyncResult *result,
                                              guint64 *count, gint64 *oldest_us, GError **error);
void tyto_catalogue_read_changes_async (TytoCatalogue *self, guint limit, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
void tyto_catalogue_read_table_async (TytoCatalogue *self, int table, const char *after,
                                      guint limit, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
/* The finish function of the two above. (transfer full) */
TytoChanges *
tyto_catalogue_read_changes_finish (TytoCatalogue *self, GAsyncResult *result, GError **error);
void tyto_catalogue_forget_changes_async (TytoCatalogue *self, gint64 last_seq,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data);
void tyto_catalogue_keep_place_async (TytoCatalogue *self, int table, const char *after,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);

/* --- Of the catalogue that is told --- */
void tyto_catalogue_claim_recorder_async (TytoCatalogue *self, const char *recorder,
                                          const char *catalogue, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);
/* Takes @changes. */
void tyto_catalogue_take_changes_async (TytoCatalogue *self, const char *recorder,
                                        TytoChanges *changes, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
/* The finish function of those without their own: tyto_catalogue_enter_finish(). */

G_END_DECLS
