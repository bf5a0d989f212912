/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-archive-s3.h: an object store as the target of the archive: objects are sent by the worker
 * that uploads, and looked at and deleted by tytod itself. */
#pragma once

#include "recorder/archive/tyto-archive-target.h"
#include "recorder/workers/tyto-worker-launcher.h"
#include "store/s3/tyto-s3-client.h"

G_BEGIN_DECLS

#define TYTO_TYPE_ARCHIVE_S3 (tyto_archive_s3_get_type ())
G_DECLARE_FINAL_TYPE (TytoArchiveS3, tyto_archive_s3, TYTO, ARCHIVE_S3, GObject)

/* TytoArchiveLimits: how uploads are sent. Bytes; bandwidth in bytes/s, 0 for no limit. */
typedef struct {
  guint64 part_size;
  guint64 threshold;
  guint64 bandwidth;
  guint parts; /* of one upload at a time */
} TytoArchiveLimits;

/* Signal "refused" (const char *why): the worker does not take its settings. */

/* The worker, @role, is started when it is first configured. @launcher: referenced. */
TytoArchiveS3 *tyto_archive_s3_new (TytoWorkerLauncher *launcher, TytoWorkerRole role);

/* Where to, from the next request on. FALSE when @config cannot be used: it stays as it was. */
gboolean tyto_archive_s3_configure (TytoArchiveS3 *self, TytoS3Config *config,
                                    const TytoArchiveLimits *limits, GError **error);
/* Ends the worker. */
void tyto_archive_s3_stop (TytoArchiveS3 *self);

/* For what is no upload; NULL before it was configured. (transfer none) */
TytoS3Client *tyto_archive_s3_get_client (TytoArchiveS3 *self);
guint tyto_archive_s3_get_worker_pid (TytoArchiveS3 *self);

G_END_DECLS
