/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-h264-parameters.h: reads what we need of the parameter sets and slice headers of H.264
 * (ISO/IEC 14496-10, 7.3). NAL units are given without start code, with their header. FALSE: it is
 * damaged. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TYTO_H264_SPS_MAX 32 /* ids */
#define TYTO_H264_PPS_MAX 256

/* nal_unit_type: table 7-1 */
enum {
  TYTO_H264_SLICE = 1,
  TYTO_H264_PARTITION_C = 4,
  TYTO_H264_IDR = 5,
  TYTO_H264_SEI = 6,
  TYTO_H264_SPS = 7,
  TYTO_H264_PPS = 8,
  TYTO_H264_DELIMITER = 9,
  TYTO_H264_FILLER = 12,
  TYTO_H264_PREFIX = 14, /* up to 18: they stand in front of a picture */
  TYTO_H264_RESERVED_18 = 18,
};

/**
 * TytoH264Sps:
 * @width, @height: as shown, after cropping
 * @pixel_aspect_n, @pixel_aspect_d: 0 when nothing is said
 * @frame_ticks: of 90 kHz a frame takes, 0 when nothing is said
 */
typedef struct {
  gboolean known;
  guint8 profile;
  guint8 compatibility;
  guint8 level;
  guint chroma_format;
  guint bit_depth_luma;
  guint bit_depth_chroma;
  guint width;
  guint height;
  guint pixel_aspect_n;
  guint pixel_aspect_d;
  guint frame_ticks;
  gboolean colour_planes;
  gboolean frames_only;
  gboolean order_always_zero;
  guint frame_num_bits;
  guint order_type;
  guint order_bits;
} TytoH264Sps;

typedef struct {
  gboolean known;
  guint sps;
  gboolean bottom_order;
} TytoH264Pps;

/**
 * TytoH264Slice: what tells pictures apart: 7.4.1.2.4
 */
typedef struct {
  gboolean idr;
  gboolean reference;
  gboolean intra; /* I or SI */
  guint32 first_mb;
  guint pps;
  guint32 frame_num;
  gboolean field;
  gboolean bottom;
  guint32 idr_id;
  guint32 order;
  gint32 order_delta[2];
} TytoH264Slice;

gboolean tyto_h264_read_sps (const guint8 *nal, gsize size, TytoH264Sps *sps, guint *id);
gboolean tyto_h264_read_pps (const guint8 *nal, gsize size, TytoH264Pps *pps, guint *id);

/* @sps: TYTO_H264_SPS_MAX of them, @pps: TYTO_H264_PPS_MAX. FALSE too: its sets are not known; then
 * @slice has what stands in front of them. */
gboolean tyto_h264_read_slice (const guint8 *nal, gsize size, const TytoH264Sps *sps,
                               const TytoH264Pps *pps, TytoH264Slice *slice);

/* Whether two slices are of different primary coded pictures. */
gboolean tyto_h264_slice_differs (const TytoH264Slice *a, const TytoH264Slice *b);

/* Whether the SEI holds a recovery point (D.1.8). */
gboolean tyto_h264_is_recovery_point (const guint8 *nal, gsize size);

G_END_DECLS
