/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-handshake.c: a camera's answer to DESCRIBE or its ANNOUNCE, head and body (RFC 2326, RFC
 * 8866), through what the lean engine reads of it; the head's lines also as Session, Transport and
 * Location. */
#include "camera/lean/gstcameradepay.h"
#include "camera/lean/gstcameradescription.h"
#include "camera/lean/gstcameraredirection.h"
#include "camera/lean/gstcamerartsplink.h"
#include "camera/lean/gstcamerasdp.h"
#include "fuzz-target.h"

#include <string.h>

#define URI    "rtsp://127.0.0.1/stream?a=1"
#define SECURE "rtsps://127.0.0.1/stream?a=1"

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  gst_init (argc, argv);
  fuzz_target_be_silent ();
  return 0;
}

static void
try_location (const char *from, const char *location)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *uri = gst_camera_redirection_move (from, location, &error);

  g_assert_true ((uri == NULL) == (error != NULL));
  if (uri != NULL)
    g_assert_true (g_str_has_prefix (uri, "rtsps://")
                   || (g_str_has_prefix (uri, "rtsp://") && !g_str_equal (from, SECURE)));
}

static void
try_headers (const char *head)
{
  g_auto (GStrv) lines = g_strsplit (head, "\n", 32);

  for (guint i = 0; lines[i] != NULL; i++) {
    guint timeout;
    guint8 channel = 0, rtcp_channel = 1;
    g_autofree gchar *session = gst_camera_sdp_session (lines[i], &timeout);

    g_assert_null (strchr (session, ';'));
    g_assert_cmpuint (timeout, <=, 24 * 3600);
    gst_camera_sdp_channels (lines[i], &channel, &rtcp_channel);
    try_location (URI, lines[i]);
    try_location (SECURE, lines[i]);
  }
}

static void
try_description (const GstSDPMessage *sdp)
{
  g_autoptr (GstCameraDescription) a = gst_camera_description_new (sdp, TRUE);
  g_autoptr (GstCameraDescription) b = gst_camera_description_new (sdp, TRUE);

  g_assert_true (gst_camera_description_equal (a, b));
  g_assert_true (a->video.caps == NULL || gst_camera_depay_knows (a->video.caps));
  g_assert_true (a->audio.caps == NULL || gst_camera_depay_knows (a->audio.caps));
}

static void
try_sdp (const GstSDPMessage *sdp, const gchar *base)
{
  g_autofree gchar *aggregate = gst_camera_sdp_aggregate (sdp, base);

  try_description (sdp);

  for (guint i = 0; i < gst_sdp_message_medias_len (sdp); i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (sdp, i);
    g_autofree gchar *plain = gst_camera_sdp_control (media, aggregate, FALSE);
    g_autofree gchar *strict = gst_camera_sdp_control (media, aggregate, TRUE);
    g_autoptr (GstCaps) caps = gst_camera_sdp_caps (media, gst_camera_depay_knows);

    g_assert_nonnull (plain);
    g_assert_nonnull (strict);
    g_assert_true (caps == NULL || gst_camera_depay_knows (caps));
  }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const guint8 *end = memmem (data, size, "\n\n", 2);
  gsize head_size = end != NULL ? (gsize) (end - data) : size;
  g_autofree char *head = g_strndup ((const char *) data, head_size);
  g_auto (GstRTSPMessage) answer = { 0 };
  g_autofree gchar *base = NULL;
  GstSDPMessage *sdp = NULL;

  try_headers (head);
  if (!gst_camera_rtsp_link_read_head ((const gchar *) data, head_size, &answer))
    return 0;
  base = answer.type == GST_RTSP_MESSAGE_RESPONSE ? gst_camera_sdp_base (&answer, URI)
                                                  : g_strdup (URI);
  if (end == NULL || head_size + 2 == size)
    return 0;
  gst_sdp_message_new (&sdp);
  if (gst_sdp_message_parse_buffer (end + 2, (guint) (size - head_size - 2), sdp) == GST_SDP_OK)
    try_sdp (sdp, base);
  gst_sdp_message_free (sdp);
  return 0;
}
