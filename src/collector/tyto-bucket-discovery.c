/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-bucket-discovery.h"

#include "base/tyto-backoff.h"
#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "collector/tyto-name-order.h"
#include "media/hls/tyto-hls-playlist.h"

#include <string.h>

#define ROUND_MIN_MS 1000
#define ROUND_MAX_MS 5000
#define AWAY_MS      1000
#define AWAY_MAX_MS  10000
/* What is older is listed only now and then where there is no playlist to ask. */
#define RECENT_US      (5 * 60 * G_USEC_PER_SEC)
#define NOW_AND_THEN   (60 * G_USEC_PER_SEC)
#define PLAYLIST_BYTES (4 * 1024 * 1024)

struct _TytoBucketDiscovery {
  GObject parent_instance;

  TytoCollectorSettings *settings; /* nullable */
  GHashTable *places;              /* stream key → Place */
  GCancellable *cancellable;       /* of the round under way; NULL: none */
  guint timer;
  TytoBackoff backoff;
};

enum { SIGNAL_FOUND, SIGNAL_IS_TAKEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoBucketDiscovery, tyto_bucket_discovery, G_TYPE_OBJECT)

/* What is known of a stream key. */
typedef struct {
  gint64 newest_us;
  gint64 told_us; /* newest_us, as it was told */
  gboolean told_ended;
  char *read_etag;  /* of the playlist that was read last */
  gint64 listed_at; /* g_get_monotonic_time () */
  TytoS3Object *playlist;
} Place;

/* A round through all keys. */
typedef struct {
  TytoBucketDiscovery *self;
  TytoS3Client *client;
  GCancellable *cancellable;
  GPtrArray *keys;
  guint next;
  Place found; /* of the key that is being listed */
} Round;

static void
place_free (gpointer data)
{
  Place *place = data;

  g_clear_pointer (&place->playlist, tyto_s3_object_unref);
  g_free (place->read_etag);
  g_free (place);
}

static void
round_free (Round *round)
{
  g_object_unref (round->self);
  g_object_unref (round->client);
  g_object_unref (round->cancellable);
  g_clear_pointer (&round->keys, g_ptr_array_unref);
  g_clear_pointer (&round->found.playlist, tyto_s3_object_unref);
  g_free (round);
}

static void begin_round (TytoBucketDiscovery *self);
static void go_on (Round *round);

static gboolean
on_due (gpointer user_data)
{
  TytoBucketDiscovery *self = user_data;

  self->timer = 0;
  begin_round (self);
  return G_SOURCE_REMOVE;
}

/* Takes @round. @error: nullable. */
static void
end_round (Round *round, const GError *error)
{
  TytoBucketDiscovery *self = round->self;

  if (self->cancellable == round->cancellable) { /* it is not broken off */
    guint delay = (guint) CLAMP (2 * self->settings->poll_ms, ROUND_MIN_MS, ROUND_MAX_MS);

    if (error != NULL) {
      g_message ("Nothing can be found in the bucket: %s", error->message);
      delay = tyto_backoff_next (&self->backoff);
    } else {
      tyto_backoff_reset (&self->backoff);
    }
    g_clear_object (&self->cancellable);
    self->timer = g_timeout_add (delay, on_due, self);
  }
  round_free (round);
}

static const char *
current_key (const Round *round)
{
  return round->keys->pdata[round->next];
}

static Place *
current_place (Round *round)
{
  return g_hash_table_lookup (round->self->places, current_key (round));
}

static void
next_key (Round *round)
{
  round->next++;
  go_on (round);
}

/* --- What is below one key --- */

static void
tell (Round *round, gboolean ended)
{
  Place *place = current_place (round);
  gint64 age_us = MAX (tyto_s3_client_get_server_time (round->client) - place->newest_us, 0);

  if (place->told_us == place->newest_us && place->told_ended == ended)
    return;
  place->told_us = place->newest_us;
  place->told_ended = ended;
  g_signal_emit (round->self, signals[SIGNAL_FOUND], 0, current_key (round), place->newest_us,
                 (guint64) age_us / 1000, ended);
}

