/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-h264-codec.c: H.264 for tyto-access-units.c. */
#include "media/join/tyto-h264-parameters.h"
#include "media/join/tyto-nal-codec.h"
#include "media/join/tyto-sample-entry.h"
#include "media/tyto-mp4-box.h"

#define TYPE(nal)          ((nal)[0] & 0x1f)
#define FORBIDDEN_ZERO_BIT 0x80
#define LENGTH_SIZE_4      0xff /* six reserved bits and lengthSizeMinusOne */
#define SPS_COUNT_RESERVED 0xe0
#define AVCC_MAX_SPS       31
#define AVCC_MAX_PPS       255
#define PROFILE_BASELINE   66
#define PROFILE_MAIN       77
#define PROFILE_EXTENDED   88
#define UNSPECIFIED_FROM   24

typedef struct {
  TytoParameterSets sps_nal;
  TytoParameterSets pps_nal;
  TytoH264Sps sps[TYTO_H264_SPS_MAX];
  TytoH264Pps pps[TYTO_H264_PPS_MAX];
  TytoH264Slice last; /* the first slice of the picture last taken */
  gboolean has_last;
  gboolean paired; /* that picture is a second field */
  gboolean changed;
  guint active; /* SPS that @entry is of */
  TytoMediaEntry *entry;
} H264;

static gpointer
h264_create (void)
{
  return g_new0 (H264, 1);
}

static void
h264_destroy (gpointer state)
{
  H264 *self = state;

  tyto_parameter_sets_clear (&self->sps_nal);
  tyto_parameter_sets_clear (&self->pps_nal);
  g_clear_pointer (&self->entry, tyto_media_entry_unref);
  g_free (self);
}

static gboolean
is_slice (guint type)
{
  return type >= TYTO_H264_SLICE && type <= TYTO_H264_IDR;
}

/* Only the first slice of a picture has macroblock 0; those of redundant pictures do not differ
 * from it. Partitions B and C have no such header. */
static gboolean
begins_picture (H264 *self, const guint8 *nal, gsize size, TytoH264Slice *slice)
{
  guint type = TYPE (nal);

  if (type > TYTO_H264_SLICE + 1 && type <= TYTO_H264_PARTITION_C)
    return FALSE;
  if (!tyto_h264_read_slice (nal, size, self->sps, self->pps, slice))
    return slice->first_mb == 0;
  return slice->first_mb == 0 && (!self->has_last || tyto_h264_slice_differs (&self->last, slice));
}

/* 7.4.1.2.3 */
static gboolean
h264_starts (gpointer state, const guint8 *nal, gsize size)
{
  TytoH264Slice slice;
  guint type = TYPE (nal);

  if (is_slice (type))
    return begins_picture (state, nal, size, &slice);
  return (type >= TYTO_H264_SEI && type <= TYTO_H264_DELIMITER)
         || (type >= TYTO_H264_PREFIX && type <= TYTO_H264_RESERVED_18);
}

static TytoNalFate
take_slice (H264 *self, const guint8 *nal, gsize size, TytoNalPicture *picture)
{
  TytoH264Slice slice = { 0 };

  if (!picture->slices && begins_picture (self, nal, size, &slice)) {
    picture->second_field = self->has_last && !self->paired && self->last.field && slice.field
                            && self->last.bottom != slice.bottom
                            && self->last.frame_num == slice.frame_num
                            && (!slice.idr || self->last.idr);
    picture->first_field = slice.field && !picture->second_field;
    picture->intra = slice.intra;
    self->paired = picture->second_field;
    self->last = slice;
    self->has_last = TRUE;
  }
  picture->slices = TRUE;
  picture->key |= TYPE (nal) == TYTO_H264_IDR;
  return TYTO_NAL_KEEP;
}

static TytoNalFate
take_sps (H264 *self, const guint8 *nal, gsize size)
{
  TytoH264Sps sps;
  guint id;

  if (size > TYTO_PARAMETER_SET_MAX || !tyto_h264_read_sps (nal, size, &sps, &id))
    return TYTO_NAL_BROKEN;
  if (tyto_parameter_sets_put (&self->sps_nal, id, nal, size)) {
    self->sps[id] = sps;
    self->changed = TRUE;
  }
  return TYTO_NAL_LEAVE_OUT;
}

