/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <string.h>

G_BEGIN_DECLS

/* Numbers in network byte order, wherever they stand: what lies in a stream of interleaved packets
 * has no alignment, which GST_READ_UINT32_BE() of x86 takes for granted (undefined, says C). */

static inline guint16
gst_camera_bytes_get_uint16 (const guint8 *data)
{
  guint16 value;

  memcpy (&value, data, sizeof value);
  return GUINT16_FROM_BE (value);
}

static inline guint32
gst_camera_bytes_get_uint32 (const guint8 *data)
{
  guint32 value;

  memcpy (&value, data, sizeof value);
  return GUINT32_FROM_BE (value);
}

static inline guint64
gst_camera_bytes_get_uint64 (const guint8 *data)
{
  guint64 value;

  memcpy (&value, data, sizeof value);
  return GUINT64_FROM_BE (value);
}

G_END_DECLS
