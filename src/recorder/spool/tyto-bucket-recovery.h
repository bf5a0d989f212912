/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-bucket-recovery.h: brings the catalogue to know what is in the archive's bucket: segments
 * without a row are entered (tier "archive"), rows without an object get theirs, thumbnails too;
 * broadcasts without a row, from the bucket of broadcasts.
 * Nothing in the bucket is changed; what is none of ours is reported and left alone.
 */
#pragma once

#include "recorder/spool/tyto-recovery-report.h"
#include "store/s3/tyto-s3-client.h"
#include "store/tyto-catalogue.h"

G_BEGIN_DECLS

#define TYTO_TYPE_BUCKET_RECOVERY (tyto_bucket_recovery_get_type ())
G_DECLARE_FINAL_TYPE (TytoBucketRecovery, tyto_bucket_recovery, TYTO, BUCKET_RECOVERY, GObject)

/* To be run once. @client: (nullable): of the archive */
TytoBucketRecovery *tyto_bucket_recovery_new (TytoCatalogue *catalogue, TytoS3Client *client);

/* Before the start. Broadcasts are entered, too, from the bucket called @bucket. @client:
 * (nullable): of it, NULL when it is the archive's. */
void tyto_bucket_recovery_add_broadcasts (TytoBucketRecovery *self, TytoS3Client *client,
                                          const char *bucket);

/* Its mode is BUCKET; files are objects. It may be read while it runs. (transfer none) */
TytoRecoveryReport *tyto_bucket_recovery_get_report (TytoBucketRecovery *self);

/* Errors: what made it end early (the server is away or refuses, the catalogue takes no rows);
 * single objects that fail are in the report. */
void tyto_bucket_recovery_run_async (TytoBucketRecovery *self, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
gboolean
tyto_bucket_recovery_run_finish (TytoBucketRecovery *self, GAsyncResult *result, GError **error);

G_END_DECLS
