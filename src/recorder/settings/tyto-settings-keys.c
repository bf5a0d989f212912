/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The keys of the service, and what their values must be beyond what the schema can say. */
#include "recorder/settings/tyto-settings-private.h"

#include "base/tyto-error.h"

#include <string.h>

#define STRING(...) TYTO_SETTINGS_STRING, __VA_ARGS__
#define UINT        TYTO_SETTINGS_UINT, TYTO_SETTINGS_ANY
#define ENUM        TYTO_SETTINGS_ENUM, TYTO_SETTINGS_ANY
#define DICT        TYTO_SETTINGS_DICT, TYTO_SETTINGS_ANY
#define SECONDS     TYTO_SETTINGS_UINT, TYTO_SETTINGS_SECONDS

const TytoSettingsKey tyto_settings_keys[] = {
  { "http-address", STRING (TYTO_SETTINGS_ANY), {} },
  { "http-port", UINT, { "PORT" } },
  { "token-file", STRING (TYTO_SETTINGS_ANY), {} },
  { "output-dir", STRING (TYTO_SETTINGS_ANY), { "OUTPUT_DIR" } },
  { "segment-seconds", UINT, { "SEGMENT_SECONDS", "RECORDING_SEGMENT_DURATION" } },
  { "format", ENUM, { "RECORDING_FORMAT" } },
  { "path-template", STRING (TYTO_SETTINGS_ANY), {} },
  { "fragment-ms", UINT, {} },
  { "engine", ENUM, {} },
  { "ingest", ENUM, {} },
  { "sync-ms", UINT, {} },
  { "queue-mib", UINT, {} },
  { "thumbnail-seconds", UINT, {} },
  { "thumbnail-width", UINT, {} },
  { "thumbnail-height", UINT, {} },
  { "cameras-per-worker", UINT, {} },
  { "connect-stagger-ms", UINT, {} },
  { "camera-timeout", UINT, {} },
  { "latency-ms", UINT, {} },
  { "idle-exit-seconds", UINT, {} },
  { "worker-memory-mib", UINT, {} },
  { "worker-cpu-percent", UINT, {} },
  { "disk-floor-mib", UINT, {} },
  { "disk-floor-percent", UINT, {} },
  { "disk-warn-percent", UINT, {} },
  { "disk-critical-percent", UINT, {} },
  /* MINIO_ENDPOINT has no scheme: see tyto-settings-environment.c */
  { "s3-endpoint", STRING (TYTO_SETTINGS_ORIGIN), { "S3_ENDPOINT" } },
  { "s3-bucket", STRING (TYTO_SETTINGS_ANY), { "S3_BUCKET", "MINIO_BUCKET" } },
  { "s3-region", STRING (TYTO_SETTINGS_ANY), { "AWS_REGION" } },
  { "s3-access-key",
    STRING (TYTO_SETTINGS_KEY),
    { "S3_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID", "MINIO_ACCESS_KEY" } },
  { "s3-secret-key",
    STRING (TYTO_SETTINGS_SECRET),
    { "S3_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", "MINIO_SECRET_KEY" } },
  { "s3-session-token", STRING (TYTO_SETTINGS_SECRET), { "AWS_SESSION_TOKEN" } },
  { "s3-addressing", ENUM, {} },
  { "s3-ca-file", STRING (TYTO_SETTINGS_ANY), {} },
  { "archive-key-template", STRING (TYTO_SETTINGS_ANY), {} },
  { "upload-concurrency", UINT, {} },
  { "upload-part-mib", UINT, {} },
  { "upload-threshold-mib", UINT, {} },
  { "upload-bandwidth-kbit", UINT, {} },
  { "upload-timeout", UINT, {} },
  { "local-retention-minutes", UINT, {} },
  { "slow-dir", STRING (TYTO_SETTINGS_ANY), {} },
  { "slow-after-minutes", UINT, {} },
  { "retention-days", UINT, {} },
  { "retention-plans", DICT, {} },
  { "retention-owners", DICT, {} },
  { "retention-time", STRING (TYTO_SETTINGS_CLOCK), {} },
  /* DATABASE_URL and its parts: see tyto-settings-environment.c */
  { "catalogue-uri", STRING (TYTO_SETTINGS_DATABASE), {} },
  { "catalogue-password", STRING (TYTO_SETTINGS_SECRET), { "DB_PASSWORD", "POSTGRES_PASSWORD" } },
  { "recorder-name", STRING (TYTO_SETTINGS_ANY), {} },
  { "vms-service-url", STRING (TYTO_SETTINGS_URL), { "VMS_SERVICE_URL" } },
  { "stream-counter-url", STRING (TYTO_SETTINGS_URL), { "STREAM_COUNTER_URL" } },
  { "stream-quota", UINT, {} },
  { "stream-heartbeat-seconds", UINT, {} },
  { "storage-service-url", STRING (TYTO_SETTINGS_URL), { "STORAGE_SERVICE_URL" } },
  { "service-token", STRING (TYTO_SETTINGS_SECRET), {} },
  { "live-bucket", STRING (TYTO_SETTINGS_BUCKET), { "LIVE_BUCKET" } },
  { "broadcast-bucket", STRING (TYTO_SETTINGS_BUCKET), { "BROADCAST_BUCKET", "MINIO_BUCKET" } },
  { "stream-service-url", STRING (TYTO_SETTINGS_URL), { "STREAM_SERVICE_URL" } },
  { "vod-service-url", STRING (TYTO_SETTINGS_URL), { "VOD_SERVICE_URL" } },
  { "stream-webhook-secret", STRING (TYTO_SETTINGS_SECRET), { "STREAM_WEBHOOK_SECRET" } },
  { "monitor-interval", SECONDS, { "MONITOR_INTERVAL" } },
  { "segment-timeout", SECONDS, { "SEGMENT_DOWNLOAD_TIMEOUT" } },
  { "segment-tries", UINT, { "MAX_RETRY_ATTEMPTS" } },
  { "segment-retry-seconds", UINT, {} },
  { "segment-parallel", UINT, {} },
  { "broadcast-poll-ms", UINT, {} },
  { "broadcast-idle-seconds", UINT, {} },
  { "broadcast-discover-seconds", UINT, {} },
  { "broadcast-retention-days", UINT, {} },
  { "playlist-ca-file", STRING (TYTO_SETTINGS_ANY), {} },
  { "webhook-ca-file", STRING (TYTO_SETTINGS_ANY), {} },
  { "log-level", ENUM, { "LOG_LEVEL" } },
  { "log-format", ENUM, { "LOG_FORMAT" } },
};

