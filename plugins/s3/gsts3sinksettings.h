/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "s3/gsts3settings.h"
#include "s3/gsts3upload.h"

G_BEGIN_DECLS

/* What becomes of a multipart upload that is not finished. */
typedef enum {
  GST_S3_ON_ERROR_ABORT,
  GST_S3_ON_ERROR_DO_NOTHING,
} GstS3OnError;

#define GST_TYPE_S3_ON_ERROR (gst_s3_on_error_get_type ())
GType gst_s3_on_error_get_type (void);

enum {
  GST_S3_SINK_SETTINGS_CONTENT_TYPE = GST_S3_SETTINGS_N_PROPERTIES,
  GST_S3_SINK_SETTINGS_METADATA,
  GST_S3_SINK_SETTINGS_PART_SIZE,
  GST_S3_SINK_SETTINGS_THRESHOLD,
  GST_S3_SINK_SETTINGS_NUM_PARALLEL_PARTS,
  GST_S3_SINK_SETTINGS_UPLOAD_ID,
  GST_S3_SINK_SETTINGS_ON_ERROR,
  GST_S3_SINK_SETTINGS_CONFIRM_BEGIN,
  GST_S3_SINK_SETTINGS_COMPARE_MD5,
  GST_S3_SINK_SETTINGS_BANDWIDTH,
  GST_S3_SINK_SETTINGS_N_PROPERTIES,
};

/* GstS3SinkSettings: the properties of s3sink. It guards nothing: the object lock does. */
typedef struct {
  GstS3Settings s3;
  gchar *content_type;
  GstStructure *metadata;
  guint64 part_size; /* bytes, like all below */
  guint64 threshold;
  guint parallel;
  gchar *upload_id;
  GstS3OnError on_error;
  gboolean confirm;
  gboolean compare_md5;
  guint64 bandwidth;
} GstS3SinkSettings;

void gst_s3_sink_settings_init (GstS3SinkSettings *self);
void gst_s3_sink_settings_clear (GstS3SinkSettings *self);
void gst_s3_sink_settings_install (GObjectClass *klass);
gboolean gst_s3_sink_settings_set (GstS3SinkSettings *self, guint id, const GValue *value);
gboolean gst_s3_sink_settings_get (const GstS3SinkSettings *self, guint id, GValue *value);

/* What they say of an upload: sets all but @plan->total, whose strings stay @self's; @plan->config
 * and @plan->metadata are for the caller to unref. TYTO_ERROR_INVALID_ARGUMENT */
gboolean gst_s3_sink_settings_make_plan (const GstS3SinkSettings *self, GstS3UploadPlan *plan,
                                         GError **error);

/* Bytes from which on an object goes in parts, 0 for any: what is below is held as a whole, in no
 * more memory than the parts would have. */
guint64 gst_s3_sink_settings_get_threshold (const GstS3SinkSettings *self);

G_END_DECLS
