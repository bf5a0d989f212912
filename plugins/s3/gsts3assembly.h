/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstS3Assembly: puts bytes one behind the other into a block of up to @limit. A plain value, all
 * zero at first. Its memory grows with the block, and is the block's alone.
 */
typedef struct {
  guint8 *data; /* (nullable) */
  gsize size;
  gsize room;
  gsize limit;
} GstS3Assembly;

/* Room for @expected bytes is taken at once (0: not known). */
void gst_s3_assembly_begin (GstS3Assembly *self, gsize limit, guint64 expected);
void gst_s3_assembly_clear (GstS3Assembly *self);

/* Takes from @data what fits. Returns: how much that is. */
gsize gst_s3_assembly_add (GstS3Assembly *self, const guint8 *data, gsize size);

gboolean gst_s3_assembly_is_full (const GstS3Assembly *self);

/* The block; the assembly is empty again. (transfer full) */
GBytes *gst_s3_assembly_take (GstS3Assembly *self);

G_END_DECLS
