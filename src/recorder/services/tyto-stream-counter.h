/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-stream-counter.h: reserves a place for each recorded camera with the service that counts
 * streams against a quota (data/services/stream-counter.openapi.yaml), keeps it alive by
 * heartbeats, and gives it back.
 *
 * Only a start is refused for want of a place. What is recorded goes on whatever the service says
 * or does not say: a reservation that is lost, or could not be made, is tried for at each
 * heartbeat. Reservations outlast the process in the service's state file.
 */
#pragma once

#include "recorder/services/tyto-service-client.h"
#include "recorder/services/tyto-service-state.h"

G_BEGIN_DECLS

#define TYTO_TYPE_STREAM_COUNTER (tyto_stream_counter_get_type ())
G_DECLARE_FINAL_TYPE (TytoStreamCounter, tyto_stream_counter, TYTO, STREAM_COUNTER, GObject)

/* Signal "refused" (const char *camera, const char *why: NULL when it is not, or no longer): a
 * camera that is recorded has no place. */

/* @client: of the service. */
TytoStreamCounter *tyto_stream_counter_new (TytoSettings *settings, TytoServiceClient *client,
                                            TytoServiceState *state);

/* Reserves a place for @camera, of @source (its owner; "" for none), before it is started. TRUE:
 * there is one, or the service is off or cannot be asked: recording goes first. FALSE:
 * TYTO_ERROR_QUOTA. What was reserved and is not wanted then (tyto_stream_counter_want()) must be
 * given back. */
void
tyto_stream_counter_reserve_async (TytoStreamCounter *self, const char *camera, const char *source,
                                   GAsyncReadyCallback callback, gpointer user_data);
gboolean
tyto_stream_counter_reserve_finish (TytoStreamCounter *self, GAsyncResult *result, GError **error);

/* @camera is to be recorded: sees that it has a place from now on. */
void tyto_stream_counter_want (TytoStreamCounter *self, const char *camera, const char *source);
/* It no longer is: gives its place back. */
void tyto_stream_counter_unwant (TytoStreamCounter *self, const char *camera);
/* All cameras that are to be recorded have been told of: gives back what an earlier process
 * reserved for others. */
void tyto_stream_counter_settle (TytoStreamCounter *self);

/* The id that the service gave; NULL for none. */
const char *tyto_stream_counter_get_reservation (TytoStreamCounter *self, const char *camera);
/* Adds reserved t, missing t (recorded without a place), releasing t. */
void tyto_stream_counter_describe (TytoStreamCounter *self, GVariantDict *dict);

/* Sends no more heartbeats. @release: gives all places back, as far as that can be done in @ms
 * milliseconds; what is left is remembered. TRUE always. */
void tyto_stream_counter_stop_async (TytoStreamCounter *self, gboolean release, guint ms,
                                     GAsyncReadyCallback callback, gpointer user_data);
gboolean
tyto_stream_counter_stop_finish (TytoStreamCounter *self, GAsyncResult *result, GError **error);

G_END_DECLS
