/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3/gsts3uri.h"

#include <string.h>

#define SCHEME "s3://"

static gboolean
refuse (const gchar *uri, GError **error)
{
  g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI,
               "%s does not name an object: give s3://BUCKET/KEY", uri);
  return FALSE;
}

gboolean
gst_s3_uri_parse (const gchar *uri, gchar **bucket, gchar **key, GError **error)
{
  g_auto (GStrv) parts = NULL;
  g_autofree gchar *unescaped = NULL;

  if (g_ascii_strncasecmp (uri, SCHEME, strlen (SCHEME)) != 0)
    return refuse (uri, error);
  parts = g_strsplit (uri + strlen (SCHEME), "/", 2);
  if (g_strv_length (parts) == 2)
    unescaped = g_uri_unescape_string (parts[1], NULL);
  if (unescaped == NULL || *unescaped == '\0' || *parts[0] == '\0'
      || !g_utf8_validate (unescaped, -1, NULL))
    return refuse (uri, error);
  *bucket = g_strdup (parts[0]);
  *key = g_steal_pointer (&unescaped);
  return TRUE;
}

gchar *
gst_s3_uri_build (const gchar *bucket, const gchar *key)
{
  g_autofree gchar *escaped
      = g_uri_escape_string (key, G_URI_RESERVED_CHARS_ALLOWED_IN_PATH, FALSE);

  return g_strconcat (SCHEME, bucket, "/", escaped, NULL);
}
