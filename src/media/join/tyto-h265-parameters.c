/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-h265-parameters.h"

#include "media/join/tyto-bit-reader.h"

#define NAL_HEADER       2
#define TYPE(nal)        ((nal)[0] >> 1 & 0x3f)
#define CHROMA_444       3
#define PICTURE_SIZE_MAX 16384 /* pixels */
#define TEMPORAL_MAX     7

static gboolean
start (TytoBitReader *in, const guint8 *nal, gsize size)
{
  if (size <= NAL_HEADER)
    return FALSE;
  tyto_bit_reader_init (in, nal + NAL_HEADER, size - NAL_HEADER, TRUE);
  return TRUE;
}

gboolean
tyto_h265_read_vps (const guint8 *nal, gsize size, guint *id)
{
  TytoBitReader in;

  if (!start (&in, nal, size))
    return FALSE;
  *id = tyto_bit_reader_bits (&in, 4);
  return !in.failed;
}

/* profile_tier_level: 7.3.3 */
static void
read_profile (TytoBitReader *in, TytoH265Sps *sps)
{
  gboolean has_profile[TEMPORAL_MAX];
  gboolean has_level[TEMPORAL_MAX];
  guint layers = sps->temporal_layers - 1;

  for (guint i = 0; i < TYTO_H265_PROFILE_SIZE; i++)
    sps->profile[i] = (guint8) tyto_bit_reader_bits (in, 8);
  for (guint i = 0; i < layers; i++) {
    has_profile[i] = tyto_bit_reader_flag (in);
    has_level[i] = tyto_bit_reader_flag (in);
  }
  if (layers > 0)
    tyto_bit_reader_skip (in, (8 - layers) * 2);
  for (guint i = 0; i < layers; i++)
    tyto_bit_reader_skip (in, (has_profile[i] ? 88 : 0) + (has_level[i] ? 8 : 0));
}

/* 7.4.3.2.1: the window counts in samples of chroma */
static gboolean
read_size (TytoBitReader *in, TytoH265Sps *sps)
{
  guint32 width = tyto_bit_reader_ue (in);
  guint32 height = tyto_bit_reader_ue (in);
  guint32 window[4] = { 0 };
  guint unit_x = sps->chroma_format == 1 || sps->chroma_format == 2 ? 2 : 1;
  guint unit_y = sps->chroma_format == 1 ? 2 : 1;

  if (tyto_bit_reader_flag (in)) /* conformance_window_flag */
    for (guint i = 0; i < G_N_ELEMENTS (window); i++)
      window[i] = tyto_bit_reader_ue (in);
  for (guint i = 0; i < G_N_ELEMENTS (window); i++)
    if (window[i] > PICTURE_SIZE_MAX)
      return FALSE;
  if (in->failed || width > PICTURE_SIZE_MAX || height > PICTURE_SIZE_MAX
      || (window[0] + window[1]) * unit_x >= width || (window[2] + window[3]) * unit_y >= height)
    return FALSE;
  sps->width = width - (window[0] + window[1]) * unit_x;
  sps->height = height - (window[2] + window[3]) * unit_y;
  return TRUE;
}

gboolean
tyto_h265_read_sps (const guint8 *nal, gsize size, TytoH265Sps *sps, guint *id)
{
  TytoBitReader in;

  *sps = (TytoH265Sps){ 0 };
  if (!start (&in, nal, size))
    return FALSE;
  tyto_bit_reader_skip (&in, 4); /* VPS */
  sps->temporal_layers = 1 + tyto_bit_reader_bits (&in, 3);
  sps->temporal_nesting = tyto_bit_reader_flag (&in);
  if (sps->temporal_layers > TEMPORAL_MAX)
    return FALSE;
  read_profile (&in, sps);
  *id = tyto_bit_reader_ue (&in);
  sps->chroma_format = tyto_bit_reader_ue (&in);
  if (sps->chroma_format == CHROMA_444)
    tyto_bit_reader_skip (&in, 1);
  if (*id >= TYTO_H265_SPS_MAX || sps->chroma_format > CHROMA_444 || !read_size (&in, sps))
    return FALSE;
  sps->bit_depth_luma = 8 + tyto_bit_reader_ue (&in);
  sps->bit_depth_chroma = 8 + tyto_bit_reader_ue (&in);
  sps->known = !in.failed && sps->bit_depth_luma - 8 <= 7 && sps->bit_depth_chroma - 8 <= 7;
  return sps->known;
}

gboolean
tyto_h265_read_pps (const guint8 *nal, gsize size, TytoH265Pps *pps, guint *id)
{
  TytoBitReader in;

  if (!start (&in, nal, size))
    return FALSE;
  *id = tyto_bit_reader_ue (&in);
  *pps = (TytoH265Pps){ .sps = tyto_bit_reader_ue (&in) };
  pps->known = !in.failed && *id < TYTO_H265_PPS_MAX && pps->sps < TYTO_H265_SPS_MAX;
  return pps->known;
}

gboolean
tyto_h265_read_slice (const guint8 *nal, gsize size, gboolean *first, guint *pps)
{
  TytoBitReader in;
  guint type = TYPE (nal);

  if (!start (&in, nal, size))
    return FALSE;
  *first = tyto_bit_reader_flag (&in);
  if (type >= TYTO_H265_IRAP_FIRST && type <= TYTO_H265_IRAP_LAST)
    tyto_bit_reader_skip (&in, 1); /* no_output_of_prior_pics_flag */
  *pps = tyto_bit_reader_ue (&in);
  return !in.failed && *pps < TYTO_H265_PPS_MAX;
}
