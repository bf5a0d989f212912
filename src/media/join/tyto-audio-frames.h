/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-audio-frames.h: takes a byte stream of audio frames apart: ADTS, MPEG audio, AC-3, E-AC-3,
 * Opus in MPEG-TS. Frames may share a PES packet or go across several.
 */
#pragma once

#include "media/join/tyto-unit-reader.h"

G_BEGIN_DECLS

/**
 * TytoAudioFrame: what its header says.
 * @size: of the whole frame; @header: bytes of it that an MP4 leaves out
 * @samples: of each channel; @rate: Hz
 * @format: all that its sample entry depends on: the same for the same entry
 * @silent: it does not say all of that: a frame before must have, that had the same @format
 * @unusable: it is sound, but an MP4 cannot hold it
 */
typedef struct {
  TytoMediaCodec codec;
  guint size;
  guint header;
  guint samples;
  guint rate;
  guint channels;
  guint64 format;
  gboolean silent;
  gboolean unusable;
} TytoAudioFrame;

typedef enum {
  TYTO_AUDIO_FRAME, /* a header; the frame itself may not be there as a whole */
  TYTO_AUDIO_MORE,  /* more bytes are needed to tell */
  TYTO_AUDIO_NONE,  /* no frame begins here */
} TytoAudioRead;

/**
 * TytoAudioFraming: one way to put frames one behind the other.
 * @read: @end: no more bytes will come for the frame that the last bytes are of
 * @config: of the sample entry, from a whole frame, as TytoSampleEntry has it; (transfer full)
 */
typedef struct {
  TytoAudioRead (*read) (const guint8 *data, gsize size, gboolean end, TytoAudioFrame *frame);
  GBytes *(*config) (const guint8 *data, const TytoAudioFrame *frame);
} TytoAudioFraming;

extern const TytoAudioFraming tyto_audio_framing_adts; /* ISO/IEC 13818-7, 6.2 */
extern const TytoAudioFraming tyto_audio_framing_mpeg; /* ISO/IEC 11172-3, 2.4.1; 13818-3 */
extern const TytoAudioFraming tyto_audio_framing_ac3;  /* ETSI TS 102 366: AC-3 and E-AC-3 */
extern const TytoAudioFraming tyto_audio_framing_opus; /* Opus in MPEG-TS: control headers */

typedef struct _TytoAudioFrames TytoAudioFrames;

TytoAudioFrames *tyto_audio_frames_new (const TytoAudioFraming *framing);
void tyto_audio_frames_free (TytoAudioFrames *self);

/* For frames that do not say it: Opus. 1–8 */
void tyto_audio_frames_set_channels (TytoAudioFrames *self, guint channels);

/* The first frame that begins in the bytes that follow has this @pts (90 kHz). */
void tyto_audio_frames_mark (TytoAudioFrames *self, gint64 pts);
void tyto_audio_frames_feed (TytoAudioFrames *self, const guint8 *data, gsize size);

/* Bytes are missing here: the frame they are of will not be given. */
void tyto_audio_frames_lose (TytoAudioFrames *self);

/* The next frame. FALSE: more bytes are needed; a frame that is there in part stays, @end or not:
 * @end says that what is whole needs nothing behind it to be known. */
gboolean tyto_audio_frames_next (TytoAudioFrames *self, gboolean end, TytoMediaUnit *unit,
                                 TytoUnitDamage *damage);

/* Begins anew, without what is not whole. */
void tyto_audio_frames_reset (TytoAudioFrames *self, TytoUnitDamage *damage);

G_END_DECLS
