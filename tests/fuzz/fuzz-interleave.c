/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-interleave.c: any bytes as what comes on an RTSP connection. The first two say how it is
 * cut; what is told may not depend on that. */
#include "camera/lean/gstcamerainterleave.h"
#include "fuzz-target.h"

#include <string.h>

typedef struct {
  GChecksum *told;
  gsize taken;
} Listener;

static void
on_packet (gpointer owner, guint8 channel, const guint8 *data, gsize size)
{
  Listener *listener = owner;

  g_assert_cmpuint (channel, <, 4);
  g_checksum_update (listener->told, &channel, 1);
  g_checksum_update (listener->told, data, (gssize) size);
  listener->taken += 4 + size;
}

static void
on_message (gpointer owner, const gchar *head, gsize head_size, const guint8 *body, gsize body_size)
{
  Listener *listener = owner;

  g_assert_cmpint (head[head_size - 1], ==, '\n');
  g_checksum_update (listener->told, (const guchar *) "m", 1);
  g_checksum_update (listener->told, (const guchar *) head, (gssize) head_size);
  g_checksum_update (listener->told, body, (gssize) body_size);
  listener->taken += head_size + body_size;
}

/* The cuts are @cut bytes apart, @more farther each time. Gives what was told. */
static gchar *
take (const guint8 *data, gsize size, gsize cut, gsize more, guint64 *noise)
{
  static const GstCameraInterleaveEvents events = { on_packet, on_message };
  Listener listener = { g_checksum_new (G_CHECKSUM_MD5), 0 };
  g_autoptr (GstCameraInterleave) interleave = gst_camera_interleave_new (&events, &listener, 4);
  gchar *told;

  for (gsize at = 0; at < size; at += cut, cut += more) {
    gsize part = MIN (cut, size - at);
    g_autofree guint8 *chunk = g_memdup2 (data + at, part); /* over its end: a find */

    gst_camera_interleave_take (interleave, chunk, part);
    if (cut > size)
      break;
  }
  *noise = gst_camera_interleave_get_noise (interleave);
  g_assert_cmpuint (listener.taken + *noise, <=, size);
  told = g_strdup_printf ("%s %d", g_checksum_get_string (listener.told),
                          gst_camera_interleave_is_cut (interleave));
  g_checksum_free (listener.told);
  return told;
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  fuzz_target_be_silent ();
  return 0;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree gchar *whole = NULL;
  g_autofree gchar *pieces = NULL;
  guint64 noise[2];

  if (size < 3)
    return -1;
  whole = take (data + 2, size - 2, size, 0, &noise[0]);
  pieces = take (data + 2, size - 2, 1 + data[0], data[1] % 16, &noise[1]);
  g_assert_cmpstr (whole, ==, pieces);
  g_assert_cmpuint (noise[0], ==, noise[1]);
  return 0;
}
