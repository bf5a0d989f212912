/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-s3-records.h: what an S3 server tells: objects, parts and uploads under way. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_S3_OBJECT (tyto_s3_object_get_type ())
#define TYTO_TYPE_S3_PART   (tyto_s3_part_get_type ())
#define TYTO_TYPE_S3_UPLOAD (tyto_s3_upload_get_type ())

/**
 * TytoS3Object: a reference-counted record; do not change it once it is shared.
 * @key: in the bucket, UTF-8
 * @size: bytes of the whole object
 * @etag: without its quotes; "" when the server tells none. Only that of a single PUT may be the
 * content's MD5; that of a multipart object says nothing about the content
 * @etag_is_opaque: the server says that it keeps the object encrypted with keys of its own
 * (SSE-KMS, SSE-C): then no ETag is an MD5
 * @modified_us: wall clock in microseconds since 1970, -1 when not told
 * @content_type: "" when not told (lists do not tell it)
 * @metadata: name (lower case, without x-amz-meta-) → value; NULL in lists
 */
typedef struct {
  char *key;
  guint64 size;
  char *etag;
  gboolean etag_is_opaque;
  gint64 modified_us;
  char *content_type;
  GHashTable *metadata;
} TytoS3Object;

GType tyto_s3_object_get_type (void);
TytoS3Object *tyto_s3_object_new (void);
TytoS3Object *tyto_s3_object_ref (TytoS3Object *self);
void tyto_s3_object_unref (TytoS3Object *self);
/* The value of x-amz-meta-@name (lower case); NULL for none. */
const char *tyto_s3_object_get_metadata (const TytoS3Object *self, const char *name);

/* TytoS3Part: a part of a multipart upload. @number: 1–10,000; @etag as in TytoS3Object; @size in
 * bytes. Free with tyto_s3_part_free(). */
typedef struct {
  guint number;
  char *etag;
  guint64 size;
} TytoS3Part;

GType tyto_s3_part_get_type (void);
TytoS3Part *tyto_s3_part_new (guint number, const char *etag, guint64 size);
TytoS3Part *tyto_s3_part_copy (const TytoS3Part *self);
void tyto_s3_part_free (TytoS3Part *self);

/* TytoS3Upload: a multipart upload under way. @id: the server's UploadId; @initiated_us: wall
 * clock, -1 when not told. Free with tyto_s3_upload_free(). */
typedef struct {
  char *key;
  char *id;
  gint64 initiated_us;
} TytoS3Upload;

GType tyto_s3_upload_get_type (void);
TytoS3Upload *tyto_s3_upload_new (const char *key, const char *id, gint64 initiated_us);
TytoS3Upload *tyto_s3_upload_copy (const TytoS3Upload *self);
void tyto_s3_upload_free (TytoS3Upload *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoS3Object, tyto_s3_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoS3Part, tyto_s3_part_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoS3Upload, tyto_s3_upload_free)

G_END_DECLS
