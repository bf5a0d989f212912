/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/s3/tyto-s3-config.h"

#include <gst/gst.h>

G_BEGIN_DECLS

/* The properties that s3sink and s3src share; an element's own come behind them. */
enum {
  GST_S3_SETTINGS_URI = 1,
  GST_S3_SETTINGS_BUCKET,
  GST_S3_SETTINGS_KEY,
  GST_S3_SETTINGS_REGION,
  GST_S3_SETTINGS_ENDPOINT_URI,
  GST_S3_SETTINGS_ACCESS_KEY,
  GST_S3_SETTINGS_SECRET_ACCESS_KEY,
  GST_S3_SETTINGS_SESSION_TOKEN,
  GST_S3_SETTINGS_FORCE_PATH_STYLE,
  GST_S3_SETTINGS_CA_FILE,
  GST_S3_SETTINGS_REQUEST_TIMEOUT,
  GST_S3_SETTINGS_RETRY_ATTEMPTS,
  GST_S3_SETTINGS_N_PROPERTIES,
};

/**
 * GstS3Settings:
 *
 * Which object, where, and the keys to it; strings are NULL when not set. It guards nothing: the
 * element's object lock does.
 */
typedef struct {
  gchar *bucket;
  gchar *key;
  gchar *region;
  gchar *endpoint;
  gchar *access_key;
  gchar *secret_key;
  gchar *session_token;
  gchar *ca_file;
  gboolean path_style;
  gint64 request_timeout_ms; /* -1: as long as it takes */
  guint retry_attempts;      /* the first one, too */
} GstS3Settings;

void gst_s3_settings_init (GstS3Settings *self);
void gst_s3_settings_clear (GstS3Settings *self);
void gst_s3_settings_install (GObjectClass *klass);

/* FALSE when @id is not one of the above. */
gboolean gst_s3_settings_set (GstS3Settings *self, guint id, const GValue *value);
gboolean gst_s3_settings_get (const GstS3Settings *self, guint id, GValue *value);

gboolean gst_s3_settings_set_uri (GstS3Settings *self, const gchar *uri, GError **error);
gchar *gst_s3_settings_dup_uri (const GstS3Settings *self); /* (nullable) (transfer full) */

/* What was not set comes from the environment, as the AWS tools have it: AWS_ACCESS_KEY_ID,
 * AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN (all three, when no access-key is set), AWS_REGION,
 * AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, AWS_CA_BUNDLE.
 * TYTO_ERROR_INVALID_ARGUMENT when something is missing or wrong. (transfer full) */
TytoS3Config *gst_s3_settings_make_config (const GstS3Settings *self, GError **error);

G_END_DECLS