static void
on_playlist (GObject *client, GAsyncResult *result, gpointer data)
{
  Round *round = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) text
      = tyto_s3_client_read_object_finish (TYTO_S3_CLIENT (client), result, NULL, &error);
  g_autoptr (TytoHlsPlaylist) playlist
      = text != NULL
            ? tyto_hls_playlist_parse (g_bytes_get_data (text, NULL), g_bytes_get_size (text), NULL)
            : NULL;

  Place *place;

  if (g_cancellable_is_cancelled (round->cancellable)) {
    end_round (round, NULL);
    return;
  }
  place = current_place (round);
  g_free (place->read_etag);
  place->read_etag = g_strdup (text != NULL ? place->playlist->etag : NULL);
  tell (round, playlist != NULL && playlist->ended);
  next_key (round);
}

/* All of the key is listed. */
static void
take_listing (Round *round)
{
  Place *place = current_place (round);

  g_clear_pointer (&place->playlist, tyto_s3_object_unref);
  place->playlist = g_steal_pointer (&round->found.playlist);
  place->newest_us = round->found.newest_us;
  place->listed_at = g_get_monotonic_time ();
  if (place->newest_us < 0
      || (place->newest_us == place->told_us
          && (place->playlist == NULL
              || g_strcmp0 (place->playlist->etag, place->read_etag) == 0))) {
    next_key (round);
  } else if (place->playlist != NULL) {
    tyto_s3_client_read_object_async (round->client, place->playlist->key, 0, PLAYLIST_BYTES, NULL,
                                      round->cancellable, on_playlist, round);
  } else {
    tell (round, FALSE);
    next_key (round);
  }
}

static void
take_object (Place *found, TytoS3Object *object)
{
  if (tyto_name_is_segment (object->key))
    found->newest_us = MAX (found->newest_us, object->modified_us);
  if (g_str_has_suffix (object->key, ".m3u8")
      && (found->playlist == NULL || found->playlist->modified_us < object->modified_us)) {
    g_clear_pointer (&found->playlist, tyto_s3_object_unref);
    found->playlist = tyto_s3_object_ref (object);
  }
}

static void list_key (Round *round, const char *continuation);

static void
on_objects (GObject *client, GAsyncResult *result, gpointer data)
{
  Round *round = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *continuation = NULL;
  g_autoptr (GPtrArray) page
      = tyto_s3_client_list_objects_finish (TYTO_S3_CLIENT (client), result, &continuation, &error);

  if (page == NULL) {
    end_round (round, error);
    return;
  }
  for (guint i = 0; i < page->len; i++)
    take_object (&round->found, page->pdata[i]);
  if (continuation != NULL)
    list_key (round, continuation);
  else
    take_listing (round);
}

static void
list_key (Round *round, const char *continuation)
{
  g_autofree char *prefix = g_strconcat (current_key (round), "/", NULL);

  if (continuation == NULL) {
    round->found.newest_us = -1;
    g_clear_pointer (&round->found.playlist, tyto_s3_object_unref);
  }
  tyto_s3_client_list_objects_async (round->client, prefix, continuation, 0, round->cancellable,
                                     on_objects, round);
}

static void
on_head (GObject *client, GAsyncResult *result, gpointer data)
{
  Round *round = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoS3Object) object
      = tyto_s3_client_head_object_finish (TYTO_S3_CLIENT (client), result, &error);
  Place *place;

  if (g_cancellable_is_cancelled (round->cancellable)) {
    end_round (round, NULL);
    return;
  }
  place = current_place (round);
  if (object != NULL && g_str_equal (object->etag, place->playlist->etag))
    next_key (round);
  else
    list_key (round, NULL);
}

/* --- A round --- */

static gboolean
is_taken (Round *round)
{
  gboolean taken = FALSE;

  g_signal_emit (round->self, signals[SIGNAL_IS_TAKEN], 0, current_key (round), &taken);
  return taken;
}