const guint tyto_settings_n_keys = G_N_ELEMENTS (tyto_settings_keys);

const TytoSettingsKey *
tyto_settings_find_key (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (tyto_settings_keys); i++) {
    if (g_str_equal (tyto_settings_keys[i].name, name))
      return &tyto_settings_keys[i];
  }
  return NULL;
}

static gboolean
check_reference (const char *text, GError **error)
{
  if (tyto_settings_is_reference (text))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "Put it into a systemd credential or an environment variable, and write "
                  "'${NAME}' here.",
                  "a secret must not stand in this file");
  return FALSE;
}

/* A reference that is begun and not ended is no key. */
static gboolean
check_key (const char *text, GError **error)
{
  if (!g_str_has_prefix (text, "${") || tyto_settings_is_reference (text))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Write it like '${NAME}'.",
                  "it is neither a reference nor a key");
  return FALSE;
}

static gboolean
check_url (const char *text, gboolean origin, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED, NULL);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";
  const char *why = NULL;

  if (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https"))
    why = "it is no http:// or https:// URL";
  else if (g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0')
    why = "it has no host";
  else if (g_uri_get_userinfo (uri) != NULL)
    why = "credentials do not belong into it";
  else if (g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    why = "a query does not belong into it";
  else if (origin && strlen (g_uri_get_path (uri)) > 1)
    why = "a path does not belong into it";
  if (why == NULL)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Write it like 'https://store.example:9000'.",
                  "%s", why);
  return FALSE;
}

static gboolean
check_database (const char *text, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (text, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_ENCODED, NULL);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";

  if (!g_str_equal (scheme, "postgresql") && !g_str_equal (scheme, "postgres")) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Write it like 'postgresql://tyto@db.example/tyto'.",
                    "it is no postgresql:// URI");
    return FALSE;
  }
  /* libpq takes a parameter password= of the query, too. */
  if (g_uri_get_password (uri) != NULL
      || (g_uri_get_query (uri) != NULL && strstr (g_uri_get_query (uri), "password=") != NULL)) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Put the password where catalogue-password refers to.",
                    "a password must not stand in it");
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_clock (const char *text, GError **error)
{
  if (strlen (text) == 5 && g_ascii_isdigit (text[0]) && g_ascii_isdigit (text[1]) && text[2] == ':'
      && g_ascii_isdigit (text[3]) && g_ascii_isdigit (text[4])
      && (text[0] - '0') * 10 + text[1] - '0' < 24 && text[3] < '6')
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Write it like '03:00'.",
                  "it is no time of day");
  return FALSE;
}

/* As tyto_s3_config_check(). Empty is none. */
static gboolean
check_bucket (const char *text, GError **error)
{
  gsize length = strlen (text);

  if (length <= 255 && text[0] != '.' && text[0] != '-'
      && strspn (text, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS ".-_") == length)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "It is made of letters, digits, '.', '-' and '_'.", "it is no name of a bucket");
  return FALSE;
}

gboolean
tyto_settings_check_meaning (const TytoSettingsKey *key, GVariant *value, GError **error)
{
  const char *text = key->type == TYTO_SETTINGS_STRING ? g_variant_get_string (value, NULL) : "";

  if (key->meaning == TYTO_SETTINGS_CLOCK)
    return check_clock (text, error);
  if (*text == '\0')
    return TRUE;
  switch (key->meaning) {
  case TYTO_SETTINGS_SECRET:
    return check_reference (text, error);
  case TYTO_SETTINGS_KEY:
    return check_key (text, error);
  case TYTO_SETTINGS_ORIGIN:
    return check_url (text, TRUE, error);
  case TYTO_SETTINGS_URL:
    return check_url (text, FALSE, error);
  case TYTO_SETTINGS_DATABASE:
    return check_database (text, error);
  case TYTO_SETTINGS_BUCKET:
    return check_bucket (text, error);
  default:
    return TRUE;
  }
}
