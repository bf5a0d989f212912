/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/broadcasts/tyto-broadcast-metadata.h"

#include "recorder/archive/tyto-archive-metadata.h"
#include "recorder/broadcasts/tyto-broadcast-members.h"
#include "recorder/broadcasts/tyto-broadcast-names.h"

#define NS_PER_MS 1000000

static void
add (GHashTable *metadata, const char *name, char *value)
{
  g_hash_table_insert (metadata, (char *) name, value);
}

static void
add_member (GHashTable *metadata, const TytoBroadcastMember *one, const TytoBroadcast *broadcast)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (tyto_broadcast_member_get (one, broadcast));

  if (one->kind != TYTO_BROADCAST_TEXT)
    add (metadata, one->metadata, g_variant_print (value, FALSE));
  else if (*g_variant_get_string (value, NULL) != '\0')
    add (metadata, one->metadata, g_variant_dup_string (value, NULL));
}

GHashTable *
tyto_broadcast_metadata_make (const TytoBroadcast *broadcast)
{
  GHashTable *metadata = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);

  add (metadata, TYTO_ARCHIVE_METADATA_ID, g_strdup (broadcast->id));
  add (metadata, "tyto-kind", g_strdup ("broadcast"));
  add (metadata, "tyto-duration",
       g_strdup_printf ("%" G_GUINT64_FORMAT, broadcast->duration_ms * NS_PER_MS));
  for (const TytoBroadcastMember *one = tyto_broadcast_members; one->memo != NULL; one++)
    if (one->metadata != NULL)
      add_member (metadata, one, broadcast);
  return metadata;
}

static void
set_member (TytoBroadcast *broadcast, const TytoBroadcastMember *one, const char *value)
{
  gpointer member = G_STRUCT_MEMBER_P (broadcast, one->offset);
  guint64 count = 0;

  switch (one->kind) {
  case TYTO_BROADCAST_TEXT:
    if (g_str_is_ascii (value))
      tyto_broadcast_set (member, value);
    break;
  case TYTO_BROADCAST_SIGNED:
    g_ascii_string_to_signed (value, 10, -1, G_MAXINT64, member, NULL);
    break;
  case TYTO_BROADCAST_UNSIGNED:
    g_ascii_string_to_unsigned (value, 10, 0, G_MAXINT64, member, NULL);
    break;
  case TYTO_BROADCAST_COUNT:
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
  for (const TytoBroadcastMember *one = tyto_broadcast_members; one->memo != NULL; one++) {
    const char *value
        = one->metadata != NULL ? g_hash_table_lookup (metadata, one->metadata) : NULL;

    if (value != NULL)
      set_member (broadcast, one, value);
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
