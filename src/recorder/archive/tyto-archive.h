/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-archive.h: recordings and thumbnails leave the machine: the queue of uploads, the target
 * they go to as it is set, the local copies that may then go, and what is told of all that.
 *
 * Which target: the object store when s3-endpoint is set, else the service given, else none ("off":
 * what is recorded waits and is uploaded once there is one). Changes of the settings hold from the
 * next upload on.
 */
#pragma once

#include "recorder/alerts/tyto-alerts.h"
#include "recorder/archive/tyto-archive-target.h"
#include "recorder/archive/tyto-upload-stats.h"
#include "recorder/settings/tyto-settings.h"
#include "recorder/workers/tyto-worker-launcher.h"
#include "store/s3/tyto-s3-client.h"
#include "store/tyto-catalogue-archive.h"

G_BEGIN_DECLS

#define TYTO_TYPE_ARCHIVE (tyto_archive_get_type ())
G_DECLARE_FINAL_TYPE (TytoArchive, tyto_archive, TYTO, ARCHIVE, GObject)

/* Signals: "archived" (TytoSegment *segment): it is in the archive, and the catalogue says so;
 * "busy": tyto_archive_is_busy() may have changed. */

/* @launcher: of the worker that uploads; referenced, as all. */
TytoArchive *tyto_archive_new (TytoSettings *settings, TytoCatalogue *catalogue, TytoAlerts *alerts,
                               TytoWorkerLauncher *launcher);

/* Where recordings go when there is no object store; NULL: nowhere. */
void tyto_archive_set_service (TytoArchive *self, TytoArchiveTarget *service);

/* The catalogue is open. */
void tyto_archive_start (TytoArchive *self);
/* Something was entered. */
void tyto_archive_wake (TytoArchive *self);
/* Uploads what waits until @until_us (monotonic) at most, and stops; at once when the target does
 * not take it. */
void tyto_archive_end_async (TytoArchive *self, gint64 until_us, GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean tyto_archive_end_finish (TytoArchive *self, GAsyncResult *result);

/* Whether something is being uploaded or could be. */
gboolean tyto_archive_is_busy (TytoArchive *self);

/**
 * a{sv}, floating: state s (off; starting; ok; failing: the target is away, it is probed; refused:
 * settings, keys or bucket are wrong), endpoint s (without keys), reason s ("" or why it fails),
 * next_try s (absent unless failing), under_way t, waiting a{sv} (segments t, bytes t, thumbnails
 * t, failing t: tried in vain or begun; oldest s: start; absent when none), uploaded t, adopted t
 * (were there already), thumbnails t, failures t, bytes t, evicted t (local files deleted), seconds
 * d, last_upload s (absent when none): since the start; key_template s, local_retention_minutes t,
 * concurrency t, worker_pid t.
 */
GVariant *tyto_archive_describe (TytoArchive *self);

/* What is under way (items, each as tyto_upload_job_to_variant()), what failed (failing: as
 * tyto_upload_to_variant(), at most @limit, 1–1000) and what waits (waiting, as above).
 * (transfer full), a{sv}, not floating. */
void tyto_archive_list_async (TytoArchive *self, guint limit, GAsyncReadyCallback callback,
                              gpointer user_data);
GVariant *tyto_archive_list_finish (TytoArchive *self, GAsyncResult *result, GError **error);

/* All that wait for a later try are due now. WRONG_STATE: there is no archive. */
void tyto_archive_retry_async (TytoArchive *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_archive_retry_finish (TytoArchive *self, GAsyncResult *result, GError **error);

const TytoUploadStats *tyto_archive_get_stats (TytoArchive *self);
/* What waited when it was last counted, some seconds ago; @late_us: (out): how long ago the
 * recording that has waited longest ended, -1: none waits. */
const TytoUploadTotals *tyto_archive_get_totals (TytoArchive *self, gint64 *late_us);

/* The object store, for what is no upload: NULL when there is none. (transfer none) */
TytoS3Client *tyto_archive_get_s3_client (TytoArchive *self);

G_END_DECLS
