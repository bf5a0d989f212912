/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/broadcasts/tyto-broadcast-members.h"

#include "recorder/archive/tyto-archive-metadata.h"
#include "recorder/broadcasts/tyto-broadcast-metadata.h"

#define TEXT(member)     TYTO_BROADCAST_TEXT, G_STRUCT_OFFSET (TytoBroadcast, member)
#define SIGNED(member)   TYTO_BROADCAST_SIGNED, G_STRUCT_OFFSET (TytoBroadcast, member)
#define UNSIGNED(member) TYTO_BROADCAST_UNSIGNED, G_STRUCT_OFFSET (TytoBroadcast, member)
#define COUNT(member)    TYTO_BROADCAST_COUNT, G_STRUCT_OFFSET (TytoBroadcast, member)

const TytoBroadcastMember tyto_broadcast_members[] = {
  { "id", TYTO_BROADCAST_METADATA_ID, TEXT (id), FALSE },
  { "stream_id", "tyto-stream-id", TEXT (stream_id), FALSE },
  { "stream_key", "tyto-stream-key", TEXT (stream_key), FALSE },
  { "user_id", "tyto-user-id", TEXT (user_id), FALSE },
  { "video_id", NULL, TEXT (video_id), FALSE },
  { "source", NULL, TEXT (source), FALSE },
  { "found_by", "tyto-found-by", TEXT (found_by), FALSE },
  { "ended_by", "tyto-ended-by", TEXT (ended_by), FALSE },
  { "started", "tyto-start", SIGNED (started_us), FALSE },
  { "ended", "tyto-end", SIGNED (ended_us), FALSE },
  { "completed", NULL, SIGNED (completed_us), FALSE },
  { "newest", "tyto-newest", SIGNED (newest_us), TRUE },
  { "segments", "tyto-segments", UNSIGNED (segments), TRUE },
  { "missing", "tyto-missing", UNSIGNED (missing), TRUE },
  { "collected_bytes", NULL, UNSIGNED (collected_bytes), TRUE },
  { "media_ms", NULL, UNSIGNED (media_ms), TRUE },
  { "duration_ms", NULL, UNSIGNED (duration_ms), TRUE },
  { "bytes", NULL, UNSIGNED (bytes), TRUE },
  { "frames", "tyto-frames", UNSIGNED (frames), TRUE },
  { "audio_frames", "tyto-audio-frames", UNSIGNED (audio_frames), TRUE },
  { "video_codec", "tyto-video-codec", TEXT (video_codec), TRUE },
  { "audio_codec", "tyto-audio-codec", TEXT (audio_codec), TRUE },
  { "width", "tyto-width", COUNT (width), TRUE },
  { "height", "tyto-height", COUNT (height), TRUE },
  { "sha256", TYTO_ARCHIVE_METADATA_SHA256, TEXT (sha256), TRUE },
  { "import_state", NULL, TEXT (import_state), FALSE },
  { NULL },
};

GVariant *
tyto_broadcast_member_get (const TytoBroadcastMember *self, const TytoBroadcast *broadcast)
{
  gconstpointer member = G_STRUCT_MEMBER_P (broadcast, self->offset);
  const char *text;

  switch (self->kind) {
  case TYTO_BROADCAST_TEXT:
    text = *(char *const *) member;
    return g_variant_new_string (text != NULL ? text : "");
  case TYTO_BROADCAST_SIGNED:
    return g_variant_new_int64 (*(const gint64 *) member);
  case TYTO_BROADCAST_UNSIGNED:
    return g_variant_new_uint64 (*(const guint64 *) member);
  case TYTO_BROADCAST_COUNT:
  default:
    return g_variant_new_uint32 (*(const guint *) member);
  }
}
