/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* AAC in RTP (RFC 3640), not interleaved, and its caps. */
#include "camera/lean/gstcamerabytes.h"
#include "camera/lean/gstcameradepayformat.h"
#include "media/join/tyto-bit-reader.h"

#include <gst/pbutils/codec-utils.h>

#define SAMPLES_A_FRAME 1024 /* ISO/IEC 14496-3, 4.5.1.1 */
#define FRAMES_MAX      256  /* in a packet */
#define CONFIG_MAX      64   /* bytes */
#define FIELD_BITS_MAX  16

typedef struct {
  GstCameraDepayOutput *output;
  GstCaps *caps;
  gboolean told;          /* of the caps */
  guint size_bits;        /* sizeLength and so on: RFC 3640, 4.1 */
  guint index_bits;       /* of the first AU-header */
  guint index_delta_bits; /* of those after it */
  guint duration;         /* of a frame, in units of the timestamps */
  GByteArray *fragment;   /* of a frame that takes several packets */
  gsize fragment_size;    /* of all of it; 0: none is begun */
  guint32 fragment_rtp;
} Aac;

/* A number that stands in a=fmtp; 0 when it is not there. */
static guint
get_number (const GstStructure *sdp, const gchar *name)
{
  const gchar *text = gst_structure_get_string (sdp, name);

  return text != NULL ? (guint) MIN (g_ascii_strtoull (text, NULL, 10), G_MAXUINT16) : 0;
}

/* Hexadecimal, of whole bytes. Gives how many; 0 when it is not. */
static gsize
read_config (const gchar *text, guint8 *config)
{
  gsize size = text != NULL ? strlen (text) / 2 : 0;

  if (size < 2 || size > CONFIG_MAX || strlen (text) % 2 != 0)
    return 0;
  for (gsize i = 0; i < size; i++) {
    gint high = g_ascii_xdigit_value (text[2 * i]), low = g_ascii_xdigit_value (text[2 * i + 1]);

    if (high < 0 || low < 0)
      return 0;
    config[i] = (guint8) (high << 4 | low);
  }
  return size;
}

/* As aacparse makes them. (nullable) */
static GstCaps *
make_caps (const guint8 *config, gsize size)
{
  guint rate = gst_codec_utils_aac_get_sample_rate (config, (guint) size);
  guint channels = gst_codec_utils_aac_get_channels (config, (guint) size);
  g_autoptr (GstBuffer) data = NULL;
  GstCaps *caps;

  if (rate == 0 || channels == 0)
    return NULL;
  data = gst_buffer_new_memdup (config, size);
  caps = gst_caps_new_simple ("audio/mpeg", "mpegversion", G_TYPE_INT, 4, "stream-format",
                              G_TYPE_STRING, "raw", "framed", G_TYPE_BOOLEAN, TRUE, "codec_data",
                              GST_TYPE_BUFFER, data, "rate", G_TYPE_INT, (gint) rate, "channels",
                              G_TYPE_INT, (gint) channels, NULL);
  gst_codec_utils_aac_caps_set_level_and_profile (caps, config, (guint) size);
  return caps;
}

/* Bits of the fields of an AU-header. FALSE when it has fields that we do not read, or too large
 * ones. Some cameras leave out what their mode says anyway (RFC 3640, 3.3.5 and 3.3.6). */
static gboolean
read_fields (Aac *self, const GstStructure *sdp)
{
  static const gchar *const others[]
      = { "ctsdeltalength", "dtsdeltalength", "randomaccessindication", "streamstateindication",
          "auxiliarydatasizelength" };
  const gchar *mode = gst_structure_get_string (sdp, "mode");
  gboolean low = mode != NULL && g_ascii_strcasecmp (mode, "AAC-lbr") == 0;
  gboolean high = mode != NULL && g_ascii_strcasecmp (mode, "AAC-hbr") == 0;

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (get_number (sdp, others[i]) > 0)
      return FALSE;
  self->size_bits = get_number (sdp, "sizelength");
  self->index_bits = get_number (sdp, "indexlength");
  self->index_delta_bits = get_number (sdp, "indexdeltalength");
  if (self->size_bits == 0 && (low || high)) {
    self->size_bits = low ? 6 : 13;
    self->index_bits = self->index_delta_bits = low ? 2 : 3;
  }
  return self->size_bits > 0 && self->size_bits <= FIELD_BITS_MAX
         && self->index_bits <= FIELD_BITS_MAX && self->index_delta_bits <= FIELD_BITS_MAX;
}

static void
destroy (gpointer format)
{
  Aac *self = format;

  gst_clear_caps (&self->caps);
  g_byte_array_unref (self->fragment);
  g_free (self);
}

