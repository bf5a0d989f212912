/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera-sounds.h"

#include <gst/gst.h>
#include <string.h>

#define SOUND 160 /* bytes of a packet's payload, 20 ms */

void
sounds_add (GByteArray *to, guint32 ssrc, guint16 first, guint n)
{
  for (guint i = 0; i < n; i++) {
    guint8 packet[4 + 12 + SOUND] = { '$', 0, 0, 12 + SOUND, 0x80, 0 };

    GST_WRITE_UINT16_BE (packet + 6, (guint16) (first + i));
    GST_WRITE_UINT32_BE (packet + 8, (guint32) (first + i) * SOUND);
    GST_WRITE_UINT32_BE (packet + 12, ssrc);
    g_byte_array_append (to, packet, sizeof packet);
  }
}

void
sounds_add_text (GByteArray *to, const gchar *text)
{
  g_byte_array_append (to, (const guint8 *) text, (guint) strlen (text));
}

Viewer *
sounds_watch (CameraScript *camera, guint batch_ms)
{
  g_autofree gchar *uri = camera_script_fill_in (camera, "BASE/cam");
  GstCameraLeanSettings settings = viewer_settings (uri, batch_ms);
  Viewer *viewer;

  settings.offer.tls_flags = 0;
  viewer = viewer_new_full (&settings);
  gst_camera_lean_session_start (viewer->session);
  return viewer;
}

void
sounds_finish (CameraScript *camera, Viewer *viewer)
{
  viewer_free (viewer);
  camera_script_free (camera);
}
