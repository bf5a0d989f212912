/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* join-mp4-scene.h: makes initialization sections and segments of fragmented MP4, right or wrong as
 * a test wants them. */
#pragma once

#include "media/join/tyto-segment-format.h"

G_BEGIN_DECLS

#define SCENE_MAX 8

/**
 * SceneTrack: of moov.
 * @handler: "vide", "soun", "text"; @entries: types of its sample descriptions
 * @empty_ms, @media_at: of its edit list; both 0: it has none
 */
typedef struct {
  guint32 id;
  const char *handler;
  guint32 timescale;
  const char *entries[3];
  guint32 empty_ms;
  guint32 media_at;
} SceneTrack;

typedef struct {
  guint32 duration;
  guint32 size;
  gint32 composition;
  gboolean key;
} SceneSample;

/**
 * SceneTraf: of moof; its samples are one run.
 * @dts: -1: it has no tfdt; @description: 0: tfhd does not say
 */
typedef struct {
  guint32 track;
  gint64 dts;
  guint32 description;
  guint n;
  SceneSample samples[SCENE_MAX];
} SceneTraf;

typedef enum {
  SCENE_FROM_MOOF,  /* default-base-is-moof */
  SCENE_BEHIND,     /* each traf's media behind the one before's: offset of the first alone */
  SCENE_WHOLE_FILE, /* base-data-offset, counted as if @before bytes were in front */
} SceneOffsets;

void scene_put_moov (GByteArray *to, const SceneTrack *tracks, guint n);

/* moof and mdat. Each sample is one NAL unit with four bytes of length, whose bytes are @mark, the
 * number of the traf and that of the sample. @before: for SCENE_WHOLE_FILE */
void scene_put_fragment (GByteArray *to, const SceneTraf *trafs, guint n, SceneOffsets offsets,
                         guint64 before, guint8 mark);

/* A moof with one traf of @track and these bodies of boxes; mdat of @media zero bytes. */
void scene_put_raw_fragment (GByteArray *to, guint32 track, const char *type, GBytes *body,
                             guint copies, guint media);

/* An open segment. */
typedef struct {
  gpointer state;
  GBytes *data; /* exactly as large as the segment, so that nothing is read behind it */
  TytoUnitDamage damage;
} SceneReader;

void scene_reader_init (SceneReader *self);
void scene_reader_clear (SceneReader *self);

/* FALSE: refused, with TYTO_ERROR_INVALID_ARGUMENT. */
gboolean
scene_open (SceneReader *self, const guint8 *data, gsize size, GBytes *init, gboolean continuous);
gboolean scene_next (SceneReader *self, TytoMediaUnit *unit);

/* All that is left; returns how many they are. */
guint scene_drain (SceneReader *self);

G_END_DECLS
