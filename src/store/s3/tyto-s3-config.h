/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-s3-config.h: where an S3 server is, and the keys to it. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_S3_CONFIG (tyto_s3_config_get_type ())

/* Where the bucket stands in a request's URL. */
typedef enum {
  TYTO_S3_ADDRESSING_PATH,    /* https://host/bucket/key */
  TYTO_S3_ADDRESSING_VIRTUAL, /* https://bucket.host/key */
} TytoS3Addressing;

/**
 * TytoS3Config: a reference-counted record; do not change it once it is shared. Its strings are
 * never NULL.
 * @endpoint: http:// or https:// URL of the server, with a port where it is not 80 or 443; no path
 * @region: that requests are signed for ("us-east-1")
 * @access_key, @secret_key, @session_token: @session_token "" for none. They are shown nowhere, and
 * @secret_key and @session_token are overwritten when the record is freed
 * @ca_file: PEM file with the authorities that an https server is trusted by; "" = the system's
 * @timeout: seconds without a byte from the server after which a try is given up; 1–3600 (60)
 * @retries: tries after the first one, of a call that failed for a passing reason; 0–20 (4)
 */
typedef struct {
  char *endpoint;
  char *region;
  char *bucket;
  char *access_key;
  char *secret_key;
  char *session_token;
  TytoS3Addressing addressing;
  char *ca_file;
  guint timeout;
  guint retries;
} TytoS3Config;

GType tyto_s3_config_get_type (void);

/* With the defaults above and empty strings; set what you have with tyto_s3_config_set(). */
TytoS3Config *tyto_s3_config_new (void);
TytoS3Config *tyto_s3_config_ref (TytoS3Config *self);
void tyto_s3_config_unref (TytoS3Config *self);

/* Replaces one of the strings: tyto_s3_config_set (&config->bucket, "recordings"). NULL is "". */
void tyto_s3_config_set (char **field, const char *value);

/* Whether a client can be made of it; says what is wrong (TYTO_ERROR_INVALID_ARGUMENT), never with
 * a key in it. */
gboolean tyto_s3_config_check (const TytoS3Config *self, GError **error);

/* @name: "path" or "virtual"; FALSE and unchanged for anything else. */
gboolean tyto_s3_addressing_from_name (const char *name, TytoS3Addressing *addressing);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoS3Config, tyto_s3_config_unref)

G_END_DECLS
