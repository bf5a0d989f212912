/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * S3Bucket: a new bucket of the server that AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and
 * AWS_SECRET_ACCESS_KEY name, looked at with the program S3_CALL: this process has the plugin, and
 * a type of the S3 client can be there but once. Its calls wait, and fail the test with any error.
 */
typedef struct {
  gchar *name;
} S3Bucket;

S3Bucket *s3_bucket_new (void);
void s3_bucket_free (S3Bucket *bucket);

gchar *s3_bucket_get_etag (S3Bucket *bucket, const gchar *key); /* NULL when there is no object */
GBytes *s3_bucket_read (S3Bucket *bucket, const gchar *key);
void s3_bucket_put (S3Bucket *bucket, const gchar *key, gconstpointer data, gsize size);

/* Multipart uploads that are neither complete nor aborted. */
guint s3_bucket_count_uploads (S3Bucket *bucket);

/* Waits until the server has a part of such an upload. */
void s3_bucket_wait_part (S3Bucket *bucket);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (S3Bucket, s3_bucket_free)

G_END_DECLS
