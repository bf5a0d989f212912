/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-ts-program.h: which elementary streams of a program are joined: ISO/IEC 13818-1, 2.4.4.9. */
#pragma once

#include "media/join/tyto-audio-frames.h"
#include "media/join/tyto-nal-codec.h"
#include "media/tyto-media-cursor.h"

G_BEGIN_DECLS

#define TYTO_TS_NO_PID 0x1fff /* of null packets */

/**
 * TytoTsProgram: the first stream of video and the first of audio that we know.
 * @video_pid, @audio_pid: TYTO_TS_NO_PID for none
 * @channels: of audio, when its descriptors say it; else 0
 * @others: streams that are not joined; @encrypted: those of them that are, sample by sample
 */
typedef struct {
  guint video_pid;
  const TytoNalCodec *video;
  guint audio_pid;
  const TytoAudioFraming *audio;
  guint channels;
  guint others;
  guint encrypted;
} TytoTsProgram;

/* @body: of a PMT, behind its header and without CRC */
void tyto_ts_program_read (TytoTsProgram *self, TytoMediaCursor body);
gboolean tyto_ts_program_equal (const TytoTsProgram *a, const TytoTsProgram *b);

G_END_DECLS
