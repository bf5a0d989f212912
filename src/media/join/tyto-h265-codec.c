/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-h265-codec.c: H.265 for tyto-access-units.c. */
#include "media/join/tyto-h265-parameters.h"
#include "media/join/tyto-nal-codec.h"
#include "media/join/tyto-sample-entry.h"
#include "media/tyto-mp4-box.h"

#define NAL_HEADER         2
#define TYPE(nal)          ((nal)[0] >> 1 & 0x3f)
#define LAYER(nal)         (((nal)[0] & 1) << 5 | (nal)[1] >> 3)
#define FORBIDDEN_ZERO_BIT 0x80
#define ARRAY_COMPLETE     0x80
#define LENGTH_SIZE_4      3
#define NO_SEGMENTATION    0xf000 /* reserved bits and min_spatial_segmentation_idc 0 */
#define NO_PARALLELISM     0xfc
#define RESERVED_41        41 /* up to 44, and from 48 to 55: they stand in front of a picture */
#define RESERVED_44        44
#define UNSPECIFIED_55     55

typedef struct {
  TytoParameterSets vps_nal;
  TytoParameterSets sps_nal;
  TytoParameterSets pps_nal;
  TytoH265Sps sps[TYTO_H265_SPS_MAX];
  TytoH265Pps pps[TYTO_H265_PPS_MAX];
  gboolean has_picture;
  guint picture_pps;
  gboolean changed;
  guint active; /* SPS that @entry is of */
  TytoMediaEntry *entry;
} H265;

static gpointer
h265_create (void)
{
  return g_new0 (H265, 1);
}

static void
h265_destroy (gpointer state)
{
  H265 *self = state;

  tyto_parameter_sets_clear (&self->vps_nal);
  tyto_parameter_sets_clear (&self->sps_nal);
  tyto_parameter_sets_clear (&self->pps_nal);
  g_clear_pointer (&self->entry, tyto_media_entry_unref);
  g_free (self);
}

/* 7.4.2.4.4 */
static gboolean
h265_starts (gpointer state, const guint8 *nal, gsize size)
{
  guint type = TYPE (nal);
  gboolean first;
  guint pps;

  if (size <= NAL_HEADER || LAYER (nal) != 0)
    return FALSE;
  if (type <= TYTO_H265_SLICE_LAST)
    return tyto_h265_read_slice (nal, size, &first, &pps) && first;
  return (type >= TYTO_H265_VPS && type <= TYTO_H265_DELIMITER) || type == TYTO_H265_PREFIX_SEI
         || (type >= RESERVED_41 && type <= RESERVED_44)
         || (type >= TYTO_H265_UNSPECIFIED && type <= UNSPECIFIED_55);
}

static TytoNalFate
take_slice (H265 *self, const guint8 *nal, gsize size, TytoNalPicture *picture)
{
  guint type = TYPE (nal);
  gboolean first;
  guint pps;

  if (!tyto_h265_read_slice (nal, size, &first, &pps))
    return TYTO_NAL_BROKEN;
  if (!picture->slices) {
    self->has_picture = TRUE;
    self->picture_pps = pps;
  }
  picture->slices = TRUE;
  picture->key |= type >= TYTO_H265_IRAP_FIRST && type <= TYTO_H265_IRAP_LAST;
  return TYTO_NAL_KEEP;
}

static TytoNalFate
take_parameters (H265 *self, guint type, const guint8 *nal, gsize size)
{
  TytoParameterSets *sets = &self->vps_nal;
  TytoH265Sps sps;
  TytoH265Pps pps;
  gboolean sound;
  guint id;

  if (size > TYTO_PARAMETER_SET_MAX)
    return TYTO_NAL_BROKEN;
  if (type == TYTO_H265_VPS) {
    sound = tyto_h265_read_vps (nal, size, &id);
  } else if (type == TYTO_H265_SPS) {
    sets = &self->sps_nal;
    sound = tyto_h265_read_sps (nal, size, &sps, &id);
  } else {
    sets = &self->pps_nal;
    sound = tyto_h265_read_pps (nal, size, &pps, &id);
  }
  if (!sound)
    return TYTO_NAL_BROKEN;
  if (tyto_parameter_sets_put (sets, id, nal, size)) {
    self->changed = TRUE;
    if (type == TYTO_H265_SPS)
      self->sps[id] = sps;
    else if (type == TYTO_H265_PPS)
      self->pps[id] = pps;
  }
  return TYTO_NAL_LEAVE_OUT;
}

