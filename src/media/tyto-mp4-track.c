/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-mp4-track.h"

#include "media/tyto-mp4-box.h"
#include "media/tyto-mp4-header.h"

#define RESOLUTION_72_DPI 0x00480000 /* 16.16 */

/* ISO/IEC 14496-1, 7.2.2.1 and 7.2.6 */
#define TAG_ES_DESCRIPTOR     0x03
#define TAG_DECODER_CONFIG    0x04
#define TAG_DECODER_SPECIFIC  0x05
#define TAG_SL_CONFIG         0x06
#define OBJECT_TYPE_AAC       0x40
#define OBJECT_TYPE_MPEG1     0x6b /* ISO/IEC 11172-3 */
#define OBJECT_TYPE_MPEG2     0x69 /* ISO/IEC 13818-3 */
#define MPEG1_RATE_MIN        32000
#define STREAM_TYPE_AUDIO     0x15 /* audio, not upstream, reserved bit set */
#define SL_PREDEFINED_MP4     0x02
#define DECODER_CONFIG_SIZE   13
#define DESCRIPTOR_HEADER     5 /* tag and four bytes of size */
#define ES_DESCRIPTOR_SIZE    3
#define SL_CONFIG_SIZE        1
#define OPUS_RATE             48000
#define COMPRESSOR_NAME_BYTES 32

gboolean
tyto_mp4_track_is_video (const TytoMp4Track *track)
{
  return track->codec == TYTO_MP4_H264 || track->codec == TYTO_MP4_H265;
}

guint32
tyto_mp4_track_default_flags (const TytoMp4Track *track)
{
  return tyto_mp4_track_is_video (track) ? TYTO_MP4_SAMPLE_NON_SYNC : TYTO_MP4_SAMPLE_SYNC;
}

static void
put_codec_data (GByteArray *to, const char *type, GBytes *codec_data)
{
  gsize box = tyto_mp4_box_begin (to, type);

  tyto_mp4_put_bytes (to, codec_data);
  tyto_mp4_box_end (to, box);
}

/* VisualSampleEntry: ISO/IEC 14496-12, 12.1.3; 14496-15, 5.4.2 and 8.4.1 */
static void
put_video_entry (GByteArray *to, const TytoMp4Track *track)
{
  gboolean h264 = track->codec == TYTO_MP4_H264;
  const char *type = h264 ? (track->parameter_sets_in_band ? "avc3" : "avc1")
                          : (track->parameter_sets_in_band ? "hev1" : "hvc1");
  gsize entry = tyto_mp4_box_begin (to, type);

  tyto_mp4_put_zeros (to, 6);
  tyto_mp4_put_u16 (to, 1); /* data_reference_index */
  tyto_mp4_put_zeros (to, 16);
  tyto_mp4_put_u16 (to, (guint16) track->width);
  tyto_mp4_put_u16 (to, (guint16) track->height);
  tyto_mp4_put_u32 (to, RESOLUTION_72_DPI);
  tyto_mp4_put_u32 (to, RESOLUTION_72_DPI);
  tyto_mp4_put_u32 (to, 0);
  tyto_mp4_put_u16 (to, 1); /* frame_count */
  tyto_mp4_put_zeros (to, COMPRESSOR_NAME_BYTES);
  tyto_mp4_put_u16 (to, 0x0018); /* depth */
  tyto_mp4_put_u16 (to, 0xffff);
  put_codec_data (to, h264 ? "avcC" : "hvcC", track->codec_data);
  if (track->pixel_aspect_n != 0 && track->pixel_aspect_d != 0) {
    gsize pasp = tyto_mp4_box_begin (to, "pasp");

    tyto_mp4_put_u32 (to, track->pixel_aspect_n);
    tyto_mp4_put_u32 (to, track->pixel_aspect_d);
    tyto_mp4_box_end (to, pasp);
  }
  tyto_mp4_box_end (to, entry);
}

/* ISO/IEC 14496-1, 8.3.3: seven bits a byte, here always in four bytes */
static void
put_descriptor (GByteArray *to, guint8 tag, guint size)
{
  tyto_mp4_put_u8 (to, tag);
  for (int shift = 21; shift >= 0; shift -= 7)
    tyto_mp4_put_u8 (to, (guint8) ((size >> shift & 0x7f) | (shift > 0 ? 0x80 : 0)));
}

/* ISO/IEC 14496-14, 5.6 */
static void
put_esds (GByteArray *to, const TytoMp4Track *track)
{
  guint specific = (guint) g_bytes_get_size (track->codec_data);
  guint config = DECODER_CONFIG_SIZE + (specific > 0 ? DESCRIPTOR_HEADER + specific : 0);
  guint8 type = OBJECT_TYPE_AAC;
  gsize box = tyto_mp4_box_begin_full (to, "esds", 0, 0);

  if (track->codec == TYTO_MP4_MPEG)
    type = track->rate >= MPEG1_RATE_MIN ? OBJECT_TYPE_MPEG1 : OBJECT_TYPE_MPEG2;
  put_descriptor (to, TAG_ES_DESCRIPTOR,
                  ES_DESCRIPTOR_SIZE + DESCRIPTOR_HEADER + config + DESCRIPTOR_HEADER
                      + SL_CONFIG_SIZE);
  tyto_mp4_put_u16 (to, 0); /* ES_ID: that of the track */
  tyto_mp4_put_u8 (to, 0);
  put_descriptor (to, TAG_DECODER_CONFIG, config);
  tyto_mp4_put_u8 (to, type);
  tyto_mp4_put_u8 (to, STREAM_TYPE_AUDIO);
  tyto_mp4_put_zeros (to, 11); /* buffer size and bit rates: unknown */
  if (specific > 0)
    put_descriptor (to, TAG_DECODER_SPECIFIC, specific);
  tyto_mp4_put_bytes (to, track->codec_data);
  put_descriptor (to, TAG_SL_CONFIG, SL_CONFIG_SIZE);
  tyto_mp4_put_u8 (to, SL_PREDEFINED_MP4);
  tyto_mp4_box_end (to, box);
}

