/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-join-source.h: what there is of a broadcast to join: its journal, and what follows from it.
 */
#pragma once

#include "media/hls/tyto-hls-journal.h"
#include "media/join/tyto-join-timeline.h"

G_BEGIN_DECLS

/**
 * TytoJoinSource:
 * @segments: (element-type TytoHlsSegment): by position, then rendition
 * @stretches: (element-type guint): for each of @segments, the discontinuities before it in its
 * rendition
 * @audio_rendition: the rendition that sound is taken from
 * @bytes: of the fetched segments; @duration_us: of all of them
 * @usual_us: how long a segment is that does not say
 */
typedef struct {
  char *directory;
  GPtrArray *segments;
  GArray *stretches;
  guint audio_rendition;
  guint64 bytes;
  gint64 duration_us;
  gint64 usual_us;
} TytoJoinSource;

/* Blocking. NOT_FOUND: no journal, or nothing fetched; STORAGE. */
TytoJoinSource *tyto_join_source_load (const char *directory, GError **error);
void tyto_join_source_free (TytoJoinSource *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoJoinSource, tyto_join_source_free)

/* How long @segment is, or, for unlisted ones, all of them. */
gint64 tyto_join_source_get_duration_us (const TytoJoinSource *self, const TytoHlsSegment *segment);

char *tyto_join_source_build_path (const TytoJoinSource *self, const TytoHlsSegment *segment);
/* NULL for none */
char *tyto_join_source_build_init_path (const TytoJoinSource *self, const TytoHlsSegment *segment);

/* When each track is shown first in @stretch, video from a key frame on; TYTO_JOIN_NO_TIME: that is
 * not known. It looks into the first segment there is of it. @skipped: (out): frames of video there
 * before the first key frame. */
void tyto_join_source_look_ahead (const TytoJoinSource *self, guint stretch,
                                  gint64 first[TYTO_JOIN_TRACKS], guint *skipped);

G_END_DECLS
