/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-collection.h: collects the segments of one broadcast into its directory.
 *
 * A segment that the source has not, or that does not come while others do, gets so many tries, so
 * long apart; then it is missing. A source that is away uses up none: it is waited for. After the
 * end it is looked at until its playlist says that it has ended, or nothing new comes for a while;
 * then, at most an hour long, what is left is fetched.
 *
 * Signals: "progress" (GVariant *state: as org.tyto.Collector1 has it), "collected" (GVariant
 * *state): all is there, or given up; "stopped": after tyto_collection_stop(), nothing of it is
 * under way any more.
 */
#pragma once

#include "collector/tyto-collector-settings.h"

G_BEGIN_DECLS

#define TYTO_TYPE_COLLECTION (tyto_collection_get_type ())
G_DECLARE_FINAL_TYPE (TytoCollection, tyto_collection, TYTO, COLLECTION, GObject)

/* @broadcast: as Collect of org.tyto.Collector1 has it. TYTO_ERROR_INVALID_ARGUMENT. */
TytoCollection *tyto_collection_new (const char *id, GVariant *broadcast,
                                     TytoCollectorSettings *settings, GError **error);
const char *tyto_collection_get_id (TytoCollection *self);
const char *tyto_collection_get_stream_key (TytoCollection *self);

/* Makes the directory and reads its journal; then collects. STORAGE. */
void tyto_collection_start_async (TytoCollection *self, GAsyncReadyCallback callback,
                                  gpointer user_data);
gboolean tyto_collection_start_finish (TytoCollection *self, GAsyncResult *result, GError **error);

/* Holds from now on. */
void tyto_collection_set_settings (TytoCollection *self, TytoCollectorSettings *settings);
/* The broadcast is over. */
void tyto_collection_end (TytoCollection *self);
/* Breaks off; what is on the disk stays. "stopped" follows, at once when nothing is under way. */
void tyto_collection_stop (TytoCollection *self);

G_END_DECLS
