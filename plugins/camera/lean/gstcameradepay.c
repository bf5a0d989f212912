/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcameradepay.h"

#include "camera/gstcameracodec.h"
#include "camera/lean/gstcamerabytes.h"
#include "camera/lean/gstcameradepayformat.h"

#define HEADER_SIZE 12 /* RFC 3550, 5.1 */
#define VERSION     2

/* A packet so far behind is late; one further back begins another numbering (RFC 3550, A.1). */
#define MISORDER_MAX 100

struct _GstCameraDepay {
  const GstCameraDepayFormat *format;
  gpointer state;
  GstCameraDepayOutput output;
  guint rate;
  gboolean started;
  guint32 ssrc;
  guint32 highest; /* sequence number with its cycles */
  guint32 rtp;     /* of the last packet */
  gint64 arrival;  /* its */
  gboolean read;   /* what arrived before it is in @transit */
  guint32 transit; /* of the last packet of an arrival, in timestamp units */
  guint32 jitter;  /* times 16 */
};

static const GstCameraDepayFormat *
find_format (const GstCaps *sdp_caps)
{
  static const struct {
    const gchar *name;
    const GstCameraDepayFormat *format;
  } formats[] = {
    { "h264", &gst_camera_depay_h264 },  { "h265", &gst_camera_depay_h265 },
    { "aac", &gst_camera_depay_aac },    { "pcmu", &gst_camera_depay_sound },
    { "pcma", &gst_camera_depay_sound }, { "opus", &gst_camera_depay_sound },
  };
  const GstCameraCodec *codec
      = gst_caps_get_size (sdp_caps) > 0 ? gst_camera_codec_find (sdp_caps) : NULL;

  for (guint i = 0; codec != NULL && i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (codec->name, formats[i].name))
      return formats[i].format;
  return NULL;
}

GstCameraDepay *
gst_camera_depay_new (const GstCaps *sdp_caps, const GstCameraDepayEvents *events, gpointer owner)
{
  const GstCameraDepayFormat *format = find_format (sdp_caps);
  const GstStructure *sdp;
  GstCameraDepay *self;
  gint rate = 0;

  if (format == NULL)
    return NULL;
  sdp = gst_caps_get_structure (sdp_caps, 0);
  if (!gst_structure_get_int (sdp, "clock-rate", &rate) || rate <= 0)
    return NULL;
  self = g_new0 (GstCameraDepay, 1);
  self->format = format;
  self->rate = (guint) rate;
  self->output.events = *events;
  self->output.owner = owner;
  self->state = format->create (sdp, &self->output);
  if (self->state == NULL)
    g_clear_pointer (&self, g_free);
  return self;
}

void
gst_camera_depay_free (GstCameraDepay *self)
{
  self->format->destroy (self->state);
  g_free (self);
}

gboolean
gst_camera_depay_knows (const GstCaps *sdp_caps)
{
  static const GstCameraDepayEvents none = { NULL, NULL };
  GstCameraDepay *self = gst_camera_depay_new (sdp_caps, &none, NULL);

  if (self == NULL)
    return FALSE;
  gst_camera_depay_free (self);
  return TRUE;
}

/* RFC 3550, A.8, of the packets that were read last of all that arrived together: the others waited
 * for us, not on their way. Differences of times are right over a wrap. */
static void
follow_jitter (GstCameraDepay *self)
{
  guint64 seconds = (guint64) self->arrival / G_USEC_PER_SEC;
  guint64 rest = (guint64) self->arrival % G_USEC_PER_SEC;
  guint32 now = (guint32) (seconds * self->rate + rest * self->rate / G_USEC_PER_SEC);
  guint32 transit = now - self->rtp;
  guint32 distance = (guint32) ABS ((gint64) (gint32) (transit - self->transit));

  if (self->read)
    self->jitter += distance - ((self->jitter + 8) >> 4);
  self->transit = transit;
  self->read = TRUE;
}

/* Whether the packet numbered @sequence comes behind the others; @gap: how many are missing. */
static gboolean
follow_sequence (GstCameraDepay *self, guint16 sequence, guint *gap)
{
  gint16 distance = (gint16) (sequence - (guint16) self->highest);

  *gap = 0;
  if (!self->started) {
    self->highest = sequence;
  } else if (distance > 0) {
    self->highest += (guint32) distance;
    *gap = (guint) distance - 1;
    self->output.counters.lost += *gap;
  } else if (distance > -MISORDER_MAX) {
    self->output.counters.duplicate++;
    return FALSE;
  } else { /* it numbers anew: nobody knows what is missing */
    self->highest = (self->highest & 0xffff0000) + 0x10000 + sequence;
    *gap = 1;
  }
  return TRUE;
}

/* Leaves header and padding out. FALSE when they are longer than the packet. */
static gboolean
find_payload (const guint8 *packet, gsize size, GstCameraRtpPacket *to)
{
  gsize at = HEADER_SIZE + (gsize) (packet[0] & 0x0f) * 4;

  if (packet[0] & 0x10) { /* an extension */
    if (size < at + 4)
      return FALSE;
    at += 4 + (gsize) gst_camera_bytes_get_uint16 (packet + at + 2) * 4;
  }
  if (size < at)
    return FALSE;
  if (packet[0] & 0x20) {
    guint8 padding = packet[size - 1];

    if (padding == 0 || padding > size - at)
      return FALSE;
    size -= padding;
  }
  to->payload = packet + at;
  to->size = size - at;
  return TRUE;
}

gboolean
gst_camera_depay_take (GstCameraDepay *self, const guint8 *packet, gsize size, gint64 arrival)
{
  GstCameraDepayCounters *counters = &self->output.counters;
  GstCameraRtpPacket rtp;
  guint32 ssrc;

  if (size < HEADER_SIZE || size > G_MAXUINT16 || packet[0] >> 6 != VERSION
      || !find_payload (packet, size, &rtp)) {
    counters->malformed++;
    return TRUE;
  }
  ssrc = gst_camera_bytes_get_uint32 (packet + 8);
  if (self->started && ssrc != self->ssrc)
    return FALSE;
  rtp.sequence = gst_camera_bytes_get_uint16 (packet + 2);
  rtp.rtp = gst_camera_bytes_get_uint32 (packet + 4);
  rtp.marker = (packet[1] & 0x80) != 0;
  counters->packets++;
  counters->bytes += rtp.size;
  if (!follow_sequence (self, rtp.sequence, &rtp.gap))
    return TRUE;
  if (self->started && arrival != self->arrival)
    follow_jitter (self);
  self->rtp = rtp.rtp;
  self->arrival = arrival;
  self->ssrc = ssrc;
  self->started = TRUE;
  self->format->take (self->state, &rtp);
  return TRUE;
}

void
gst_camera_depay_restart (GstCameraDepay *self)
{
  self->format->restart (self->state);
  self->started = self->read = FALSE;
  self->jitter = 0;
}

void
gst_camera_depay_flush (GstCameraDepay *self)
{
  self->format->flush (self->state);
}

guint
gst_camera_depay_get_rate (const GstCameraDepay *self)
{
  return self->rate;
}

void
gst_camera_depay_get_counters (const GstCameraDepay *self, GstCameraDepayCounters *counters)
{
  *counters = self->output.counters;
  counters->ssrc = self->ssrc;
  counters->highest = self->highest;
  counters->jitter = self->jitter >> 4;
}
