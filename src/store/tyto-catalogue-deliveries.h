/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-catalogue-deliveries.h: the queue of messages to web hooks. The rules of tyto-catalogue.h
 * hold: pushing the same id twice is no error and keeps the first. */
#pragma once

#include "store/tyto-catalogue.h"
#include "store/tyto-delivery.h"

G_BEGIN_DECLS

void tyto_catalogue_push_delivery_async (TytoCatalogue *self, TytoDelivery *delivery,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
/* It was tried, @tries times by now, and is due again at @due_us. TYTO_ERROR_NOT_FOUND. */
void tyto_catalogue_update_delivery_async (TytoCatalogue *self, const char *id, gint64 due_us,
                                           guint tries, const char *last_error,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);
/* It arrived, or is given up. An unknown @id is no error. */
void tyto_catalogue_delete_delivery_async (TytoCatalogue *self, const char *id,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);
/* The finish function of the three above: tyto_catalogue_enter_finish(). */

/* The delivery to @endpoint that was made first of those due at @now_us; when none is, the one that
 * will be due first. @delivery: (out) (transfer full) (nullable): NULL when nothing waits. */
void tyto_catalogue_next_delivery_async (TytoCatalogue *self, const char *endpoint, gint64 now_us,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
gboolean tyto_catalogue_next_delivery_finish (TytoCatalogue *self, GAsyncResult *result,
                                              TytoDelivery **delivery, GError **error);

/* How many wait for @endpoint, due or not. */
void tyto_catalogue_count_deliveries_async (TytoCatalogue *self, const char *endpoint,
                                            GCancellable *cancellable, GAsyncReadyCallback callback,
                                            gpointer user_data);
/* Forgets all for @endpoint but the @keep that were made last; gives how many that were. */
void tyto_catalogue_trim_deliveries_async (TytoCatalogue *self, const char *endpoint, guint keep,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);
/* The finish function of the two above. @count: (out) */
gboolean tyto_catalogue_count_deliveries_finish (TytoCatalogue *self, GAsyncResult *result,
                                                 guint64 *count, GError **error);

/* For whom anything waits (element-type utf8), sorted. */
void
tyto_catalogue_list_delivery_endpoints_async (TytoCatalogue *self, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
