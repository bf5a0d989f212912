/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-join.h: joins the segments of a broadcast's directory (its journal: tyto-hls-journal.h) into
 * one MP4. Nothing is re-encoded.
 *
 * The timeline: within a stretch without discontinuity the timestamps of the source are kept,
 * across 33-bit wraps; after a discontinuity the media go on where they ended, sound and picture
 * moved by the same. A segment that is missing leaves its time in the MP4 (the last picture
 * stands), so that sound and picture stay together and durations are right. Parameters that change
 * become a new sample description of the same track. Media before the first key frame are left out.
 * Blocking; from any thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A gap of the recording: as in data/org.tyto.Assembler1.xml. */
typedef struct {
  guint64 offset_ms;
  guint64 duration_ms;
  char *segment;
  char *reason;
  char *detail;
} TytoJoinGap;

typedef struct {
  guint64 bytes;
  guint64 duration_ms;
  guint64 frames;
  guint64 key_frames;
  guint64 audio_frames;
  char *video_codec;
  char *audio_codec;
  guint width;
  guint height;
  guint64 segments;
  guint descriptions;
  GPtrArray *gaps; /* (element-type TytoJoinGap) */
} TytoJoined;

void tyto_joined_free (TytoJoined *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoJoined, tyto_joined_free)

typedef void (*TytoJoinProgress) (guint64 done, guint64 total, gpointer user_data);

/* Bytes of disk that the MP4 takes at most. NOT_FOUND: no journal, or nothing fetched; STORAGE. */
gboolean tyto_join_measure (const char *directory, guint64 *bytes, GError **error);

/* @output: path of the MP4. @progress: (nullable): called now and then, in the same thread.
 * NOT_FOUND: not one usable frame; UNSUPPORTED; STORAGE; G_IO_ERROR_CANCELLED. (transfer full) */
TytoJoined *tyto_join (const char *directory, const char *output, TytoJoinProgress progress,
                       gpointer user_data, GCancellable *cancellable, GError **error);

G_END_DECLS