static TytoNalFate
take_pps (H264 *self, const guint8 *nal, gsize size)
{
  TytoH264Pps pps;
  guint id;

  if (size > TYTO_PARAMETER_SET_MAX || !tyto_h264_read_pps (nal, size, &pps, &id))
    return TYTO_NAL_BROKEN;
  if (tyto_parameter_sets_put (&self->pps_nal, id, nal, size)) {
    self->pps[id] = pps;
    self->changed = TRUE;
  }
  return TYTO_NAL_LEAVE_OUT;
}

static TytoNalFate
h264_take (gpointer state, const guint8 *nal, gsize size, TytoNalPicture *picture)
{
  guint type = TYPE (nal);

  if (nal[0] & FORBIDDEN_ZERO_BIT || type == 0 || type >= UNSPECIFIED_FROM)
    return TYTO_NAL_BROKEN;
  if (is_slice (type))
    return size > 1 ? take_slice (state, nal, size, picture) : TYTO_NAL_BROKEN;
  switch (type) {
  case TYTO_H264_SPS:
    return take_sps (state, nal, size);
  case TYTO_H264_PPS:
    return take_pps (state, nal, size);
  case TYTO_H264_SEI:
    picture->recovery |= tyto_h264_is_recovery_point (nal, size);
    return TYTO_NAL_KEEP;
  case TYTO_H264_DELIMITER:
  case TYTO_H264_FILLER: /* shall not be in a file: ISO/IEC 14496-15, 5.3.2 */
    return TYTO_NAL_LEAVE_OUT;
  default:
    return TYTO_NAL_KEEP;
  }
}

/* AVCDecoderConfigurationRecord: ISO/IEC 14496-15, 5.3.3.1 */
static GBytes *
make_config (const H264 *self, const TytoH264Sps *sps)
{
  GByteArray *to = g_byte_array_new ();
  guint count_at;

  tyto_mp4_put_u8 (to, 1);
  tyto_mp4_put_u8 (to, sps->profile);
  tyto_mp4_put_u8 (to, sps->compatibility);
  tyto_mp4_put_u8 (to, sps->level);
  tyto_mp4_put_u8 (to, LENGTH_SIZE_4);
  count_at = to->len;
  tyto_mp4_put_u8 (to, 0);
  to->data[count_at] = (guint8) (SPS_COUNT_RESERVED
                                 | tyto_parameter_sets_write (&self->sps_nal, AVCC_MAX_SPS, to));
  count_at = to->len;
  tyto_mp4_put_u8 (to, 0);
  to->data[count_at] = (guint8) tyto_parameter_sets_write (&self->pps_nal, AVCC_MAX_PPS, to);
  if (sps->profile != PROFILE_BASELINE && sps->profile != PROFILE_MAIN
      && sps->profile != PROFILE_EXTENDED) {
    tyto_mp4_put_u8 (to, (guint8) (0xfc | sps->chroma_format));
    tyto_mp4_put_u8 (to, (guint8) (0xf8 | (sps->bit_depth_luma - 8)));
    tyto_mp4_put_u8 (to, (guint8) (0xf8 | (sps->bit_depth_chroma - 8)));
    tyto_mp4_put_u8 (to, 0); /* SPS extensions */
  }
  return g_byte_array_free_to_bytes (to);
}

static TytoMediaEntry *
h264_describe (gpointer state)
{
  H264 *self = state;
  guint pps = self->last.pps;
  guint active;

  if (!self->has_last || pps >= TYTO_H264_PPS_MAX || !self->pps[pps].known
      || !self->sps[self->pps[pps].sps].known)
    return NULL;
  active = self->pps[pps].sps;
  if (self->entry == NULL || self->changed || self->active != active) {
    const TytoH264Sps *sps = &self->sps[active];
    g_autoptr (GBytes) config = make_config (self, sps);
    TytoSampleEntry from = { .codec = TYTO_MEDIA_H264,
                             .config = config,
                             .width = sps->width,
                             .height = sps->height,
                             .pixel_aspect_n = sps->pixel_aspect_n,
                             .pixel_aspect_d = sps->pixel_aspect_d };

    g_clear_pointer (&self->entry, tyto_media_entry_unref);
    self->entry = tyto_sample_entry_make (&from);
    self->active = active;
    self->changed = FALSE;
  }
  return self->entry;
}

static guint
h264_frame_ticks (gpointer state)
{
  H264 *self = state;

  return self->sps[self->active].frame_ticks;
}

const TytoNalCodec tyto_nal_codec_h264 = {
  h264_create, h264_destroy, h264_starts, h264_take, h264_describe, h264_frame_ticks,
};
