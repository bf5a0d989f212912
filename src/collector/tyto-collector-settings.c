/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-collector-settings.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"

static const TytoDictNumber numbers[] = {
  { "parallel", G_STRUCT_OFFSET (TytoCollectorSettings, parallel), 1, 32, 4 },
  { "timeout", G_STRUCT_OFFSET (TytoCollectorSettings, timeout_s), 1, 3600, 30 },
  { "tries", G_STRUCT_OFFSET (TytoCollectorSettings, tries), 1, 100, 3 },
  { "retry-seconds", G_STRUCT_OFFSET (TytoCollectorSettings, retry_s), 0, 3600, 5 },
  { "poll-ms", G_STRUCT_OFFSET (TytoCollectorSettings, poll_ms), 100, 3600000, 2000 },
  { "disk-floor", G_STRUCT_OFFSET (TytoCollectorSettings, disk_floor), 0, G_MAXINT64, 0 },
};

static gboolean
take_store (TytoCollectorSettings *self, GVariant *settings, GError **error)
{
  g_autoptr (TytoS3Config) config = tyto_s3_config_new ();
  const char *addressing = tyto_dict_string (settings, "addressing", "path");

  tyto_s3_config_set (&config->endpoint, tyto_dict_string (settings, "endpoint", ""));
  if (*config->endpoint == '\0')
    return TRUE;
  tyto_s3_config_set (&config->region, tyto_dict_string (settings, "region", "us-east-1"));
  tyto_s3_config_set (&config->bucket, tyto_dict_string (settings, "bucket", ""));
  tyto_s3_config_set (&config->access_key, tyto_dict_string (settings, "access-key", ""));
  tyto_s3_config_set (&config->secret_key, tyto_dict_string (settings, "secret-key", ""));
  tyto_s3_config_set (&config->session_token, tyto_dict_string (settings, "session-token", ""));
  tyto_s3_config_set (&config->ca_file, tyto_dict_string (settings, "ca-file", ""));
  if (!tyto_s3_addressing_from_name (addressing, &config->addressing)) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "It is path or virtual.",
                    "There is no addressing “%s”.", addressing);
    return FALSE;
  }
  config->timeout = (guint) self->timeout_s;
  config->retries = 0; /* whoever asks has patience of its own, and tells why it waits */
  self->client = tyto_s3_client_new (config, error);
  return self->client != NULL;
}

/* So that it is said now that it cannot be used. */
static gboolean
take_url_ca_file (TytoCollectorSettings *self, GVariant *settings, GError **error)
{
  g_autoptr (TytoWebClient) client = NULL;

  self->url_ca_file = g_strdup (tyto_dict_string (settings, "url-ca-file", ""));
  client = tyto_web_client_new (self->url_ca_file, (guint) self->timeout_s, error);
  return client != NULL;
}

TytoCollectorSettings *
tyto_collector_settings_new (GVariant *settings, GError **error)
{
  g_autoptr (TytoCollectorSettings) self = g_atomic_rc_box_new0 (TytoCollectorSettings);

  if (!tyto_dict_get_numbers (settings, self, numbers, G_N_ELEMENTS (numbers), error)
      || !take_store (self, settings, error) || !take_url_ca_file (self, settings, error))
    return NULL;
  return g_steal_pointer (&self);
}

TytoCollectorSettings *
tyto_collector_settings_ref (TytoCollectorSettings *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  TytoCollectorSettings *self = data;

  g_clear_object (&self->client);
  g_free (self->url_ca_file);
}

void
tyto_collector_settings_unref (TytoCollectorSettings *self)
{
  g_atomic_rc_box_release_full (self, clear);
}
