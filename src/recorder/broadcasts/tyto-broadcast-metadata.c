/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/broadcasts/tyto-broadcast-metadata.h"

#include "recorder/archive/tyto-archive-metadata.h"
#include "recorder/broadcasts/tyto-broadcast-names.h"

#define NS_PER_MS 1000000

typedef enum { TEXT, SIGNED, UNSIGNED, COUNT } Kind;

#define MEMBER(member) G_STRUCT_OFFSET (TytoBroadcast, member)

static const struct {
  const char *name;
  Kind kind;
  gsize offset;
} members[] = {
  { TYTO_BROADCAST_METADATA_ID, TEXT, MEMBER (id) },
  { TYTO_ARCHIVE_METADATA_SHA256, TEXT, MEMBER (sha256) },
  { "tyto-stream-key", TEXT, MEMBER (stream_key) },
  { "tyto-stream-id", TEXT, MEMBER (stream_id) },
  { "tyto-user-id", TEXT, MEMBER (user_id) },
  { "tyto-found-by", TEXT, MEMBER (found_by) },
  { "tyto-ended-by", TEXT, MEMBER (ended_by) },
  { "tyto-start", SIGNED, MEMBER (started_us) },
  { "tyto-end", SIGNED, MEMBER (ended_us) },
  { "tyto-newest", SIGNED, MEMBER (newest_us) },
  { "tyto-segments", UNSIGNED, MEMBER (segments) },
  { "tyto-missing", UNSIGNED, MEMBER (missing) },
  { "tyto-frames", UNSIGNED, MEMBER (frames) },
  { "tyto-audio-frames", UNSIGNED, MEMBER (audio_frames) },
  { "tyto-video-codec", TEXT, MEMBER (video_codec) },
  { "tyto-audio-codec", TEXT, MEMBER (audio_codec) },
  { "tyto-width", COUNT, MEMBER (width) },
  { "tyto-height", COUNT, MEMBER (height) },
};

static void
add (GHashTable *metadata, const char *name, char *value)
{
  g_hash_table_insert (metadata, (char *) name, value);
}

/* (transfer full) (nullable): NULL for nothing to say */
static char *
write_member (const TytoBroadcast *broadcast, Kind kind, gsize offset)
{
  gconstpointer member = G_STRUCT_MEMBER_P (broadcast, offset);
  const char *text;

  switch (kind) {
  case TEXT:
    text = *(char *const *) member;
    return text != NULL && *text != '\0' ? g_strdup (text) : NULL;
  case SIGNED:
    return g_strdup_printf ("%" G_GINT64_FORMAT, *(const gint64 *) member);
  case UNSIGNED:
    return g_strdup_printf ("%" G_GUINT64_FORMAT, *(const guint64 *) member);
  case COUNT:
  default:
    return g_strdup_printf ("%u", *(const guint *) member);
  }
}

GHashTable *
tyto_broadcast_metadata_make (const TytoBroadcast *broadcast)
{
  GHashTable *metadata = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);

  add (metadata, TYTO_ARCHIVE_METADATA_ID, g_strdup (broadcast->id));
  add (metadata, "tyto-kind", g_strdup ("broadcast"));
  add (metadata, "tyto-duration",
       g_strdup_printf ("%" G_GUINT64_FORMAT, broadcast->duration_ms * NS_PER_MS));
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    char *value = write_member (broadcast, members[i].kind, members[i].offset);

    if (value != NULL)
      add (metadata, members[i].name, value);
  }
  return metadata;
}

static void
read_member (const char *value, TytoBroadcast *broadcast, Kind kind, gsize offset)
{
  gpointer member = G_STRUCT_MEMBER_P (broadcast, offset);
  guint64 count = 0;

  switch (kind) {
  case TEXT:
    if (g_str_is_ascii (value))
      tyto_broadcast_set (member, value);
    break;
  case SIGNED:
    g_ascii_string_to_signed (value, 10, -1, G_MAXINT64, member, NULL);
    break;
  case UNSIGNED:
    g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT64, member, NULL);
    break;
  case COUNT:
  default:
    if (g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT, &count, NULL))
      *(guint *) member = (guint) count;
    break;
  }
}

static gboolean
is_sound (const TytoBroadcast *self)
{
  return g_uuid_string_is_valid (self->id) && tyto_broadcast_check_key (self->stream_key, NULL)
         && tyto_broadcast_check_uuid ("", self->stream_id, NULL)
         && tyto_broadcast_check_uuid ("", self->user_id, NULL) && self->started_us >= 0
         && self->sha256 != NULL;
}

TytoBroadcast *
tyto_broadcast_metadata_read (GHashTable *metadata)
{
  g_autoptr (TytoBroadcast) broadcast = NULL;
  const char *duration;
  guint64 ns;

  if (metadata == NULL || !g_hash_table_contains (metadata, TYTO_BROADCAST_METADATA_ID))
    return NULL;
  broadcast = tyto_broadcast_new ("");
  tyto_broadcast_set (&broadcast->id, "");
  broadcast->started_us = -1;
  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    const char *value = g_hash_table_lookup (metadata, members[i].name);

    if (value != NULL)
      read_member (value, broadcast, members[i].kind, members[i].offset);
  }
  if (!is_sound (broadcast))
    return NULL;
  duration = g_hash_table_lookup (metadata, "tyto-duration");
  if (duration != NULL && g_ascii_string_to_unsigned (duration, 10, 0, G_MAXINT64, &ns, NULL))
    broadcast->duration_ms = broadcast->media_ms = ns / NS_PER_MS;
  /* What is not newer is no part of a later broadcast of its key. */
  if (broadcast->newest_us < 0)
    broadcast->newest_us = broadcast->ended_us;
  broadcast->status = TYTO_BROADCAST_COMPLETED;
  return g_steal_pointer (&broadcast);
}
