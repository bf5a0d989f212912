/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/s3/tyto-s3-config.h"

#include "base/tyto-error.h"

#include <string.h>

G_DEFINE_BOXED_TYPE (TytoS3Config, tyto_s3_config, tyto_s3_config_ref, tyto_s3_config_unref)

TytoS3Config *
tyto_s3_config_new (void)
{
  TytoS3Config *self = g_atomic_rc_box_new0 (TytoS3Config);

  self->endpoint = g_strdup ("");
  self->region = g_strdup ("us-east-1");
  self->bucket = g_strdup ("");
  self->access_key = g_strdup ("");
  self->secret_key = g_strdup ("");
  self->session_token = g_strdup ("");
  self->ca_file = g_strdup ("");
  self->timeout = 60;
  self->retries = 4;
  return self;
}

TytoS3Config *
tyto_s3_config_ref (TytoS3Config *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
free_secret (char *secret)
{
  explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

static void
clear (gpointer data)
{
  TytoS3Config *self = data;

  g_free (self->endpoint);
  g_free (self->region);
  g_free (self->bucket);
  g_free (self->access_key);
  free_secret (self->secret_key);
  free_secret (self->session_token);
  g_free (self->ca_file);
}

void
tyto_s3_config_unref (TytoS3Config *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

void
tyto_s3_config_set (char **field, const char *value)
{
  char *old = *field;

  *field = g_strdup (value != NULL ? value : "");
  free_secret (old); /* any of them: it costs nothing */
}

static gboolean
check_endpoint (const TytoS3Config *self, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (self->endpoint, G_URI_FLAGS_NONE, NULL);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";
  const char *path = uri != NULL ? g_uri_get_path (uri) : "";

  if ((strcmp (scheme, "http") == 0 || strcmp (scheme, "https") == 0)
      && g_uri_get_host (uri) != NULL && *g_uri_get_host (uri) != '\0'
      && g_uri_get_userinfo (uri) == NULL && g_uri_get_query (uri) == NULL
      && g_uri_get_fragment (uri) == NULL && (*path == '\0' || strcmp (path, "/") == 0))
    return TRUE;
  /* Not quoted: it may hold a password. */
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "Give http:// or https://, the host and, where needed, the port.",
                  "The endpoint of the object store is not the URL of a server");
  return FALSE;
}

/* Buckets of AWS, and the wider old names that other servers have. */
static gboolean
is_bucket (const char *name)
{
  gsize length = strlen (name);

  return length >= 1 && length <= 255
         && strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_")
                == length
         && name[0] != '.' && name[0] != '-';
}

/* What goes into a header as it is: printable ASCII without spaces. */
static gboolean
is_token (const char *text)
{
  for (; *text != '\0'; text++)
    if (!g_ascii_isgraph (*text))
      return FALSE;
  return TRUE;
}

gboolean
tyto_s3_config_check (const TytoS3Config *self, GError **error)
{
  const char *wrong = NULL;

  if (!check_endpoint (self, error))
    return FALSE;
  if (!is_bucket (self->bucket))
    wrong = "The name of the bucket is missing or is not one";
  else if (*self->region == '\0' || !is_token (self->region) || strchr (self->region, '/') != NULL)
    wrong = "The region of the object store is missing or is not one";
  else if (*self->access_key == '\0' || !is_token (self->access_key)
           || strchr (self->access_key, '/') != NULL)
    wrong = "The access key of the object store is missing or is not one";
  else if (*self->secret_key == '\0')
    wrong = "The secret key of the object store is missing";
  else if (!is_token (self->session_token))
    wrong = "The session token of the object store is not one";
  else if (self->timeout < 1 || self->timeout > 3600)
    wrong = "The time-out of the object store is not within 1 to 3600 s";
  else if (self->retries > 20)
    wrong = "The retries of the object store are more than 20";
  if (wrong == NULL)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Correct the settings of the object store.",
                  "%s", wrong);
  return FALSE;
}

gboolean
tyto_s3_addressing_from_name (const char *name, TytoS3Addressing *addressing)
{
  if (g_strcmp0 (name, "path") == 0)
    *addressing = TYTO_S3_ADDRESSING_PATH;
  else if (g_strcmp0 (name, "virtual") == 0)
    *addressing = TYTO_S3_ADDRESSING_VIRTUAL;
  else
    return FALSE;
  return TRUE;
}
