/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcameracodec.h"

static const GstCameraCodec codecs[] = {
  { "H264", "video", "h264", "rtph264depay", "h264parse" },
  { "H265", "video", "h265", "rtph265depay", "h265parse" },
  { "MPEG4-GENERIC", "audio", "aac", "rtpmp4gdepay", "aacparse" },
  { "MP4A-LATM", "audio", "aac", "rtpmp4adepay", "aacparse" },
  { "PCMU", "audio", "pcmu", "rtppcmudepay", NULL },
  { "PCMA", "audio", "pcma", "rtppcmadepay", NULL },
  { "OPUS", "audio", "opus", "rtpopusdepay", "opusparse" },
};

const GstCameraCodec *
gst_camera_codec_find (const GstCaps *caps)
{
  const GstStructure *s = gst_caps_get_structure (caps, 0);
  const gchar *media = gst_structure_get_string (s, "media");
  const gchar *encoding = gst_structure_get_string (s, "encoding-name");
  gint payload = -1;

  gst_structure_get_int (s, "payload", &payload);
  if (encoding == NULL) /* RFC 3551, table 4: static payload types need no rtpmap */
    encoding = payload == 0 ? "PCMU" : payload == 8 ? "PCMA" : "";
  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++)
    if (g_ascii_strcasecmp (encoding, codecs[i].encoding) == 0
        && g_strcmp0 (media, codecs[i].media) == 0)
      return &codecs[i];
  return NULL;
}
