/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-audio.h"

#include "sim-encoder.h"

#define G711_RATE    8000
#define G711_SAMPLES 320 /* 40 ms */
#define AAC_RATE     16000
#define AAC_SAMPLES  1024
#define AAC_PACKETS  250 /* 16 s: the first whole number of seconds */
#define OPUS_RATE    48000
#define OPUS_SAMPLES 960 /* 20 ms */
#define OPUS_PACKETS 50

struct _SimAudio {
  SimAudioTrack track;
  guint packet_samples;
  const char *sdp;
  GBytes *bytes;
  GArray *packets; /* (element-type SimPacket) */
};

/* ITU-T G.711, µ-law: 14-bit magnitude with a bias of 33 (here of 132 at 16 bits). */
guint8
sim_audio_encode_mulaw (gint16 sample)
{
  guint8 sign = sample < 0 ? 0x80 : 0;
  int magnitude = MIN (ABS ((int) sample), 32635) + 132;
  int exponent = 7;

  while (exponent > 0 && !(magnitude & (0x80 << exponent)))
    exponent--;
  return ~(sign | exponent << 4 | ((magnitude >> (exponent + 3)) & 0x0f));
}

/* ITU-T G.711, A-law, even bits inverted. */
guint8
sim_audio_encode_alaw (gint16 sample)
{
  guint8 sign = sample >= 0 ? 0x80 : 0;
  int magnitude = sample >= 0 ? sample : -(int) sample - 1;
  int exponent = 7;
  guint8 code;

  while (exponent > 0 && !(magnitude & (0x80 << exponent)))
    exponent--;
  code = exponent > 0 ? exponent << 4 | ((magnitude >> (exponent + 3)) & 0x0f) : magnitude >> 4;
  return (sign | code) ^ 0x55;
}

static void
lay_out_g711 (SimAudio *self, guint8 (*encode) (gint16), GByteArray *blob, GArray *sizes)
{
  for (guint i = 0; i < G711_RATE; i++) {
    guint8 code = encode (sim_encoder_tone_sample (G711_RATE, i));

    g_byte_array_append (blob, &code, 1);
  }
  for (guint i = 0; i < G711_RATE / G711_SAMPLES; i++) {
    guint size = G711_SAMPLES;

    g_array_append_val (sizes, size);
  }
}

static gboolean
lay_out_encoded (const char *launch, guint rate, guint n_samples, guint n_packets, gboolean aac,
                 GByteArray *blob, GArray *sizes, GError **error)
{
  g_autoptr (GPtrArray) packets = sim_encoder_encode_tone (launch, rate, n_samples, error);

  if (packets == NULL)
    return FALSE;
  for (guint i = 0; i < MIN (packets->len, n_packets); i++) {
    gsize payload;
    const guint8 *data = g_bytes_get_data (g_ptr_array_index (packets, i), &payload);
    guint size = payload;

    if (aac) {
      /* RFC 3640 3.2.1: 16 bits of AU headers; 13 bits of size, 3 of index 0 */
      guint8 header[4] = { 0, 16, payload >> 5, (payload << 3) & 0xff };

      g_byte_array_append (blob, header, 4);
      size += 4;
    }
    g_byte_array_append (blob, data, payload);
    g_array_append_val (sizes, size);
  }
  return TRUE;
}

static gboolean
lay_out (SimAudio *self, SimAudioCodec codec, GByteArray *blob, GArray *sizes, GError **error)
{
  switch (codec) {
  case SIM_AUDIO_AAC:
    self->track = (SimAudioTrack){ AAC_RATE, 97 };
    self->packet_samples = AAC_SAMPLES;
    /* config: AAC LC, 16 kHz, one channel (ISO/IEC 14496-3 1.6.2.1) */
    self->sdp = "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 mpeg4-generic/16000/1\r\n"
                "a=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;"
                "indexlength=3;indexdeltalength=3;config=1408\r\n";
    return lay_out_encoded ("voaacenc bitrate=32000 ! audio/mpeg,stream-format=raw", AAC_RATE,
                            AAC_SAMPLES * AAC_PACKETS, AAC_PACKETS, TRUE, blob, sizes, error);
  case SIM_AUDIO_OPUS:
    self->track = (SimAudioTrack){ OPUS_RATE, 98 };
    self->packet_samples = OPUS_SAMPLES;
    self->sdp = "m=audio 0 RTP/AVP 98\r\na=rtpmap:98 opus/48000/2\r\n"
                "a=fmtp:98 sprop-stereo=0\r\n";
    return lay_out_encoded ("opusenc bitrate=32000 frame-size=20", OPUS_RATE, OPUS_RATE,
                            OPUS_PACKETS, FALSE, blob, sizes, error);
  case SIM_AUDIO_PCMA:
    self->track = (SimAudioTrack){ G711_RATE, 8 };
    self->sdp = "m=audio 0 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n";
    lay_out_g711 (self, sim_audio_encode_alaw, blob, sizes);
    break;
  default:
    self->track = (SimAudioTrack){ G711_RATE, 0 };
    self->sdp = "m=audio 0 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
    lay_out_g711 (self, sim_audio_encode_mulaw, blob, sizes);
  }
  self->packet_samples = G711_SAMPLES;
  return TRUE;
}

SimAudio *
sim_audio_new (SimAudioCodec codec, GError **error)
{
  g_autoptr (SimAudio) self = g_new0 (SimAudio, 1);
  g_autoptr (GByteArray) blob = g_byte_array_new ();
  g_autoptr (GArray) sizes = g_array_new (FALSE, FALSE, sizeof (guint));
  const guint8 *data;

  self->packets = g_array_new (FALSE, FALSE, sizeof (SimPacket));
  if (!lay_out (self, codec, blob, sizes, error))
    return NULL;
  self->bytes = g_byte_array_free_to_bytes (g_steal_pointer (&blob));
  data = g_bytes_get_data (self->bytes, NULL);
  for (guint i = 0; i < sizes->len; i++) {
    SimPacket packet = { data, g_array_index (sizes, guint, i) };

    g_array_append_val (self->packets, packet);
    data += packet.size;
  }
  return g_steal_pointer (&self);
}

void
sim_audio_free (SimAudio *self)
{
  g_clear_pointer (&self->bytes, g_bytes_unref);
  g_array_unref (self->packets);
  g_free (self);
}

SimAudioTrack
sim_audio_get_track (SimAudio *self)
{
  return self->track;
}

guint
sim_audio_get_packet_samples (SimAudio *self)
{
  return self->packet_samples;
}

const SimPacket *
sim_audio_get_packet (SimAudio *self, guint64 index)
{
  return &g_array_index (self->packets, SimPacket, index % self->packets->len);
}

const char *
sim_audio_get_sdp (SimAudio *self)
{
  return self->sdp;
}
