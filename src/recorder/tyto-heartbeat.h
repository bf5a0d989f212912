/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-heartbeat.h: says in the catalogue, every 10 s, that the recorder lives, and tells what its
 * earlier life left: until when it lived, and which streams were wanted then. A stream that is
 * wanted still was so all the while; one that is not has been let go of when that life ended.
 */
#pragma once

#include "recorder/tyto-entry-queue.h"

G_BEGIN_DECLS

#define TYTO_TYPE_HEARTBEAT (tyto_heartbeat_get_type ())
G_DECLARE_FINAL_TYPE (TytoHeartbeat, tyto_heartbeat, TYTO, HEARTBEAT, GObject)

TytoHeartbeat *tyto_heartbeat_new (TytoCatalogue *catalogue);

/* Reads what the earlier life left. Errors: the catalogue's. */
void tyto_heartbeat_load_async (TytoHeartbeat *self, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_heartbeat_load_finish (TytoHeartbeat *self, GAsyncResult *result, GError **error);

/* When the earlier life last said that it lives, wall clock µs; -1: never. */
gint64 tyto_heartbeat_get_last (TytoHeartbeat *self);

/* The wish of that life for @camera's main stream, which goes on; NULL when there was none.
 * (transfer full) */
TytoWish *tyto_heartbeat_take_wish (TytoHeartbeat *self, const char *camera);

/* Ends the wishes that were not taken where that life ended, and beats from now on. */
void tyto_heartbeat_start (TytoHeartbeat *self, TytoEntryQueue *entries);

/* A last beat, before the catalogue is closed. */
void tyto_heartbeat_stop (TytoHeartbeat *self);

G_END_DECLS
