/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-rtsp.c: the first line as a camera's address, the rest as the headers of its answers. */
#include "camera/gstcamerakeepalive.h"
#include "camera/gstcamerauri.h"
#include "fuzz-target.h"

#include <string.h>

static void
try_uri (const char *location)
{
  g_autofree gchar *uri = NULL;
  g_autofree gchar *user = NULL;
  g_autofree gchar *password = NULL;
  g_autoptr (GError) error = NULL;

  if (gst_camera_uri_split (location, &uri, &user, &password, &error)) {
    g_assert_true (g_str_has_prefix (uri, "rtsp"));
    return;
  }
  g_assert_nonnull (error);
}

static void
try_headers (GstRTSPMethod method, char **lines)
{
  g_autoptr (GstCameraKeepAlive) keep_alive = gst_camera_keep_alive_new (NULL);
  GstRTSPMessage *request = NULL;
  GstRTSPMessage *response = NULL;

  gst_rtsp_message_new_request (&request, method, "rtsp://127.0.0.1/stream");
  gst_rtsp_message_new_response (&response, GST_RTSP_STS_OK, NULL, request);
  for (; *lines != NULL; lines++) {
    char *colon = strchr (*lines, ':');
    GstRTSPHeaderField field;

    if (colon == NULL)
      continue;
    *colon = '\0';
    field = gst_rtsp_find_header_field (*lines);
    if (field != GST_RTSP_HDR_INVALID)
      gst_rtsp_message_add_header (response, field, g_strstrip (colon + 1));
    *colon = ':';
  }
  gst_camera_keep_alive_before_send (keep_alive, request);
  gst_camera_keep_alive_answered (keep_alive, request, response);
  gst_camera_keep_alive_get_timeout (keep_alive);
  gst_rtsp_message_free (request);
  gst_rtsp_message_free (response);
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  gst_init (argc, argv);
  fuzz_target_be_silent ();
  return 0;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = NULL;

  if (!g_utf8_validate (text, -1, NULL))
    return -1; /* rtspsrc takes no others either */
  lines = g_strsplit (text, "\n", 64);
  if (lines[0] == NULL)
    return 0;
  try_uri (lines[0]);
  try_headers (GST_RTSP_OPTIONS, lines + 1);
  try_headers (GST_RTSP_SETUP, lines + 1);
  return 0;
}
