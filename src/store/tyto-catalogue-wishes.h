/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-catalogue-wishes.h: when recording was wanted, and until when the recorder is known to have
 * lived. What lies outside of all wishes is "off". The rules of tyto-catalogue.h hold.
 */
#pragma once

#include "store/tyto-catalogue.h"
#include "store/tyto-wish.h"

G_BEGIN_DECLS

/* The stream is wanted from @start_us on; while a wish lasts this changes nothing, and one that
 * ended at or after @start_us goes on. */
void tyto_catalogue_begin_wish_async (TytoCatalogue *self, const char *camera, const char *stream,
                                      gint64 start_us, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
/* It is wanted no longer; without a wish that lasts this changes nothing. */
void tyto_catalogue_end_wish_async (TytoCatalogue *self, const char *camera, const char *stream,
                                    gint64 end_us, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
/* The recorder lives at @now_us. */
void tyto_catalogue_set_alive_async (TytoCatalogue *self, gint64 now_us, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
/* The finish function of the three above: tyto_catalogue_enter_finish(). */

/* @alive_us: (out): when it last said that it lives, -1: never. */
void tyto_catalogue_get_alive_async (TytoCatalogue *self, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_catalogue_get_alive_finish (TytoCatalogue *self, GAsyncResult *result,
                                          gint64 *alive_us, GError **error);

/* Wishes (element-type TytoWish) that overlap [@from_us, @to_us), -1 for no bound, by camera and
 * start. @camera: (nullable): NULL for all. Those that last now: from_us G_MAXINT64. */
void tyto_catalogue_list_wishes_async (TytoCatalogue *self, const char *camera, gint64 from_us,
                                       gint64 to_us, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);

/* How much of [@from_us, @to_us) each camera's main stream was wanted and is recorded
 * (element-type TytoCatalogueCoverage), by camera; those that were not wanted are left out. */
void tyto_catalogue_list_coverage_async (TytoCatalogue *self, gint64 from_us, gint64 to_us,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);

G_END_DECLS
