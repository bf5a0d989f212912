/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcamerauri.h"

#include <gst/gst.h>
#include <string.h>

static gchar *
decode (const gchar *text, gsize length)
{
  g_autofree gchar *raw = g_strndup (text, length);
  gchar *plain = g_uri_unescape_string (raw, NULL);

  /* A lone percent sign is no escape: take the text as it stands. */
  return plain != NULL ? plain : g_steal_pointer (&raw);
}

/* The `@` that ends the userinfo, or NULL. An `@` behind the first slash is one of the path
 * (`host:554/path@2`), unless what stands before that slash cannot be `host:port`
 * (`user:pa/ss@host`). */
static const gchar *
find_userinfo_end (const gchar *authority)
{
  gsize head = strcspn (authority, "/?#");
  const gchar *at = memrchr (authority, '@', head);
  const gchar *colon = memchr (authority, ':', head);

  if (at != NULL || colon == NULL || *authority == '[')
    return at;
  if (strspn (colon + 1, "0123456789") == (gsize) (authority + head - colon - 1))
    return NULL;
  return strchr (authority + head, '@');
}

gboolean
gst_camera_uri_split (const gchar *location, gchar **uri, gchar **user, gchar **password,
                      GError **error)
{
  g_autofree gchar *text = g_strstrip (g_strdup (location));
  const gchar *scheme = NULL;
  const gchar *authority, *at, *host;

  if (g_ascii_strncasecmp (text, "rtsp://", 7) == 0)
    scheme = "rtsp://";
  else if (g_ascii_strncasecmp (text, "rtsps://", 8) == 0)
    scheme = "rtsps://";
  if (scheme == NULL) {
    g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_UNSUPPORTED_PROTOCOL,
                 "The address does not start with rtsp:// or rtsps://");
    return FALSE;
  }

  authority = text + strlen (scheme);
  at = find_userinfo_end (authority);
  host = at != NULL ? at + 1 : authority;
  if (*host == '\0' || strchr ("/?#:", *host) != NULL) {
    g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_URI, "The address names no host");
    return FALSE;
  }

  *user = *password = NULL;
  if (at != NULL) {
    const gchar *colon = memchr (authority, ':', at - authority);

    *user = decode (authority, (colon != NULL ? colon : at) - authority);
    if (colon != NULL)
      *password = decode (colon + 1, at - colon - 1);
  }
  *uri = g_strconcat (scheme, host, NULL);
  return TRUE;
}
