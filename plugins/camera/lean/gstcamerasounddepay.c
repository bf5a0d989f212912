/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sound of which each packet is a unit: G.711 (RFC 3551, 4.5.14) and Opus (RFC 7587). */
#include "camera/lean/gstcameradepayformat.h"

#include "camera/gstcameracodec.h"

#include <gst/pbutils/codec-utils.h>

#define OPUS_RATE 48000 /* Hz: RFC 7587, 4.1 */

typedef struct {
  GstCameraDepayOutput *output;
  GstCaps *caps;
  gboolean told; /* of the caps */
} Sound;

static GstCaps *
make_g711_caps (const GstStructure *sdp, const gchar *media_type)
{
  const gchar *parameters = gst_structure_get_string (sdp, "encoding-params");
  guint64 channels = parameters != NULL ? g_ascii_strtoull (parameters, NULL, 10) : 1;
  gint rate = 0;

  gst_structure_get_int (sdp, "clock-rate", &rate);
  if (rate <= 0)
    return NULL;
  return gst_caps_new_simple (media_type, "rate", G_TYPE_INT, rate, "channels", G_TYPE_INT,
                              (gint) CLAMP (channels, 1, 8), NULL);
}

/* The decoder must take both, mono and stereo, whatever the SDP says (RFC 7587, 6.1): what it says
 * of stereo is but what the sender is likely to send. */
static GstCaps *
make_opus_caps (const GstStructure *sdp)
{
  const gchar *stereo = gst_structure_get_string (sdp, "sprop-stereo");
  guint8 channels = g_strcmp0 (stereo, "0") == 0 ? 1 : 2;

  return gst_codec_utils_opus_create_caps (OPUS_RATE, channels, 0, 1, channels - 1, NULL);
}

static gpointer
create (const GstStructure *sdp, GstCameraDepayOutput *output)
{
  g_autoptr (GstCaps) sdp_caps = gst_caps_new_full (gst_structure_copy (sdp), NULL);
  const GstCameraCodec *codec = gst_camera_codec_find (sdp_caps);
  GstCaps *caps;
  Sound *self;

  if (g_str_equal (codec->name, "opus"))
    caps = make_opus_caps (sdp);
  else
    caps = make_g711_caps (sdp,
                           g_str_equal (codec->name, "pcmu") ? "audio/x-mulaw" : "audio/x-alaw");
  if (caps == NULL)
    return NULL;
  self = g_new0 (Sound, 1);
  self->output = output;
  self->caps = caps;
  return self;
}

static void
take (gpointer format, const GstCameraRtpPacket *packet)
{
  Sound *self = format;
  GstCameraUnit unit = { .rtp = packet->rtp, .whole = TRUE };

  if (packet->size == 0)
    return;
  if (!self->told)
    self->output->events.caps (self->output->owner, self->caps);
  self->told = TRUE;
  unit.buffer = gst_buffer_new_memdup (packet->payload, packet->size);
  self->output->events.unit (self->output->owner, &unit);
}

static void
do_nothing (gpointer format)
{
}

static void
destroy (gpointer format)
{
  Sound *self = format;

  gst_caps_unref (self->caps);
  g_free (self);
}

const GstCameraDepayFormat gst_camera_depay_sound = {
  .create = create,
  .take = take,
  .flush = do_nothing,
  .restart = do_nothing,
  .destroy = destroy,
};
