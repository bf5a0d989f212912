/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-catalogue-call.h: how the catalogue's public functions reach its thread and come back.
 * Inside src/store only. */
#pragma once

#include "store/tyto-catalogue-job.h"

G_BEGIN_DECLS

/* Takes @job. @camera: (nullable): an id to check first. A job whose error is set only fails. */
void
tyto_catalogue_submit (TytoCatalogue *self, TytoCatalogueJob *job, const char *camera,
                       GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

/* A call that needs no argument and changes no rows. */
void tyto_catalogue_submit_plain (TytoCatalogue *self, TytoCataloguePerform perform,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data);

/* A call whose only argument is the job's id. */
void tyto_catalogue_submit_id (TytoCatalogue *self, TytoCataloguePerform perform, gboolean writes,
                               const char *id, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);

/* The job of a finished call; NULL when it failed. (transfer none) */
TytoCatalogueJob *
tyto_catalogue_finish_job (TytoCatalogue *self, GAsyncResult *result, GError **error);

/* Its number. FALSE when it failed. */
gboolean tyto_catalogue_finish_number (TytoCatalogue *self, GAsyncResult *result, gint64 *number,
                                       GError **error);

/* Its rows, which are the caller's; @next_cursor: (out) (optional) (transfer full) (nullable) */
GPtrArray *tyto_catalogue_finish_page (TytoCatalogue *self, GAsyncResult *result,
                                       char **next_cursor, GError **error);

/* Sets the job's error unless a page may have @limit rows. */
void tyto_catalogue_job_check_limit (TytoCatalogueJob *job, guint limit);

G_END_DECLS
