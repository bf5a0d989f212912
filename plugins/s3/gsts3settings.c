/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3/gsts3settings.h"

#include "base/tyto-error.h"
#include "s3/gsts3uri.h"

#include <string.h>

#define DEFAULT_REGION     "us-east-1"
#define DEFAULT_TIMEOUT_MS 60000
#define DEFAULT_ATTEMPTS   5
#define LONGEST_TIMEOUT_S  3600
#define MAX_ATTEMPTS       20
#define READWRITE          (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)
#define SECRET             (G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)

void
gst_s3_settings_init (GstS3Settings *self)
{
  memset (self, 0, sizeof *self);
  self->path_style = TRUE;
  self->request_timeout_ms = DEFAULT_TIMEOUT_MS;
  self->retry_attempts = DEFAULT_ATTEMPTS;
}

/* Freed memory must not keep a secret. */
static void
clear_secret (gchar **secret)
{
  if (*secret != NULL)
    explicit_bzero (*secret, strlen (*secret));
  g_clear_pointer (secret, g_free);
}

void
gst_s3_settings_clear (GstS3Settings *self)
{
  g_clear_pointer (&self->bucket, g_free);
  g_clear_pointer (&self->key, g_free);
  g_clear_pointer (&self->region, g_free);
  g_clear_pointer (&self->endpoint, g_free);
  g_clear_pointer (&self->ca_file, g_free);
  g_clear_pointer (&self->access_key, g_free);
  clear_secret (&self->secret_key);
  clear_secret (&self->session_token);
}

static const struct {
  const gchar *name;
  const gchar *nick;
  const gchar *blurb;
  GParamFlags flags;
  gsize field;
} strings[] = {
  [GST_S3_SETTINGS_BUCKET]
  = { "bucket", "Bucket", "The bucket", READWRITE, G_STRUCT_OFFSET (GstS3Settings, bucket) },
  [GST_S3_SETTINGS_KEY]
  = { "key", "Key", "Key of the object", READWRITE, G_STRUCT_OFFSET (GstS3Settings, key) },
  [GST_S3_SETTINGS_REGION]
  = { "region", "Region", "Region (default: AWS_REGION, AWS_DEFAULT_REGION, else us-east-1)",
      READWRITE, G_STRUCT_OFFSET (GstS3Settings, region) },
  [GST_S3_SETTINGS_ENDPOINT_URI]
  = { "endpoint-uri", "Endpoint",
      "http or https URL of the server (default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, else AWS "
      "in the region)",
      READWRITE, G_STRUCT_OFFSET (GstS3Settings, endpoint) },
  [GST_S3_SETTINGS_ACCESS_KEY]
  = { "access-key", "Access key", "Access key (default: AWS_ACCESS_KEY_ID)", SECRET,
      G_STRUCT_OFFSET (GstS3Settings, access_key) },
  [GST_S3_SETTINGS_SECRET_ACCESS_KEY]
  = { "secret-access-key", "Secret key", "Secret key (default: AWS_SECRET_ACCESS_KEY)", SECRET,
      G_STRUCT_OFFSET (GstS3Settings, secret_key) },
  [GST_S3_SETTINGS_SESSION_TOKEN]
  = { "session-token", "Session token", "Of temporary keys (default: AWS_SESSION_TOKEN)", SECRET,
      G_STRUCT_OFFSET (GstS3Settings, session_token) },
  [GST_S3_SETTINGS_CA_FILE]
  = { "ca-file", "CA file",
      "PEM file of the authorities that the server is trusted by (default: AWS_CA_BUNDLE, else "
      "the system's)",
      READWRITE, G_STRUCT_OFFSET (GstS3Settings, ca_file) },
};

void
gst_s3_settings_install (GObjectClass *klass)
{
  g_object_class_install_property (klass, GST_S3_SETTINGS_URI,
                                   g_param_spec_string ("uri", "URI",
                                                        "s3://BUCKET/KEY, the key percent-encoded",
                                                        NULL, READWRITE));
  for (guint id = 0; id < G_N_ELEMENTS (strings); id++)
    if (strings[id].name != NULL)
      g_object_class_install_property (klass, id,
                                       g_param_spec_string (strings[id].name, strings[id].nick,
                                                            strings[id].blurb, NULL,
                                                            strings[id].flags));
  g_object_class_install_property (
      klass, GST_S3_SETTINGS_FORCE_PATH_STYLE,
      g_param_spec_boolean ("force-path-style", "Path style",
                            "The bucket is in the path of requests (else in the host's name)", TRUE,
                            READWRITE));
  g_object_class_install_property (
      klass, GST_S3_SETTINGS_REQUEST_TIMEOUT,
      g_param_spec_int64 ("request-timeout", "Request timeout",
                          "Milliseconds without a byte from the server after which a try is given "
                          "up (at most an hour; -1: that)",
                          -1, G_MAXINT64, DEFAULT_TIMEOUT_MS, READWRITE));
  g_object_class_install_property (
      klass, GST_S3_SETTINGS_RETRY_ATTEMPTS,
      g_param_spec_uint ("retry-attempts", "Retry attempts",
                         "How often a request is tried that fails for a passing reason", 1,
                         MAX_ATTEMPTS, DEFAULT_ATTEMPTS, READWRITE));
}

gboolean
gst_s3_settings_set_uri (GstS3Settings *self, const gchar *uri, GError **error)
{
  gchar *bucket = NULL;
  gchar *key = NULL;

  if (uri != NULL && !gst_s3_uri_parse (uri, &bucket, &key, error))
    return FALSE;
  g_free (self->bucket);
  g_free (self->key);
  self->bucket = bucket;
  self->key = key;
  return TRUE;
}

