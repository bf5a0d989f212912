/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cameradepay-camera.h"

#include "camera/lean/gstcamerabytes.h"

void
camera_open (Camera *camera, const gchar *sdp)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (sdp);

  *camera = (Camera){ .units = unit_list_new (), .sequence = 65534, .rtp = 1000, .ssrc = 7 };
  camera->depay = gst_camera_depay_new (caps, &unit_list_events, camera->units);
  camera->packet = g_byte_array_new ();
  g_assert_nonnull (camera->depay);
}

void
camera_close (Camera *camera)
{
  gst_camera_depay_free (camera->depay);
  g_array_unref (camera->units);
  g_byte_array_unref (camera->packet);
}

gboolean
camera_send (Camera *camera, gboolean marker, const guint8 *payload, gsize size)
{
  guint8 header[12] = { 0x80, marker ? 0xe0 : 0x60 };

  GST_WRITE_UINT16_BE (header + 2, camera->sequence);
  GST_WRITE_UINT32_BE (header + 4, camera->rtp);
  GST_WRITE_UINT32_BE (header + 8, camera->ssrc);
  camera->sequence++;
  g_byte_array_set_size (camera->packet, 0);
  g_byte_array_append (camera->packet, header, sizeof header);
  g_byte_array_append (camera->packet, payload, (guint) size);
  return gst_camera_depay_take (camera->depay, camera->packet->data, camera->packet->len, 0);
}

GstCameraDepayCounters
camera_count (Camera *camera)
{
  GstCameraDepayCounters counters;

  gst_camera_depay_get_counters (camera->depay, &counters);
  return counters;
}

/* The unit's NAL units begin with these bytes. */
void
camera_check (Camera *camera, guint at, gboolean whole, const gchar *nals)
{
  const Unit *unit = unit_list_get (camera->units, at);
  g_autoptr (GString) seen = g_string_new (NULL);
  GstMapInfo map;

  g_assert_nonnull (unit->buffer);
  gst_buffer_map (unit->buffer, &map, GST_MAP_READ);
  for (gsize i = 0; i < map.size; i += 4 + gst_camera_bytes_get_uint32 (map.data + i))
    g_string_append_printf (seen, "%02x%02x ", map.data[i + 4], map.data[i + 5]);
  gst_buffer_unmap (unit->buffer, &map);
  g_assert_cmpstr (seen->str, ==, nals);
  g_assert_cmpint (unit->whole, ==, whole);
}
