/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-h265-parameters.h: reads what we need of the parameter sets of H.265 (ISO/IEC 23008-2,
 * 7.3). NAL units are given without start code, with their header. FALSE: it is damaged. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TYTO_H265_VPS_MAX 16 /* ids */
#define TYTO_H265_SPS_MAX 16
#define TYTO_H265_PPS_MAX 64

/* nal_unit_type: table 7-1 */
enum {
  TYTO_H265_SLICE_LAST = 31,
  TYTO_H265_IRAP_FIRST = 16,
  TYTO_H265_IRAP_LAST = 23,
  TYTO_H265_VPS = 32,
  TYTO_H265_SPS = 33,
  TYTO_H265_PPS = 34,
  TYTO_H265_DELIMITER = 35,
  TYTO_H265_FILLER = 38,
  TYTO_H265_PREFIX_SEI = 39,
  TYTO_H265_UNSPECIFIED = 48,
};

#define TYTO_H265_PROFILE_SIZE 12 /* bytes: general_profile_space … general_level_idc */

/**
 * TytoH265Sps:
 * @profile: 7.3.3, as hvcC has it
 * @width, @height: as shown, after cropping
 */
typedef struct {
  gboolean known;
  guint8 profile[TYTO_H265_PROFILE_SIZE];
  guint temporal_layers;
  gboolean temporal_nesting;
  guint chroma_format;
  guint bit_depth_luma;
  guint bit_depth_chroma;
  guint width;
  guint height;
} TytoH265Sps;

typedef struct {
  gboolean known;
  guint sps;
} TytoH265Pps;

gboolean tyto_h265_read_vps (const guint8 *nal, gsize size, guint *id);
gboolean tyto_h265_read_sps (const guint8 *nal, gsize size, TytoH265Sps *sps, guint *id);
gboolean tyto_h265_read_pps (const guint8 *nal, gsize size, TytoH265Pps *pps, guint *id);

/* What stands first in a slice segment (7.3.6.1). */
gboolean tyto_h265_read_slice (const guint8 *nal, gsize size, gboolean *first, guint *pps);

G_END_DECLS