static TytoNalFate
h265_take (gpointer state, const guint8 *nal, gsize size, TytoNalPicture *picture)
{
  guint type = TYPE (nal);

  if (size <= NAL_HEADER || nal[0] & FORBIDDEN_ZERO_BIT || (nal[1] & 7) == 0)
    return TYTO_NAL_BROKEN;
  if (LAYER (nal) != 0)
    return TYTO_NAL_LEAVE_OUT;
  if (type <= TYTO_H265_SLICE_LAST)
    return take_slice (state, nal, size, picture);
  switch (type) {
  case TYTO_H265_VPS:
  case TYTO_H265_SPS:
  case TYTO_H265_PPS:
    return take_parameters (state, type, nal, size);
  case TYTO_H265_DELIMITER:
  case TYTO_H265_FILLER:
    return TYTO_NAL_LEAVE_OUT;
  default:
    return type >= TYTO_H265_UNSPECIFIED ? TYTO_NAL_BROKEN : TYTO_NAL_KEEP;
  }
}

static void
put_sets (GByteArray *to, guint8 type, const TytoParameterSets *sets)
{
  guint count_at;

  tyto_mp4_put_u8 (to, ARRAY_COMPLETE | type);
  count_at = to->len;
  tyto_mp4_put_u16 (to, 0);
  to->data[count_at + 1] = (guint8) tyto_parameter_sets_write (sets, G_MAXUINT8, to);
}

/* HEVCDecoderConfigurationRecord: ISO/IEC 14496-15, 8.3.3.1 */
static GBytes *
make_config (const H265 *self, const TytoH265Sps *sps)
{
  GByteArray *to = g_byte_array_new ();

  tyto_mp4_put_u8 (to, 1);
  g_byte_array_append (to, sps->profile, TYTO_H265_PROFILE_SIZE);
  tyto_mp4_put_u16 (to, NO_SEGMENTATION);
  tyto_mp4_put_u8 (to, NO_PARALLELISM);
  tyto_mp4_put_u8 (to, (guint8) (0xfc | sps->chroma_format));
  tyto_mp4_put_u8 (to, (guint8) (0xf8 | (sps->bit_depth_luma - 8)));
  tyto_mp4_put_u8 (to, (guint8) (0xf8 | (sps->bit_depth_chroma - 8)));
  tyto_mp4_put_u16 (to, 0); /* avgFrameRate */
  tyto_mp4_put_u8 (to, (guint8) (sps->temporal_layers << 3 | (sps->temporal_nesting ? 1 << 2 : 0)
                                 | LENGTH_SIZE_4));
  tyto_mp4_put_u8 (to, 3); /* arrays */
  put_sets (to, TYTO_H265_VPS, &self->vps_nal);
  put_sets (to, TYTO_H265_SPS, &self->sps_nal);
  put_sets (to, TYTO_H265_PPS, &self->pps_nal);
  return g_byte_array_free_to_bytes (to);
}

static TytoMediaEntry *
h265_describe (gpointer state)
{
  H265 *self = state;
  guint active;

  if (!self->has_picture || !self->pps[self->picture_pps].known
      || !self->sps[self->pps[self->picture_pps].sps].known)
    return NULL;
  active = self->pps[self->picture_pps].sps;
  if (self->entry == NULL || self->changed || self->active != active) {
    const TytoH265Sps *sps = &self->sps[active];
    g_autoptr (GBytes) config = make_config (self, sps);
    TytoSampleEntry from = {
      .codec = TYTO_MEDIA_H265, .config = config, .width = sps->width, .height = sps->height
    };

    g_clear_pointer (&self->entry, tyto_media_entry_unref);
    self->entry = tyto_sample_entry_make (&from);
    self->active = active;
    self->changed = FALSE;
  }
  return self->entry;
}

static guint
h265_frame_ticks (gpointer state)
{
  return 0; /* it stands far behind in the parameter sets; times of frames say it too */
}

const TytoNalCodec tyto_nal_codec_h265 = {
  h265_create, h265_destroy, h265_starts, h265_take, h265_describe, h265_frame_ticks,
};
