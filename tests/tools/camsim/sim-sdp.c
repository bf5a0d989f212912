/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-sdp.h"

#include <string.h>

static void
append_framerate (GString *sdp, guint fps_milli)
{
  if (fps_milli % 1000 == 0)
    g_string_append_printf (sdp, "a=framerate:%u\r\n", fps_milli / 1000);
  else
    g_string_append_printf (sdp, "a=framerate:%u.%03u\r\n", fps_milli / 1000, fps_milli % 1000);
}

char *
sim_sdp_new (guint camera, SimStreamKind kind, SimMedia *media, SimAudio *audio,
             const char *address)
{
  const SimVideoConfig *config = sim_media_get_config (media);
  g_autofree char *fmtp = sim_media_get_fmtp (media);
  const char *family = strchr (address, ':') != NULL ? "IP6" : "IP4";
  GString *sdp = g_string_new ("v=0\r\n");

  g_string_append_printf (sdp, "o=- %u 1 IN %s %s\r\n", camera * 10 + kind + 1, family, address);
  g_string_append_printf (sdp, "s=camera %u %s\r\nc=IN %s %s\r\nt=0 0\r\n", camera,
                          sim_stream_kind_name (kind), family,
                          g_str_equal (family, "IP6") ? "::" : "0.0.0.0");
  g_string_append (sdp, "a=control:*\r\na=range:npt=now-\r\n");
  g_string_append_printf (sdp, "m=video 0 RTP/AVP %u\r\nb=AS:%u\r\n", SIM_VIDEO_PAYLOAD_TYPE,
                          config->bitrate);
  g_string_append_printf (sdp, "a=rtpmap:%u %s/90000\r\na=fmtp:%u %s\r\n", SIM_VIDEO_PAYLOAD_TYPE,
                          config->codec == SIM_CODEC_H264 ? "H264" : "H265", SIM_VIDEO_PAYLOAD_TYPE,
                          fmtp);
  append_framerate (sdp, config->fps_milli);
  g_string_append_printf (sdp, "a=x-dimensions:%u,%u\r\n", config->width, config->height);
  g_string_append (sdp, "a=control:trackID=1\r\n");
  if (audio != NULL)
    g_string_append_printf (sdp, "%sa=control:trackID=2\r\n", sim_audio_get_sdp (audio));
  return g_string_free (sdp, FALSE);
}