/* AudioSampleEntry: 12.2.3; Opus in ISOBMFF, 4.3.1; ETSI TS 102 366, F.3 and F.5 */
static void
put_audio_entry (GByteArray *to, const TytoMp4Track *track)
{
  static const struct {
    const char *entry;
    const char *config;
  } types[] = {
    [TYTO_MP4_AAC] = { "mp4a", NULL },    [TYTO_MP4_OPUS] = { "Opus", "dOps" },
    [TYTO_MP4_MPEG] = { "mp4a", NULL },   [TYTO_MP4_AC3] = { "ac-3", "dac3" },
    [TYTO_MP4_EAC3] = { "ec-3", "dec3" },
  };
  guint32 rate = track->codec == TYTO_MP4_OPUS ? OPUS_RATE : track->rate;
  gsize entry = tyto_mp4_box_begin (to, types[track->codec].entry);

  tyto_mp4_put_zeros (to, 6);
  tyto_mp4_put_u16 (to, 1); /* data_reference_index */
  tyto_mp4_put_zeros (to, 8);
  tyto_mp4_put_u16 (to, (guint16) track->channels);
  tyto_mp4_put_u16 (to, 16);
  tyto_mp4_put_u32 (to, 0);
  tyto_mp4_put_u32 (to, rate <= G_MAXUINT16 ? rate << 16 : 0); /* 16.16; 0: see the codec's data */
  if (types[track->codec].config != NULL)
    put_codec_data (to, types[track->codec].config, track->codec_data);
  else
    put_esds (to, track);
  tyto_mp4_box_end (to, entry);
}

void
tyto_mp4_put_sample_entry (GByteArray *to, const TytoMp4Track *track)
{
  if (tyto_mp4_track_is_video (track))
    put_video_entry (to, track);
  else
    put_audio_entry (to, track);
}

/* The tables of samples are empty: all samples are in fragments. 8.5 */
static void
put_stbl (GByteArray *to, const TytoMp4Track *track)
{
  static const char *const tables[] = { "stts", "stsc", "stco" };
  gsize stbl = tyto_mp4_box_begin (to, "stbl");
  gsize box = tyto_mp4_box_begin_full (to, "stsd", 0, 0);

  tyto_mp4_put_u32 (to, 1);
  tyto_mp4_put_sample_entry (to, track);
  tyto_mp4_box_end (to, box);
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
    box = tyto_mp4_box_begin_full (to, tables[i], 0, 0);
    tyto_mp4_put_u32 (to, 0);
    tyto_mp4_box_end (to, box);
  }
  box = tyto_mp4_box_begin_full (to, "stsz", 0, 0);
  tyto_mp4_put_zeros (to, 8);
  tyto_mp4_box_end (to, box);
  tyto_mp4_box_end (to, stbl);
}

/* 8.4 */
static void
put_mdia (GByteArray *to, const TytoMp4Track *track, guint64 created)
{
  gboolean video = tyto_mp4_track_is_video (track);
  gsize mdia = tyto_mp4_box_begin (to, "mdia");
  gsize minf;

  tyto_mp4_put_media_header (to, created, track->timescale, 0, video);
  minf = tyto_mp4_box_begin (to, "minf");
  tyto_mp4_put_media_place (to, video);
  put_stbl (to, track);
  tyto_mp4_box_end (to, minf);
  tyto_mp4_box_end (to, mdia);
}

/* The size the picture is shown at, 16.16: with the shape of its pixels. 8.3.2.1 */
static guint32
presented_width (const TytoMp4Track *track)
{
  guint64 width = (guint64) track->width << 16;

  if (track->pixel_aspect_n != 0 && track->pixel_aspect_d != 0)
    width = width * track->pixel_aspect_n / track->pixel_aspect_d;
  return (guint32) MIN (width, G_MAXUINT32);
}

void
tyto_mp4_put_trak (GByteArray *to, const TytoMp4Track *track, guint32 id, guint64 created)
{
  gboolean video = tyto_mp4_track_is_video (track);
  gsize trak = tyto_mp4_box_begin (to, "trak");

  tyto_mp4_put_tkhd (to, created, id, 0, video, video ? presented_width (track) : 0,
                     video ? (guint32) track->height << 16 : 0);
  put_mdia (to, track, created);
  tyto_mp4_box_end (to, trak);
}

void
tyto_mp4_put_trex (GByteArray *to, const TytoMp4Track *track, guint32 id)
{
  gsize trex = tyto_mp4_box_begin_full (to, "trex", 0, 0);

  tyto_mp4_put_u32 (to, id);
  tyto_mp4_put_u32 (to, 1); /* sample description */
  tyto_mp4_put_u32 (to, 0);
  tyto_mp4_put_u32 (to, 0);
  tyto_mp4_put_u32 (to, tyto_mp4_track_default_flags (track));
  tyto_mp4_box_end (to, trex);
}
