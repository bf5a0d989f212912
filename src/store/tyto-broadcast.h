/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-broadcast.h: a live HLS stream that is, or was, recorded into one MP4. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  TYTO_BROADCAST_RECORDING,  /* its segments are being collected */
  TYTO_BROADCAST_PROCESSING, /* it has ended: being joined, uploaded */
  TYTO_BROADCAST_COMPLETED,
  TYTO_BROADCAST_FAILED, /* nothing of it is deleted: it can be retried */
} TytoBroadcastStatus;

/* "recording", "processing", "completed", "failed" (static); -1 for any other text. */
const char *tyto_broadcast_status_to_string (TytoBroadcastStatus status);
int tyto_broadcast_status_from_string (const char *text);

#define TYTO_TYPE_BROADCAST (tyto_broadcast_get_type ())

/**
 * TytoBroadcast: a reference-counted record; do not change it once it is shared (copy it). Columns
 * of migration 0006; texts but @object and @sha256 are never NULL ("": none); times are µs since
 * the Unix epoch, -1: not yet.
 * @id, @stream_id, @video_id: UUIDs (RFC 9562)
 * @file_path: "BUCKET/KEY" when it is in the bucket, else the local file; "" until completed
 * @object, @sha256: (nullable): NULL: none yet
 * @bytes: of the MP4; @duration_ms: of the MP4, until then of what was collected
 */
typedef struct {
  char *id;
  char *stream_id;
  char *video_id;
  char *file_path;
  guint64 bytes;
  guint64 duration_ms;
  TytoBroadcastStatus status;
  char *stream_key;
  char *user_id;
  char *source;
  char *found_by;
  char *ended_by;
  gint64 started_us;
  gint64 ended_us;
  gint64 completed_us;
  gint64 newest_us;
  guint64 media_ms;
  guint64 segments;
  guint64 missing;
  guint64 collected_bytes;
  guint64 frames;
  guint64 audio_frames;
  char *video_codec;
  char *audio_codec;
  guint width;
  guint height;
  char *path;
  char *object;
  char *upload;
  gint64 uploaded_us;
  char *sha256;
  guint tries;
  gint64 due_us;
  char *last_error;
  char *import_state;
  guint import_tries;
  gint64 import_due_us;
  char *import_error;
  gint64 deleting_us;
} TytoBroadcast;

GType tyto_broadcast_get_type (void);
/* A new id; RECORDING; from the bucket; started now; all else empty. */
TytoBroadcast *tyto_broadcast_new (const char *stream_key);
TytoBroadcast *tyto_broadcast_copy (const TytoBroadcast *self);
TytoBroadcast *tyto_broadcast_ref (TytoBroadcast *self);
void tyto_broadcast_unref (TytoBroadcast *self);

/* Replaces the text at @to. */
void tyto_broadcast_set (char **to, const char *text);

/* As the API shows it (a{sv}, floating; D-Bus takes it): id, stream_id, video_id ("": none of the
 * two), stream_key, user_id, status, source, found_by, ended_by, started_at, ended_at, completed_at
 * (RFC 3339 in UTC, absent: not yet), duration d (s), bytes t, segments t, segments_missing t,
 * collected_bytes t, frames t, audio_frames t, video_codec, audio_codec, width t, height t,
 * file_path, path, object, sha256, tries t, next_try_at (absent), last_error, import s (off,
 * waiting, done, refused), import_error. */
GVariant *tyto_broadcast_to_variant (const TytoBroadcast *self);

/* The same in the words of `GET /recordings`: id, stream_id and video_id (nullable: "ms", which
 * D-Bus does not take), file_path, duration t (whole s), file_size t, status, started_at,
 * completed_at (nullable). Times end in "Z" and have whole seconds. Floating. */
GVariant *tyto_broadcast_to_recording (const TytoBroadcast *self);

/* Its duration in whole seconds, rounded. */
guint64 tyto_broadcast_get_seconds (const TytoBroadcast *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoBroadcast, tyto_broadcast_unref)

/**
 * TytoBroadcastGap: media missing in a broadcast's MP4.
 * @offset_ms: where in the MP4 they should be; @duration_ms: how much, 0 when not known
 * @segment: its name at the source
 * @reason: missing, corrupt, damaged, unlisted (see migration 0006); @detail: for people
 */
typedef struct {
  guint64 offset_ms;
  guint64 duration_ms;
  char *segment;
  char *reason;
  char *detail;
} TytoBroadcastGap;

TytoBroadcastGap *
tyto_broadcast_gap_new (guint64 offset_ms, guint64 duration_ms, const char *segment,
                        const char *reason, const char *detail);
void tyto_broadcast_gap_free (TytoBroadcastGap *self);
/* offset d, duration d (s), segment s, reason s, detail s. Floating. */
GVariant *tyto_broadcast_gap_to_variant (const TytoBroadcastGap *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoBroadcastGap, tyto_broadcast_gap_free)

G_END_DECLS
