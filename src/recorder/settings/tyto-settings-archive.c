/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The object store of the settings. */
#include "recorder/settings/tyto-settings-private.h"

#include "base/tyto-error.h"

#include <string.h>

/* Without the slash that an endpoint may end with. */
static void
set_endpoint (TytoS3Config *config, const char *url)
{
  g_autofree char *text = g_strdup (url);

  if (g_str_has_suffix (text, "/"))
    text[strlen (text) - 1] = '\0';
  tyto_s3_config_set (&config->endpoint, text);
}

static gboolean
set_secret (TytoSettings *self, const char *property, char **field, GError **error)
{
  char *secret = tyto_settings_get_secret (self, property, error);

  if (secret == NULL)
    return FALSE;
  tyto_s3_config_set (field, secret);
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
  return TRUE;
}

static TytoS3Config *
get_config (TytoSettings *self, const char *bucket, GError **error)
{
  const char *endpoint = tyto_settings_get_string (self, "s3-endpoint");
  g_autoptr (TytoS3Config) config = NULL;

  if (*endpoint == '\0')
    return NULL;
  config = tyto_s3_config_new ();
  set_endpoint (config, endpoint);
  tyto_s3_config_set (&config->region, tyto_settings_get_string (self, "s3-region"));
  tyto_s3_config_set (&config->bucket, bucket);
  tyto_s3_config_set (&config->ca_file, tyto_settings_get_string (self, "s3-ca-file"));
  tyto_s3_addressing_from_name (tyto_settings_get_string (self, "s3-addressing"),
                                &config->addressing);
  config->timeout = tyto_settings_get_uint (self, "upload-timeout");
  if (!set_secret (self, "s3-access-key", &config->access_key, error)
      || !set_secret (self, "s3-secret-key", &config->secret_key, error)
      || !set_secret (self, "s3-session-token", &config->session_token, error))
    return NULL;
  return tyto_s3_config_check (config, error) ? g_steal_pointer (&config) : NULL;
}

TytoS3Config *
tyto_settings_get_bucket_config (TytoSettings *self, const char *property, GError **error)
{
  const char *bucket = tyto_settings_get_string (self, property);

  return *bucket != '\0' ? get_config (self, bucket, error) : NULL;
}

TytoS3Config *
tyto_settings_get_s3_config (TytoSettings *self, GError **error)
{
  return tyto_settings_get_bucket_config (self, "s3-bucket", error);
}