/* The next key of which nobody knows all yet. */
static void
go_on (Round *round)
{
  for (; round->next < round->keys->len; round->next++) {
    Place *place = current_place (round);
    gint64 now = g_get_monotonic_time ();

    if (is_taken (round))
      continue;
    if (place->listed_at == 0
        || tyto_s3_client_get_server_time (round->client) - place->newest_us < RECENT_US
        || now - place->listed_at > NOW_AND_THEN) {
      list_key (round, NULL);
      return;
    }
    if (place->playlist != NULL) {
      tyto_s3_client_head_object_async (round->client, place->playlist->key, round->cancellable,
                                        on_head, round);
      return;
    }
  }
  end_round (round, NULL);
}

static void
on_prefixes (GObject *client, GAsyncResult *result, gpointer data)
{
  Round *round = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) prefixes
      = tyto_s3_client_list_prefixes_finish (TYTO_S3_CLIENT (client), result, &error);

  if (prefixes == NULL) {
    end_round (round, error);
    return;
  }
  round->keys = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < prefixes->len; i++) {
    const char *prefix = prefixes->pdata[i];
    g_autofree char *key = g_strndup (prefix, strlen (prefix) - 1);

    if (!tyto_id_is_valid (key))
      continue;
    if (!g_hash_table_contains (round->self->places, key)) {
      Place *place = g_new0 (Place, 1);

      place->newest_us = place->told_us = -1;
      g_hash_table_replace (round->self->places, g_strdup (key), place);
    }
    g_ptr_array_add (round->keys, g_steal_pointer (&key));
  }
  go_on (round);
}

static void
begin_round (TytoBucketDiscovery *self)
{
  Round *round;

  if (self->settings == NULL || self->settings->client == NULL)
    return;
  self->cancellable = g_cancellable_new ();
  round = g_new0 (Round, 1);
  round->self = g_object_ref (self);
  round->client = g_object_ref (self->settings->client);
  round->cancellable = g_object_ref (self->cancellable);
  tyto_s3_client_list_prefixes_async (round->client, "", round->cancellable, on_prefixes, round);
}

static void
break_off (TytoBucketDiscovery *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
}

void
tyto_bucket_discovery_set_settings (TytoBucketDiscovery *self, TytoCollectorSettings *settings)
{
  GHashTableIter iter;
  gpointer place;

  break_off (self);
  g_hash_table_iter_init (&iter, self->places);
  while (g_hash_table_iter_next (&iter, NULL, &place)) {
    ((Place *) place)->told_us = -1;
    ((Place *) place)->listed_at = 0;
  }
  if (settings != NULL)
    tyto_collector_settings_ref (settings);
  g_clear_pointer (&self->settings, tyto_collector_settings_unref);
  self->settings = settings;
  begin_round (self);
}

TytoBucketDiscovery *
tyto_bucket_discovery_new (void)
{
  return g_object_new (TYTO_TYPE_BUCKET_DISCOVERY, NULL);
}

static void
tyto_bucket_discovery_finalize (GObject *object)
{
  TytoBucketDiscovery *self = TYTO_BUCKET_DISCOVERY (object);

  break_off (self);
  g_hash_table_unref (self->places);
  g_clear_pointer (&self->settings, tyto_collector_settings_unref);
  G_OBJECT_CLASS (tyto_bucket_discovery_parent_class)->finalize (object);
}

static void
tyto_bucket_discovery_class_init (TytoBucketDiscoveryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_bucket_discovery_finalize;
  signals[SIGNAL_FOUND]
      = g_signal_new ("found", TYTO_TYPE_BUCKET_DISCOVERY, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 4, G_TYPE_STRING, G_TYPE_INT64, G_TYPE_UINT64, G_TYPE_BOOLEAN);
  signals[SIGNAL_IS_TAKEN] = g_signal_new ("is-taken", TYTO_TYPE_BUCKET_DISCOVERY,
                                           G_SIGNAL_RUN_LAST, 0, g_signal_accumulator_true_handled,
                                           NULL, NULL, G_TYPE_BOOLEAN, 1, G_TYPE_STRING);
}

static void
tyto_bucket_discovery_init (TytoBucketDiscovery *self)
{
  const TytoBackoff backoff = { AWAY_MS, AWAY_MAX_MS, 0 };

  self->backoff = backoff;
  self->places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, place_free);
}