static gpointer
create (const GstStructure *sdp, GstCameraDepayOutput *output)
{
  Aac *self = g_new0 (Aac, 1);
  guint8 config[CONFIG_MAX];
  gsize size = read_config (gst_structure_get_string (sdp, "config"), config);
  gint clock_rate = 0;

  self->output = output;
  self->fragment = g_byte_array_new ();
  self->caps = size > 0 ? make_caps (config, size) : NULL;
  gst_structure_get_int (sdp, "clock-rate", &clock_rate);
  if (self->caps == NULL || !read_fields (self, sdp)) {
    destroy (self);
    return NULL;
  }
  self->duration = get_number (sdp, "constantduration");
  if (self->duration == 0)
    self->duration = (guint) gst_util_uint64_scale (
        SAMPLES_A_FRAME, (guint64) clock_rate,
        gst_codec_utils_aac_get_sample_rate (config, (guint) size));
  return self;
}

static void
give (Aac *self, const guint8 *data, gsize size, guint32 rtp)
{
  GstCameraUnit unit = { .rtp = rtp, .whole = TRUE };

  if (!self->told)
    self->output->events.caps (self->output->owner, self->caps);
  self->told = TRUE;
  unit.buffer = gst_buffer_new_memdup (data, size);
  self->output->events.unit (self->output->owner, &unit);
}

static void
drop_fragment (Aac *self)
{
  if (self->fragment_size > 0)
    self->output->counters.broken_units++;
  self->fragment_size = 0;
  g_byte_array_set_size (self->fragment, 0);
}

/* Part of a frame of @size bytes (3.2.3.1): each packet says how large all of it is. */
static void
take_fragment (Aac *self, const guint8 *data, gsize there, gsize size,
               const GstCameraRtpPacket *packet)
{
  if (self->fragment_size > 0 && (self->fragment_rtp != packet->rtp || self->fragment_size != size))
    drop_fragment (self);
  self->fragment_size = size;
  self->fragment_rtp = packet->rtp;
  g_byte_array_append (self->fragment, data, (guint) MIN (there, size - self->fragment->len));
  if (self->fragment->len < size)
    return;
  give (self, self->fragment->data, size, packet->rtp);
  self->fragment_size = 0;
  g_byte_array_set_size (self->fragment, 0);
}

/* Reads the AU-headers (3.2.1). Gives how many frames there are, and the @sizes of them; 0 when
 * they make no sense. */
static guint
read_headers (Aac *self, const guint8 *data, gsize bits, guint *sizes)
{
  TytoBitReader in;
  guint count = 0;

  tyto_bit_reader_init (&in, data, (bits + 7) / 8, FALSE);
  while (count < FRAMES_MAX) {
    guint index_bits = count == 0 ? self->index_bits : self->index_delta_bits;

    if (bits < self->size_bits + index_bits)
      break;
    bits -= self->size_bits + index_bits;
    sizes[count] = tyto_bit_reader_bits (&in, self->size_bits);
    if (tyto_bit_reader_bits (&in, index_bits) != 0 || sizes[count] == 0)
      return 0; /* interleaved, or damaged */
    count++;
  }
  return in.failed ? 0 : count;
}

static void
take (gpointer format, const GstCameraRtpPacket *packet)
{
  Aac *self = format;
  const guint8 *data = packet->payload;
  gsize size = packet->size;
  guint sizes[FRAMES_MAX];
  gsize header_bits, header;
  guint count = 0;

  if (packet->gap > 0)
    drop_fragment (self);
  if (size == 0)
    return;
  header_bits = size >= 2 ? gst_camera_bytes_get_uint16 (data) : 0;
  header = 2 + (header_bits + 7) / 8;
  if (size > header)
    count = read_headers (self, data + 2, header_bits, sizes);
  if (count == 0) {
    self->output->counters.malformed++;
    return;
  }
  data += header;
  size -= header;
  if (count == 1 && (sizes[0] > size || self->fragment_size > 0)) {
    take_fragment (self, data, size, sizes[0], packet);
    return;
  }
  drop_fragment (self);
  for (guint i = 0; i < count; i++) {
    if (sizes[i] > size) {
      self->output->counters.malformed++;
      return;
    }
    give (self, data, sizes[i], packet->rtp + i * self->duration);
    data += sizes[i];
    size -= sizes[i];
  }
}

static void
flush (gpointer format)
{
}

static void
restart (gpointer format)
{
  drop_fragment (format);
}

const GstCameraDepayFormat gst_camera_depay_aac = {
  .create = create,
  .take = take,
  .flush = flush,
  .restart = restart,
  .destroy = destroy,
};
