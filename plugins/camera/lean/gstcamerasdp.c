/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcamerasdp.h"

#include <string.h>

static gboolean
is_absolute (const gchar *uri)
{
  return uri != NULL
         && (g_ascii_strncasecmp (uri, "rtsp://", 7) == 0
             || g_ascii_strncasecmp (uri, "rtsps://", 8) == 0);
}

gchar *
gst_camera_sdp_base (const GstRTSPMessage *answer, const gchar *uri)
{
  static const GstRTSPHeaderField fields[]
      = { GST_RTSP_HDR_CONTENT_BASE, GST_RTSP_HDR_CONTENT_LOCATION };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++) {
    g_autofree gchar *base = NULL;
    gchar *header = NULL;

    if (gst_rtsp_message_get_header (answer, fields[i], &header, 0) != GST_RTSP_OK)
      continue;
    base = g_strstrip (g_strdup (header));
    if (is_absolute (base)) /* some are a bare path, or a host the camera has no name for */
      return g_steal_pointer (&base);
  }
  return g_strdup (uri);
}

gchar *
gst_camera_sdp_aggregate (const GstSDPMessage *sdp, const gchar *base)
{
  const gchar *value;

  for (guint i = 0; (value = gst_sdp_message_get_attribute_val_n (sdp, "control", i)) != NULL;
       i++) {
    g_autofree gchar *control = g_strstrip (g_strdup (value));

    if (is_absolute (control))
      return g_steal_pointer (&control);
  }
  return g_strdup (base);
}

/* Not by GUri, which is strict about bases that cameras make up. */
gchar *
gst_camera_sdp_resolve (const gchar *base, const gchar *reference)
{
  const gchar *authority = strstr (base, "://");
  const gchar *path, *last;
  gsize end;

  if (strstr (reference, "://") != NULL || authority == NULL)
    return g_strdup (reference);
  authority += 3;
  if (g_str_has_prefix (reference, "//"))
    return g_strdup_printf ("%.*s%s", (gint) (authority - base), base, reference + 2);
  path = authority + strcspn (authority, "/?#");
  if (*reference == '/')
    return g_strdup_printf ("%.*s%s", (gint) (path - base), base, reference);
  end = strcspn (path, "?#");
  if (*reference == '?')
    return g_strdup_printf ("%.*s%s", (gint) (path + end - base), base, reference);
  last = memrchr (path, '/', end);
  if (last == NULL)
    return g_strdup_printf ("%.*s/%s", (gint) (path - base), base, reference);
  return g_strdup_printf ("%.*s%s", (gint) (last + 1 - base), base, reference);
}

gchar *
gst_camera_sdp_control (const GstSDPMedia *media, const gchar *aggregate, gboolean strict)
{
  const gchar *value = gst_sdp_media_get_attribute_val (media, "control");
  g_autofree gchar *control = g_strstrip (g_strdup (value != NULL ? value : ""));
  gboolean slash;

  if (is_absolute (control))
    return g_steal_pointer (&control);
  if (*control == '\0' || g_str_equal (control, "*"))
    return g_strdup (aggregate);
  if (strict)
    return gst_camera_sdp_resolve (aggregate, control);
  slash = g_str_has_suffix (aggregate, "/") || *control == '/';
  if (g_str_has_suffix (aggregate, "/") && *control == '/')
    return g_strconcat (aggregate, control + 1, NULL);
  return g_strconcat (aggregate, slash ? "" : "/", control, NULL);
}

GstCaps *
gst_camera_sdp_caps (const GstSDPMedia *media, gboolean (*knows) (const GstCaps *caps))
{
  const gchar *protocol = gst_sdp_media_get_proto (media);

  if (g_strcmp0 (protocol, "RTP/AVP") != 0 && g_strcmp0 (protocol, "RTP/AVPF") != 0
      && g_strcmp0 (protocol, "RTP/AVP/TCP") != 0)
    return NULL;
  for (guint i = 0; i < gst_sdp_media_formats_len (media); i++) {
    const gchar *format = gst_sdp_media_get_format (media, i);
    guint64 type;
    g_autoptr (GstCaps) caps = NULL;

    if (!g_ascii_string_to_unsigned (format, 10, 0, 127, &type, NULL))
      continue;
    caps = gst_sdp_media_get_caps_from_media (media, (gint) type);
    if (caps == NULL || gst_caps_is_empty (caps))
      continue;
    caps = gst_caps_make_writable (caps);
    gst_structure_set_name (gst_caps_get_structure (caps, 0), "application/x-rtp");
    if (knows (caps))
      return g_steal_pointer (&caps);
  }
  return NULL;
}

gchar *
gst_camera_sdp_session (const gchar *header, guint *timeout)
{
  gsize length = strcspn (header, ";");
  const gchar *at = header + length;

  *timeout = 0;
  while (*at == ';') {
    at += 1 + strspn (at + 1, " \t");
    if (g_ascii_strncasecmp (at, "timeout", 7) == 0) {
      const gchar *value = at + 7 + strspn (at + 7, " \t");

      if (*value == '=')
        *timeout = (guint) MIN (g_ascii_strtoull (value + 1, NULL, 10), 24 * 3600);
    }
    at += strcspn (at, ";");
  }
  return g_strstrip (g_strndup (header, length));
}

/* "a-b", "a" or nothing of use */
static void
read_channels (const gchar *text, guint8 *channel, guint8 *rtcp_channel)
{
  gchar *end = NULL;
  guint64 first = g_ascii_strtoull (text, &end, 10);
  guint64 second = first + 1;

  if (end == text || first > G_MAXUINT8)
    return;
  if (*end == '-' && g_ascii_isdigit (end[1]))
    second = g_ascii_strtoull (end + 1, NULL, 10);
  if (second > G_MAXUINT8)
    return;
  *channel = (guint8) first;
  *rtcp_channel = (guint8) second;
}

gboolean
gst_camera_sdp_channels (const gchar *header, guint8 *channel, guint8 *rtcp_channel)
{
  g_auto (GStrv) parts = g_strsplit (header, ";", -1);
  gboolean interleaved = FALSE;

  for (guint i = 0; parts[i] != NULL; i++) {
    const gchar *part = g_strstrip (parts[i]);

    if (g_ascii_strncasecmp (part, "interleaved", 11) == 0) {
      interleaved = TRUE;
      if (part[11] == '=')
        read_channels (part + 12, channel, rtcp_channel);
    } else if (i == 0) {
      interleaved |= g_ascii_strcasecmp (part, "RTP/AVP/TCP") == 0;
    }
  }
  return interleaved;
}
