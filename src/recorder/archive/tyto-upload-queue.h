/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-upload-queue.h: brings what waits into the archive, the oldest and the newest by turns, so
 * that a backlog neither grows old nor hides what was just recorded. What waits stands in the
 * catalogue (tyto-catalogue-archive.h); here is only what is under way.
 */
#pragma once

#include "recorder/archive/tyto-archive-target.h"
#include "recorder/archive/tyto-upload-job.h"
#include "store/tyto-catalogue-archive.h"

G_BEGIN_DECLS

#define TYTO_TYPE_UPLOAD_QUEUE (tyto_upload_queue_get_type ())
G_DECLARE_FINAL_TYPE (TytoUploadQueue, tyto_upload_queue, TYTO, UPLOAD_QUEUE, GObject)

/**
 * Signals: "done" (TytoUploadJob *job, guint outcome: TytoUploadOutcome, double seconds);
 * "failed" (TytoUploadJob *job, GError *error, guint tries: of this upload so far);
 * "idle": nothing is under way or due.
 */

TytoUploadQueue *tyto_upload_queue_new (TytoCatalogue *catalogue, TytoArchiveTarget *target);

/* Uploads at a time; the template of keys, checked. */
void tyto_upload_queue_set_limits (TytoUploadQueue *self, guint concurrency, const char *template);

void tyto_upload_queue_start (TytoUploadQueue *self);
/* Calls off what is under way; it goes on after the next start. */
void tyto_upload_queue_stop (TytoUploadQueue *self);
/* The same, done when nothing is under way any more. */
void tyto_upload_queue_stop_async (TytoUploadQueue *self, GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean tyto_upload_queue_stop_finish (TytoUploadQueue *self, GAsyncResult *result);

/* There may be something new. */
void tyto_upload_queue_wake (TytoUploadQueue *self);
/* All that wait for a later try are due now, and the target is asked at once. Finish:
 * TYTO_ERROR_STORAGE. */
void tyto_upload_queue_hurry_async (TytoUploadQueue *self, GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean
tyto_upload_queue_hurry_finish (TytoUploadQueue *self, GAsyncResult *result, GError **error);

/* Whether nothing is under way, nor known to be due. */
gboolean tyto_upload_queue_is_idle (TytoUploadQueue *self);
/* Whether the target is taken to be away: only a probe is sent now and then. */
gboolean tyto_upload_queue_is_open (TytoUploadQueue *self);
/* When the next probe goes: wall clock; -1 when the target is not taken to be away. */
gint64 tyto_upload_queue_get_probe_us (TytoUploadQueue *self);

guint tyto_upload_queue_get_n_active (TytoUploadQueue *self);
/* Those under way: tyto_upload_job_to_variant() (aa{sv}, floating), that begun first first. */
GVariant *tyto_upload_queue_list_active (TytoUploadQueue *self);

G_END_DECLS
