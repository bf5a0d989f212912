/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-mp4-run.h: the samples that a fragment (moof: ISO/IEC 14496-12, 8.8.4) tells of, one after
 * the other as its boxes name them. Nothing is set aside for them, however many there are said to
 * be. Inside src/media/join only. */
#pragma once

#include "media/tyto-media-cursor.h"

G_BEGIN_DECLS

/**
 * TytoMp4RunSample:
 * @offset: of its first byte, from where the offsets of its fragment are counted
 * @dts: in its track's timescale; @composition: what is added for the pts
 * @more: as many samples like this one follow, without anything being told of each
 */
typedef struct {
  guint64 offset;
  guint64 dts;
  gint32 composition;
  guint32 duration;
  guint32 size;
  guint32 flags;
  guint32 more;
} TytoMp4RunSample;

/**
 * TytoMp4Run: a track run (trun: 8.8.8) that is read.
 * @offset, @dts: of the sample to come
 */
typedef struct {
  TytoMediaCursor trun;
  guint32 told; /* flags: what is told of each sample */
  guint32 left; /* samples */
  gboolean has_first_flags;
  guint32 first_flags;
  guint64 offset;
  guint64 dts;
  guint32 duration; /* of a sample, unless it is told */
  guint32 size;
  guint32 flags;
} TytoMp4Run;

/* Begins with @trun, its body. The defaults of @self are set already. @has_offset, @offset: (out):
 * data_offset, when it is told. FALSE: it is damaged. */
gboolean
tyto_mp4_run_begin (TytoMp4Run *self, TytoMediaCursor trun, gboolean *has_offset, gint32 *offset);

/* The next sample. FALSE: there is none. */
gboolean tyto_mp4_run_next (TytoMp4Run *self, TytoMp4RunSample *sample);

/* Passes over @samples.more of the sample taken last; returns how many they were. */
guint32 tyto_mp4_run_skip (TytoMp4Run *self, const TytoMp4RunSample *sample);

G_END_DECLS
