/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-depay.c: the first byte chooses a payload format; the rest are packets of a camera, each a
 * byte that says what the header is like, 16 bits of size, and the payload. A size with its highest
 * bit set makes a whole packet, header included. */
#include "camera/lean/gstcamerabytes.h"
#include "camera/lean/gstcameradepay.h"
#include "fuzz-target.h"

#include <string.h>

#define RTP_SIZE 12

enum { MARKER = 1, NEW_TIME = 2, LOST = 4, BACK = 8, OTHER_SOURCE = 16, FLUSH = 32 };

typedef struct {
  GstCaps *caps; /* told last */
  gsize bytes;
} Owner;

static GstCaps *sdps[5];

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  static const char *const texts[G_N_ELEMENTS (sdps)] = {
    "application/x-rtp,media=video,clock-rate=90000,encoding-name=H264,sprop-parameter-sets="
    "(string)\"Z0LAFdkBQfsBagwMDUoAAAMAAgAAAwBlHixckA==,aMuMsg==\"",
    "application/x-rtp,media=video,clock-rate=90000,encoding-name=H265,sprop-vps=(string)\""
    "QAEMAf//BAgAAAMAmAgAAAMAAD+VmAk=\",sprop-sps=(string)\"QgEBBAgAAAMAmAgAAAMAAD+QAUEB4ilLKzSSZX"
    "/4AAgAC1BgYGBAAAADAEAAAAZC\",sprop-pps=(string)\"RAHBcrRiQA==\"",
    "application/x-rtp,media=audio,clock-rate=48000,encoding-name=MPEG4-GENERIC,mode=AAC-hbr,"
    "config=(string)1190",
    "application/x-rtp,media=audio,clock-rate=48000,encoding-name=OPUS",
    "application/x-rtp,media=video,clock-rate=90000,encoding-name=H264",
  };

  gst_init (argc, argv);
  for (guint i = 0; i < G_N_ELEMENTS (sdps); i++)
    sdps[i] = gst_caps_from_string (texts[i]);
  fuzz_target_be_silent ();
  return 0;
}

static void
on_caps (gpointer data, GstCaps *caps)
{
  Owner *owner = data;

  g_assert_true (gst_caps_is_fixed (caps));
  owner->caps = caps;
}

/* Lengths in front of NAL units, as avc and hvc1 have them. */
static void
check_framing (const guint8 *data, gsize size)
{
  gsize at = 0;

  while (at < size) {
    g_assert_cmpuint (size - at, >, 4);
    at += 4;
    g_assert_cmpuint (gst_camera_bytes_get_uint32 (data + at - 4), <=, size - at);
    at += gst_camera_bytes_get_uint32 (data + at - 4);
  }
}

static void
on_unit (gpointer data, const GstCameraUnit *unit)
{
  Owner *owner = data;
  GstMapInfo map;

  g_assert_nonnull (owner->caps);
  gst_buffer_map (unit->buffer, &map, GST_MAP_READ);
  g_assert_cmpuint (map.size, >, 0);
  if (g_str_has_prefix (gst_structure_get_name (gst_caps_get_structure (owner->caps, 0)), "video/"))
    check_framing (map.data, map.size);
  owner->bytes += map.size;
  gst_buffer_unmap (unit->buffer, &map);
  gst_buffer_unref (unit->buffer);
}

/* Writes the header that @flags ask for. */
static void
write_header (guint8 *packet, guint8 flags, guint16 *sequence, guint32 *rtp)
{
  *sequence = (guint16) (*sequence + (flags & LOST ? 3 : 1) - (flags & BACK ? 200 : 0));
  *rtp += flags & NEW_TIME ? 3000 : 0;
  packet[0] = 0x80;
  packet[1] = flags & MARKER ? 0xe0 : 0x60;
  GST_WRITE_UINT16_BE (packet + 2, *sequence);
  GST_WRITE_UINT32_BE (packet + 4, *rtp);
  GST_WRITE_UINT32_BE (packet + 8, flags & OTHER_SOURCE ? 2 : 1);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const GstCameraDepayEvents events = { on_caps, on_unit };
  const guint8 *end = data + size;
  Owner owner = { 0 };
  guint16 sequence = 65500;
  guint32 rtp = 0;
  g_autoptr (GstCameraDepay) depay = NULL;

  if (size == 0)
    return -1;
  depay = gst_camera_depay_new (sdps[*data++ % G_N_ELEMENTS (sdps)], &events, &owner);
  while (end - data > 3) {
    guint8 flags = data[0];
    guint16 length = gst_camera_bytes_get_uint16 (data + 1);
    gsize head = length & 0x8000 ? 0 : RTP_SIZE;
    gsize payload = MIN (length & 0x7fff, end - data - 3);
    g_autofree guint8 *packet = g_malloc (head + payload + 1);

    if (head > 0)
      write_header (packet, flags, &sequence, &rtp);
    memcpy (packet + head, data + 3, payload);
    packet = g_realloc (packet, MAX (head + payload, 1)); /* no byte more: the sanitizer watches */
    if (!gst_camera_depay_take (depay, packet, head + payload, rtp))
      gst_camera_depay_restart (depay);
    if (flags & FLUSH)
      gst_camera_depay_flush (depay);
    data += 3 + payload;
  }
  gst_camera_depay_flush (depay);
  /* A length for each NAL unit, of at least two bytes; frames of AAC are never larger than theirs.
   */
  g_assert_cmpuint (owner.bytes, <=, 4 * size);
  return 0;
}
