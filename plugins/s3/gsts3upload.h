/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/s3/tyto-s3-client.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstS3Upload:
 *
 * One object on its way to the bucket. Its requests are made in a thread of its own; the functions
 * are for one other thread (the streaming thread of s3sink), but for those that say so. Some wait,
 * until gst_s3_upload_set_flushing(): then they give GST_FLOW_FLUSHING, have done nothing, and may
 * be called again. GST_FLOW_ERROR: see gst_s3_upload_dup_error().
 */
typedef struct _GstS3Upload GstS3Upload;

/**
 * GstS3UploadPlan: copied.
 * @content_type, @metadata: (nullable), as in #TytoS3Put
 * @resume: (nullable): id of a multipart upload to go on with; another is begun when it is gone
 * @parallel: parts that may be held at a time, sent or waiting
 * @compare_md5: the ETag is compared with the MD5 of what was sent, too
 * @confirm: a new multipart upload waits for gst_s3_upload_confirm()
 * @bandwidth: bytes/s, 0: no limit
 * @total: bytes there will be, 0 when that is not known
 */
typedef struct {
  TytoS3Config *config;
  const gchar *key;
  const gchar *content_type;
  GHashTable *metadata;
  const gchar *resume;
  guint parallel;
  gboolean compare_md5;
  gboolean confirm;
  guint64 bandwidth;
  guint64 total;
} GstS3UploadPlan;

/* Called in the upload's thread: a structure `s3-upload-begun` or `s3-upload-progress`. */
typedef void (*GstS3UploadTell) (GstStructure *structure, gpointer user_data);

GstS3Upload *
gst_s3_upload_new (const GstS3UploadPlan *plan, GstS3UploadTell tell, gpointer user_data);

/* Sends @body as the next part, once fewer than the plan's are held. @body stays the caller's. */
GstFlowReturn gst_s3_upload_push (GstS3Upload *self, GBytes *body);

/* Sends @body as the whole object, in one request. @sha256: of it, hex. Does not wait. */
void gst_s3_upload_put (GstS3Upload *self, GBytes *body, const gchar *sha256);

/* Waits until all that was pushed or put is one object at the server, and is compared with it. */
GstFlowReturn gst_s3_upload_finish (GstS3Upload *self);

/* Of the finished object. */
const gchar *gst_s3_upload_get_etag (GstS3Upload *self);
/* The multipart upload's id, "" for none. (transfer full) */
gchar *gst_s3_upload_dup_id (GstS3Upload *self);
/* What went wrong. (transfer full) */
GError *gst_s3_upload_dup_error (GstS3Upload *self);

/* From any thread. */
void gst_s3_upload_set_flushing (GstS3Upload *self, gboolean flushing);
void gst_s3_upload_confirm (GstS3Upload *self);
void gst_s3_upload_set_bandwidth (GstS3Upload *self, guint64 bandwidth);

/* Stops what is under way, frees @self. @abort: the multipart upload is aborted at the server,
 * unless it is finished; waited for at most 3 s. */
void gst_s3_upload_close (GstS3Upload *self, gboolean abort);

G_END_DECLS
