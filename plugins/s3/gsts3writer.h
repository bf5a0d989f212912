/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/tyto-sha256.h"
#include "s3/gsts3assembly.h"
#include "s3/gsts3upload.h"

#include <gst/base/gstbasesink.h>

G_BEGIN_DECLS

/**
 * GstS3Writer:
 *
 * Makes the parts of an object, or the one body of a small one, of the bytes that come. For the
 * streaming thread, with the preroll lock held: where it waits it lets the sink pause.
 */
typedef struct {
  GstBaseSink *sink;
  GstS3Upload *upload; /* the sink's */
  GstS3Assembly assembly;
  guint64 part_size;
  gboolean in_parts;
  gboolean put; /* the one request was made */
  guint64 bytes;
  TytoSha256 *hash;
  gchar *sha256; /* (nullable): of what was written, once it was asked for */
} GstS3Writer;

void gst_s3_writer_init (GstS3Writer *self, GstBaseSink *sink);
void gst_s3_writer_clear (GstS3Writer *self);

/* @upload: while it is written to; @threshold: bytes from which on it goes in parts, or 0: in any
 * case; @total: bytes that are expected, 0 when that is not known */
void gst_s3_writer_begin (GstS3Writer *self, GstS3Upload *upload, guint64 part_size,
                          guint64 threshold, guint64 total);
/* Nothing is held any more. */
void gst_s3_writer_end (GstS3Writer *self);

/* GST_FLOW_ERROR: the upload has it. */
GstFlowReturn gst_s3_writer_write (GstS3Writer *self, const guint8 *data, gsize size);
/* Returns when the object is complete and compared. May be called again after FLUSHING. */
GstFlowReturn gst_s3_writer_finish (GstS3Writer *self);

/* Of what was written, hex; "" when that went in parts: each is signed with its own. Nothing can be
 * written any more. */
const gchar *gst_s3_writer_get_sha256 (GstS3Writer *self);

G_END_DECLS
