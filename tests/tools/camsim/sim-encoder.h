/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-types.h"

G_BEGIN_DECLS

/* One encoded picture, in decode order. */
typedef struct {
  guint display; /* its place in capture order, from 0 */
  GBytes *bytes; /* Annex B byte stream */
} SimEncodedPicture;

/* Encodes one closed GOP of @config's test picture with the number @number in it.
 *
 * Without B frames the GOP has 1 + SIM_PICTURE_PERIOD pictures whatever @config's gop is: frame_num
 * and the picture order count are coded in 4 bits and each picture refers to the one before, so
 * that the predicted pictures may follow one another again and again (H.264 7.4.3, H.265 7.4.7.1).
 * A GOP of any length is played from one loop. With B frames the loop is just one GOP.
 *
 * Blocks for some tenths of a second; may be called in any thread. @cache_dir (nullable) keeps
 * encoded loops between runs.
 *
 * Returns: (element-type SimEncodedPicture), or NULL and @error. */
GArray *sim_encoder_encode (const SimVideoConfig *config, guint number, const char *cache_dir,
                            GError **error);

/* Encodes a tone with the GStreamer encoder @launch ("voaacenc bitrate=…") from 16-bit mono at
 * @rate Hz, @n_samples long. Returns: (element-type GBytes) the packets, or NULL and @error. */
GPtrArray *
sim_encoder_encode_tone (const char *launch, guint rate, guint n_samples, GError **error);

/* One sample of the tone: a beep of 440 Hz, half of each second. */
gint16 sim_encoder_tone_sample (guint rate, guint64 index);

G_END_DECLS
