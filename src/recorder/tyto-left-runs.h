/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-left-runs.h: runs whose end nobody told, because recorder and worker died together or one
 * after the other: they end where what was recorded of them does, once that is mended.
 */
#pragma once

#include "recorder/tyto-entry-queue.h"

G_BEGIN_DECLS

#define TYTO_TYPE_LEFT_RUNS (tyto_left_runs_get_type ())
G_DECLARE_FINAL_TYPE (TytoLeftRuns, tyto_left_runs, TYTO, LEFT_RUNS, GObject)

/* Whether a worker that an earlier life started lives and will tell of the camera's runs. */
typedef gboolean (*TytoLeftRunsAdopted) (gpointer owner, const char *camera);

TytoLeftRuns *tyto_left_runs_new (TytoCatalogue *catalogue, TytoEntryQueue *entries);

/* Reads which runs have no end; before the first worker of this life is started. @is_adopted: asked
 * with @owner for each camera. Errors: the catalogue's. */
void tyto_left_runs_load_async (TytoLeftRuns *self, TytoLeftRunsAdopted is_adopted, gpointer owner,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_left_runs_load_finish (TytoLeftRuns *self, GAsyncResult *result, GError **error);

/* Ends them (reason "worker-died"): their last segments are mended and entered. Again: does
 * nothing. */
void tyto_left_runs_end (TytoLeftRuns *self);

G_END_DECLS
