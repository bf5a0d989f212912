/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-h264-parameters.h"

#include "media/join/tyto-bit-reader.h"
#include "media/join/tyto-pixel-aspect.h"

#include <string.h>

#define NAL_HEADER         1
#define CHROMA_444         3
#define MACROBLOCK         16
#define SIZE_MAX_MBS       1024 /* 16,384 pixels */
#define FIELD_CLOCK        90000
#define SEI_RECOVERY_POINT 6 /* D.1 */
#define SLICE_I            2 /* table 7-6 */
#define SLICE_SI           4
#define SLICE_TYPES        5

static void
skip_scaling_list (TytoBitReader *in, guint count)
{
  gint32 last = 8;
  gint32 next = 8;

  for (guint i = 0; i < count && !in->failed; i++) {
    if (next != 0)
      next = (last + tyto_bit_reader_se (in)) & 0xff;
    last = next != 0 ? next : last;
  }
}

static void
read_high_profile (TytoBitReader *in, TytoH264Sps *sps)
{
  sps->chroma_format = tyto_bit_reader_ue (in);
  if (sps->chroma_format == CHROMA_444)
    sps->colour_planes = tyto_bit_reader_flag (in);
  sps->bit_depth_luma = 8 + tyto_bit_reader_ue (in);
  sps->bit_depth_chroma = 8 + tyto_bit_reader_ue (in);
  tyto_bit_reader_skip (in, 1);   /* qpprime_y_zero_transform_bypass_flag */
  if (!tyto_bit_reader_flag (in)) /* seq_scaling_matrix_present_flag */
    return;
  for (guint i = 0; i < (sps->chroma_format != CHROMA_444 ? 8 : 12); i++)
    if (tyto_bit_reader_flag (in))
      skip_scaling_list (in, i < 6 ? 16 : 64);
}

static gboolean
has_high_profile (guint8 profile)
{
  static const guint8 high[] = { 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135 };

  return memchr (high, profile, sizeof high) != NULL;
}

static void
read_order (TytoBitReader *in, TytoH264Sps *sps)
{
  sps->frame_num_bits = 4 + tyto_bit_reader_ue (in);
  sps->order_type = tyto_bit_reader_ue (in);
  if (sps->order_type == 0) {
    sps->order_bits = 4 + tyto_bit_reader_ue (in);
  } else if (sps->order_type == 1) {
    guint32 count;

    sps->order_always_zero = tyto_bit_reader_flag (in);
    tyto_bit_reader_se (in);
    tyto_bit_reader_se (in);
    count = tyto_bit_reader_ue (in);
    for (guint32 i = 0; i < count && i < 256 && !in->failed; i++)
      tyto_bit_reader_se (in);
  }
}

/* 7.4.2.1.1: cropping counts in samples of chroma */
static gboolean
read_size (TytoBitReader *in, TytoH264Sps *sps)
{
  guint32 width = 1 + tyto_bit_reader_ue (in);
  guint32 height = 1 + tyto_bit_reader_ue (in);
  guint32 crop[4] = { 0 };
  guint unit_x = sps->chroma_format == 1 || sps->chroma_format == 2 ? 2 : 1;
  guint unit_y = sps->chroma_format == 1 ? 2 : 1;

  sps->frames_only = tyto_bit_reader_flag (in);
  if (!sps->frames_only)
    tyto_bit_reader_skip (in, 1); /* mb_adaptive_frame_field_flag */
  tyto_bit_reader_skip (in, 1);   /* direct_8x8_inference_flag */
  if (tyto_bit_reader_flag (in))
    for (guint i = 0; i < G_N_ELEMENTS (crop); i++)
      crop[i] = tyto_bit_reader_ue (in);
  if (in->failed || width > SIZE_MAX_MBS || height > SIZE_MAX_MBS)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (crop); i++)
    if (crop[i] > SIZE_MAX_MBS * MACROBLOCK)
      return FALSE;
  width *= MACROBLOCK;
  height *= MACROBLOCK * (sps->frames_only ? 1 : 2);
  unit_y *= sps->frames_only ? 1 : 2;
  if ((crop[0] + crop[1]) * unit_x >= width || (crop[2] + crop[3]) * unit_y >= height)
    return FALSE;
  sps->width = width - (crop[0] + crop[1]) * unit_x;
  sps->height = height - (crop[2] + crop[3]) * unit_y;
  return TRUE;
}

/* E.1.1; what is wrong with it costs nothing else */
static void
read_vui (TytoBitReader *in, TytoH264Sps *sps)
{
  tyto_pixel_aspect_read (in, &sps->pixel_aspect_n, &sps->pixel_aspect_d);
  if (tyto_bit_reader_flag (in)) /* overscan_info_present_flag */
    tyto_bit_reader_skip (in, 1);
  if (tyto_bit_reader_flag (in)) { /* video_signal_type_present_flag */
    tyto_bit_reader_skip (in, 4);
    if (tyto_bit_reader_flag (in))
      tyto_bit_reader_skip (in, 24);
  }
  if (tyto_bit_reader_flag (in)) { /* chroma_loc_info_present_flag */
    tyto_bit_reader_ue (in);
    tyto_bit_reader_ue (in);
  }
  if (tyto_bit_reader_flag (in)) { /* timing_info_present_flag: two ticks a frame */
    guint64 units = tyto_bit_reader_bits (in, 32);
    guint64 scale = tyto_bit_reader_bits (in, 32);
    guint64 ticks = scale > 0 ? 2 * units * FIELD_CLOCK / scale : 0;

    sps->frame_ticks = !in->failed && ticks <= 10 * FIELD_CLOCK ? (guint) ticks : 0;
  }
}