gchar *
gst_s3_settings_dup_uri (const GstS3Settings *self)
{
  return self->bucket != NULL && self->key != NULL ? gst_s3_uri_build (self->bucket, self->key)
                                                   : NULL;
}

static void
set_string (GstS3Settings *self, guint id, const GValue *value)
{
  gchar **field = &G_STRUCT_MEMBER (gchar *, self, strings[id].field);

  clear_secret (field);
  *field = g_value_dup_string (value);
}

gboolean
gst_s3_settings_set (GstS3Settings *self, guint id, const GValue *value)
{
  g_autoptr (GError) error = NULL;

  switch (id) {
  case GST_S3_SETTINGS_URI:
    if (!gst_s3_settings_set_uri (self, g_value_get_string (value), &error))
      g_warning ("%s", error->message);
    return TRUE;
  case GST_S3_SETTINGS_FORCE_PATH_STYLE:
    self->path_style = g_value_get_boolean (value);
    return TRUE;
  case GST_S3_SETTINGS_REQUEST_TIMEOUT:
    self->request_timeout_ms = g_value_get_int64 (value);
    return TRUE;
  case GST_S3_SETTINGS_RETRY_ATTEMPTS:
    self->retry_attempts = g_value_get_uint (value);
    return TRUE;
  default:
    if (id >= G_N_ELEMENTS (strings) || strings[id].name == NULL)
      return FALSE;
    set_string (self, id, value);
    return TRUE;
  }
}

gboolean
gst_s3_settings_get (const GstS3Settings *self, guint id, GValue *value)
{
  switch (id) {
  case GST_S3_SETTINGS_URI:
    g_value_take_string (value, gst_s3_settings_dup_uri (self));
    return TRUE;
  case GST_S3_SETTINGS_FORCE_PATH_STYLE:
    g_value_set_boolean (value, self->path_style);
    return TRUE;
  case GST_S3_SETTINGS_REQUEST_TIMEOUT:
    g_value_set_int64 (value, self->request_timeout_ms);
    return TRUE;
  case GST_S3_SETTINGS_RETRY_ATTEMPTS:
    g_value_set_uint (value, self->retry_attempts);
    return TRUE;
  default:
    if (id >= G_N_ELEMENTS (strings) || strings[id].name == NULL)
      return FALSE;
    g_value_set_string (value, G_STRUCT_MEMBER (gchar *, self, strings[id].field));
    return TRUE;
  }
}

/* @set, or the first of the variables that says something. */
static const gchar *
or_environment (const gchar *set, const gchar *variable, const gchar *another)
{
  const gchar *value = set;

  if (value == NULL || *value == '\0')
    value = g_getenv (variable);
  if ((value == NULL || *value == '\0') && another != NULL)
    value = g_getenv (another);
  return value != NULL ? value : "";
}

static gchar *
make_aws_endpoint (const gchar *region)
{
  return g_strdup_printf ("https://s3.%s.amazonaws.com", region);
}

static void
set_keys (const GstS3Settings *self, TytoS3Config *config)
{
  if (self->access_key != NULL) {
    tyto_s3_config_set (&config->access_key, self->access_key);
    tyto_s3_config_set (&config->secret_key, self->secret_key);
    tyto_s3_config_set (&config->session_token, self->session_token);
  } else {
    tyto_s3_config_set (&config->access_key, g_getenv ("AWS_ACCESS_KEY_ID"));
    tyto_s3_config_set (&config->secret_key,
                        or_environment (self->secret_key, "AWS_SECRET_ACCESS_KEY", NULL));
    tyto_s3_config_set (&config->session_token,
                        or_environment (self->session_token, "AWS_SESSION_TOKEN", NULL));
  }
}

static guint
timeout_seconds (gint64 ms)
{
  return ms < 0 ? LONGEST_TIMEOUT_S : (guint) CLAMP ((ms + 999) / 1000, 1, LONGEST_TIMEOUT_S);
}

TytoS3Config *
gst_s3_settings_make_config (const GstS3Settings *self, GError **error)
{
  g_autoptr (TytoS3Config) config = tyto_s3_config_new ();
  const gchar *endpoint
      = or_environment (self->endpoint, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL");
  const gchar *region = or_environment (self->region, "AWS_REGION", "AWS_DEFAULT_REGION");
  g_autofree gchar *aws = NULL;

  if (self->bucket == NULL || self->key == NULL || *self->key == '\0') {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Set the property uri to s3://BUCKET/KEY, or bucket and key.",
                    "It is not said which object");
    return NULL;
  }
  if (*region == '\0')
    region = DEFAULT_REGION;
  aws = make_aws_endpoint (region);
  tyto_s3_config_set (&config->endpoint, *endpoint != '\0' ? endpoint : aws);
  tyto_s3_config_set (&config->region, region);
  tyto_s3_config_set (&config->bucket, self->bucket);
  tyto_s3_config_set (&config->ca_file, or_environment (self->ca_file, "AWS_CA_BUNDLE", NULL));
  set_keys (self, config);
  config->addressing = self->path_style ? TYTO_S3_ADDRESSING_PATH : TYTO_S3_ADDRESSING_VIRTUAL;
  config->timeout = timeout_seconds (self->request_timeout_ms);
  config->retries = self->retry_attempts - 1;
  return tyto_s3_config_check (config, error) ? g_steal_pointer (&config) : NULL;
}
