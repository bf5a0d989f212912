/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcameraredirection.h"

#include <gst/gst.h>
#include <string.h>

#include "camera/gstcamerauri.h"
#include "camera/lean/gstcamerasdp.h"

gchar *
gst_camera_redirection_follow (const gchar *from, const gchar *location, GError **error)
{
  g_autofree gchar *resolved = gst_camera_sdp_resolve (from, location);
  g_autofree gchar *user = NULL;
  g_autofree gchar *password = NULL;
  gchar *uri = NULL;

  if (!gst_camera_uri_split (resolved, &uri, &user, &password, NULL)) {
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
                 "The camera refers to what is no RTSP address: look up the address of its stream "
                 "and set location to it");
    return NULL;
  }
  if (g_str_has_prefix (from, "rtsps:") && !g_str_has_prefix (uri, "rtsps:")) {
    g_clear_pointer (&uri, g_free);
    g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
                 "The camera refers to an address without TLS: if that is right, set location to "
                 "its rtsp:// address");
  }
  return uri;
}

/* What is behind the host, or "". */
static const gchar *
path_of (const gchar *uri)
{
  const gchar *authority = strstr (uri, "://");

  if (authority == NULL)
    return "";
  authority += 3;
  return authority + strcspn (authority, "/?#");
}

gchar *
gst_camera_redirection_move (const gchar *from, const gchar *location, GError **error)
{
  g_autofree gchar *uri = gst_camera_redirection_follow (from, location ? location : from, error);

  if (uri == NULL)
    return NULL;
  return *path_of (uri) == '\0' ? g_strconcat (uri, path_of (from), NULL) : g_steal_pointer (&uri);
}
