/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-types.h"

G_BEGIN_DECLS

/* The mark on each access unit: an SEI user_data_unregistered message (H.264 and H.265, Annex
 * D, payload type 5) of the UUID 7a1d3c5e-9b42-4f86-a8e3-c1d25f6b9174 and a text of fixed length:
 *
 *   TYTO camera=00001 stream=main frame=00000000000000000042 wall=00001700000000000000
 *
 * frame counts from 0 at the simulator's start; wall is the true capture time in µs since 1970
 * UTC, whatever the camera's own clock says. Text has no zero byte, so that no emulation
 * prevention is ever needed. */
#define SIM_STAMP_UUID_SIZE 16
#define SIM_STAMP_MAX_NAL   128

typedef struct {
  guint camera; /* 1 to 99999 */
  SimStreamKind stream;
  guint64 frame;
  gint64 wall; /* µs since 1970 UTC */
} SimStamp;

extern const guint8 sim_stamp_uuid[SIM_STAMP_UUID_SIZE];

/* Writes the SEI NAL unit without start code into @out (SIM_STAMP_MAX_NAL bytes); returns its
 * size, which is the same for each stamp of a codec. */
gsize sim_stamp_write (const SimStamp *self, SimCodec codec, guint8 *out);

/* Reads the stamp from a NAL unit; FALSE when it carries none. */
gboolean sim_stamp_parse (SimStamp *self, SimCodec codec, const guint8 *nal, gsize size);

G_END_DECLS