gboolean
tyto_h264_read_sps (const guint8 *nal, gsize size, TytoH264Sps *sps, guint *id)
{
  TytoBitReader in;

  *sps = (TytoH264Sps){ .chroma_format = 1, .bit_depth_luma = 8, .bit_depth_chroma = 8 };
  if (size <= NAL_HEADER)
    return FALSE;
  tyto_bit_reader_init (&in, nal + NAL_HEADER, size - NAL_HEADER, TRUE);
  sps->profile = (guint8) tyto_bit_reader_bits (&in, 8);
  sps->compatibility = (guint8) tyto_bit_reader_bits (&in, 8);
  sps->level = (guint8) tyto_bit_reader_bits (&in, 8);
  *id = tyto_bit_reader_ue (&in);
  if (has_high_profile (sps->profile))
    read_high_profile (&in, sps);
  read_order (&in, sps);
  tyto_bit_reader_ue (&in); /* max_num_ref_frames */
  tyto_bit_reader_skip (&in, 1);
  if (*id >= TYTO_H264_SPS_MAX || sps->chroma_format > CHROMA_444 || sps->bit_depth_luma - 8 > 6
      || sps->bit_depth_chroma - 8 > 6 || sps->frame_num_bits > 16 || sps->order_type > 2
      || sps->order_bits > 16 || !read_size (&in, sps))
    return FALSE;
  if (tyto_bit_reader_flag (&in))
    read_vui (&in, sps);
  sps->known = TRUE;
  return TRUE;
}

gboolean
tyto_h264_read_pps (const guint8 *nal, gsize size, TytoH264Pps *pps, guint *id)
{
  TytoBitReader in;

  if (size <= NAL_HEADER)
    return FALSE;
  tyto_bit_reader_init (&in, nal + NAL_HEADER, size - NAL_HEADER, TRUE);
  *id = tyto_bit_reader_ue (&in);
  *pps = (TytoH264Pps){ .sps = tyto_bit_reader_ue (&in) };
  tyto_bit_reader_skip (&in, 1); /* entropy_coding_mode_flag */
  pps->bottom_order = tyto_bit_reader_flag (&in);
  pps->known = !in.failed && *id < TYTO_H264_PPS_MAX && pps->sps < TYTO_H264_SPS_MAX;
  return pps->known;
}

/* 7.3.3 */
gboolean
tyto_h264_read_slice (const guint8 *nal, gsize size, const TytoH264Sps *sps, const TytoH264Pps *pps,
                      TytoH264Slice *slice)
{
  TytoBitReader in;
  guint32 type;

  *slice = (TytoH264Slice){ .idr = (nal[0] & 0x1f) == TYTO_H264_IDR,
                            .reference = (nal[0] & 0x60) != 0 };
  tyto_bit_reader_init (&in, nal + NAL_HEADER, size - NAL_HEADER, TRUE);
  slice->first_mb = tyto_bit_reader_ue (&in);
  type = tyto_bit_reader_ue (&in) % SLICE_TYPES;
  slice->intra = type == SLICE_I || type == SLICE_SI;
  slice->pps = tyto_bit_reader_ue (&in);
  if (in.failed || slice->pps >= TYTO_H264_PPS_MAX || !pps[slice->pps].known
      || !sps[pps[slice->pps].sps].known)
    return FALSE;
  pps += slice->pps;
  sps += pps->sps;
  if (sps->colour_planes)
    tyto_bit_reader_skip (&in, 2);
  slice->frame_num = tyto_bit_reader_bits (&in, sps->frame_num_bits);
  slice->field = !sps->frames_only && tyto_bit_reader_flag (&in);
  slice->bottom = slice->field && tyto_bit_reader_flag (&in);
  if (slice->idr)
    slice->idr_id = tyto_bit_reader_ue (&in);
  if (sps->order_type == 0) {
    slice->order = tyto_bit_reader_bits (&in, sps->order_bits);
    if (pps->bottom_order && !slice->field)
      slice->order_delta[0] = tyto_bit_reader_se (&in);
  } else if (sps->order_type == 1 && !sps->order_always_zero) {
    slice->order_delta[0] = tyto_bit_reader_se (&in);
    if (pps->bottom_order && !slice->field)
      slice->order_delta[1] = tyto_bit_reader_se (&in);
  }
  return !in.failed;
}

gboolean
tyto_h264_slice_differs (const TytoH264Slice *a, const TytoH264Slice *b)
{
  return a->frame_num != b->frame_num || a->pps != b->pps || a->field != b->field
         || a->bottom != b->bottom || a->reference != b->reference || a->idr != b->idr
         || a->idr_id != b->idr_id || a->order != b->order || a->order_delta[0] != b->order_delta[0]
         || a->order_delta[1] != b->order_delta[1];
}

static guint
read_sei_number (TytoBitReader *in)
{
  guint value = 0;
  guint32 byte;

  do {
    byte = tyto_bit_reader_bits (in, 8);
    value += byte;
  } while (byte == 0xff && !in->failed && value < 0x10000);
  return value;
}

gboolean
tyto_h264_is_recovery_point (const guint8 *nal, gsize size)
{
  TytoBitReader in;

  tyto_bit_reader_init (&in, nal + NAL_HEADER, size - NAL_HEADER, TRUE);
  while (!in.failed && in.position + 2 < size) {
    guint type = read_sei_number (&in);
    guint length = read_sei_number (&in);

    if (type == SEI_RECOVERY_POINT && !in.failed)
      return TRUE;
    tyto_bit_reader_skip (&in, length * 8);
  }
  return FALSE;
}
