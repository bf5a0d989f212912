/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-bucket-object.h: what an object of the archive's bucket is: by what was kept with it
 * (tyto-archive-metadata.h), else by what its file says of itself, of which only the ends are
 * fetched where it is an MP4.
 */
#pragma once

#include "store/s3/tyto-s3-client.h"
#include "store/tyto-broadcast.h"
#include "store/tyto-segment.h"

G_BEGIN_DECLS

/**
 * TytoBucketObject: a plain record; at most one of @segment, @camera and @broadcast is set.
 * @key, @size, @modified_us: of the object
 * @sha256: as it was told when it was uploaded; NULL when not known
 * @segment: (nullable): which one it is, of tier "archive"; its path is what it was
 * @camera, @taken_us: (nullable): of which thumbnail
 * @broadcast: (nullable): whose MP4 it is: completed, without file_path
 * @why: (nullable): why it is neither
 */
typedef struct {
  char *key;
  guint64 size;
  gint64 modified_us;
  char *sha256;
  TytoSegment *segment;
  char *camera;
  gint64 taken_us;
  TytoBroadcast *broadcast;
  char *why;
} TytoBucketObject;

void tyto_bucket_object_free (TytoBucketObject *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoBucketObject, tyto_bucket_object_free)

/* Looks at the object called @key. NOT_FOUND when it is gone; the client's other errors. */
void
tyto_bucket_object_look_async (TytoS3Client *client, const char *key, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
TytoBucketObject *tyto_bucket_object_look_finish (GAsyncResult *result, GError **error);

G_END_DECLS
