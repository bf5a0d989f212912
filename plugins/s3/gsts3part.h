/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/s3/tyto-s3-records.h"

G_BEGIN_DECLS

#define GST_S3_MD5_SIZE 16

/**
 * GstS3Part:
 *
 * A part of an object, or the whole of one that goes by a single PUT (@number 0).
 * @body: NULL once it was sent
 * @md5: of the body, once it was asked for (@hashed)
 * @etag: (nullable): as the server has it
 */
typedef struct {
  guint number;
  GBytes *body;
  guint64 size;
  guint8 md5[GST_S3_MD5_SIZE];
  gboolean hashed;
  gchar *etag;
} GstS3Part;

/* @body: (transfer full) */
GstS3Part *gst_s3_part_new (guint number, GBytes *body);
void gst_s3_part_free (GstS3Part *self);

/* Makes the MD5, while the body is there. It costs more than all else that is done to a part. */
void gst_s3_part_hash (GstS3Part *self);

/* Whether @etag is the MD5 of the body, as it is on most servers that do not encrypt. */
gboolean gst_s3_part_has_etag (const GstS3Part *self, const gchar *etag);

/* Whether @etag has the form of an MD5, of which it says @parts are in it (0: a single PUT). */
gboolean gst_s3_etag_is_md5 (const gchar *etag, guint parts);

/* The ETag of the object that @parts (element-type GstS3Part) make, in their order: the MD5 of
 * their MD5s, "-" and how many they are. (transfer full) */
gchar *gst_s3_parts_make_etag (const GPtrArray *parts);

/* Whether @object is what @parts make: its size, and its ETag where that has the form of an MD5 and
 * so have those of the parts, and where theirs were made. TYTO_ERROR_INTERNAL */
gboolean gst_s3_parts_compare (const GPtrArray *parts, const TytoS3Object *object, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstS3Part, gst_s3_part_free)

G_END_DECLS
