/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-bucket-playlists.h"

#include "base/tyto-error.h"
#include "collector/tyto-name-order.h"
#include "media/hls/tyto-hls-playlist.h"

#include <string.h>

/* More are not read: they are nobody's live stream. */
#define PLAYLISTS 32
/* As long as another one is not so much newer, the one that was chosen stays. */
#define NEWER_US (30 * G_USEC_PER_SEC)
/* A multivariant one is waited for so long, or for so many looks, after the first objects. */
#define SETTLE_US    (2 * G_USEC_PER_SEC)
#define SETTLE_LOOKS 3

/* A playlist that was read. */
typedef struct {
  char *etag; /* when it was read */
  gboolean multivariant;
  char *media[TYTO_BUCKET_RENDITIONS]; /* of a multivariant one */
} Known;

struct _TytoBucketPlaylists {
  char *prefix;
  GHashTable *objects; /* nullable */
  GHashTable *known;   /* key → Known */
  char *chosen;        /* nullable: a media playlist, or a multivariant one */
  gint64 first_us;     /* monotonic: objects were seen; 0: none yet */
  guint n_looks;       /* since then */
  gboolean final;
};

static void
known_free (gpointer data)
{
  Known *known = data;

  g_free (known->etag);
  for (guint i = 0; i < TYTO_BUCKET_RENDITIONS; i++)
    g_free (known->media[i]);
  g_free (known);
}

TytoBucketPlaylists *
tyto_bucket_playlists_new (const char *prefix)
{
  TytoBucketPlaylists *self = g_new0 (TytoBucketPlaylists, 1);

  self->prefix = g_strdup (prefix);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, known_free);
  return self;
}

void
tyto_bucket_playlists_free (TytoBucketPlaylists *self)
{
  g_free (self->prefix);
  g_clear_pointer (&self->objects, g_hash_table_unref);
  g_hash_table_unref (self->known);
  g_free (self->chosen);
  g_free (self);
}

/* --- Keys --- */

/* The path of a URL at which others get at the bucket, as far as it is below @prefix. (transfer
 * full) */
static char *
key_of_url (const char *prefix, const char *base, const char *path)
{
  g_autofree char *marker = g_strconcat ("/", prefix, NULL);
  const char *below = g_strrstr (path, marker);
  g_autofree char *folder = tyto_name_folder (base);

  if (below != NULL)
    return g_strdup (below + 1);
  return g_strconcat (folder, tyto_name_base (path), NULL);
}

/* "a/b/../c" and "a/./c" as they are meant (RFC 3986, 5.2.4). (transfer full) */
static char *
remove_dots (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();

  for (guint i = 0; parts[i] != NULL; i++) {
    if (g_str_equal (parts[i], "..") && kept->len > 0)
      g_ptr_array_set_size (kept, (int) kept->len - 1);
    else if (!g_str_equal (parts[i], "..") && !g_str_equal (parts[i], "."))
      g_ptr_array_add (kept, parts[i]);
  }
  g_ptr_array_add (kept, NULL);
  return g_strjoinv ("/", (GStrv) kept->pdata);
}

char *
tyto_bucket_playlists_resolve (const char *prefix, const char *base, const char *uri,
                               GError **error)
{
  g_autofree char *plain = g_strndup (uri, strcspn (uri, "?#"));
  g_autofree char *decoded = g_uri_unescape_string (plain, NULL);
  const char *path = decoded != NULL ? decoded : plain;
  const char *host = strstr (path, "://");
  g_autofree char *folder = tyto_name_folder (base);
  g_autofree char *key = NULL;
  g_autofree char *clean = NULL;

  if (host != NULL && host < path + strcspn (path, "/"))
    key = key_of_url (prefix, base, host + 3 + strcspn (host + 3, "/"));
  else if (*path == '/')
    key = key_of_url (prefix, base, path);
  else
    key = g_strconcat (folder, path, NULL);
  clean = remove_dots (key);
  if (g_str_has_prefix (clean, prefix) && clean[strlen (prefix)] != '\0'
      && g_utf8_validate (clean, -1, NULL))
    return g_steal_pointer (&clean);
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                  "Its playlist names something outside of the broadcast");
  return NULL;
}

/* --- What there is --- */

static gboolean
is_playlist (const char *key)
{
  return g_str_has_suffix (key, ".m3u8") || g_str_has_suffix (key, ".m3u");
}

/* The newer one; of two of the same time, the one whose key is shorter, then first. */
static gboolean
is_better (const TytoS3Object *object, const TytoS3Object *than)
{
  gsize length = strlen (object->key), other = strlen (than->key);

  if (object->modified_us != than->modified_us)
    return object->modified_us > than->modified_us;
  return length != other ? length < other : strcmp (object->key, than->key) < 0;
}

static const Known *
get_known (TytoBucketPlaylists *self, const char *key)
{
  return g_hash_table_lookup (self->known, key);
}

static gboolean
has_waited (TytoBucketPlaylists *self)
{
  return self->final || self->n_looks >= SETTLE_LOOKS
         || (self->n_looks > 1 && g_get_monotonic_time () - self->first_us >= SETTLE_US);
}

gboolean
tyto_bucket_playlists_is_settled (TytoBucketPlaylists *self)
{
  const Known *known = self->chosen != NULL ? get_known (self, self->chosen) : NULL;

  /* The playlists that a multivariant one names may come later. */
  return self->final || (has_waited (self) && (known == NULL || !known->multivariant));
}

/* A multivariant one before a media playlist; then the better one. */
static void
choose (TytoBucketPlaylists *self)
{
  const TytoS3Object *best = NULL, *stays;
  GHashTableIter iter;
  gpointer key, object;

  g_hash_table_iter_init (&iter, self->objects);
  while (g_hash_table_iter_next (&iter, &key, &object)) {
    const Known *known = get_known (self, key);
    const Known *other = best != NULL ? get_known (self, best->key) : NULL;

    if (known == NULL || !is_playlist (key))
      continue;
    if (best == NULL || (known->multivariant && !other->multivariant)
        || (known->multivariant == other->multivariant && is_better (object, best)))
      best = object;
  }
  if (best != NULL && !get_known (self, best->key)->multivariant && !has_waited (self))
    best = NULL;
  stays = self->chosen != NULL ? g_hash_table_lookup (self->objects, self->chosen) : NULL;
  if (stays != NULL && best != NULL && get_known (self, best->key) != NULL
      && get_known (self, stays->key) != NULL
      && get_known (self, best->key)->multivariant == get_known (self, stays->key)->multivariant
      && best->modified_us - stays->modified_us < NEWER_US)
    return;
  g_free (self->chosen);
  self->chosen = best != NULL ? g_strdup (best->key) : NULL;
}

void
tyto_bucket_playlists_set_objects (TytoBucketPlaylists *self, GHashTable *objects, gboolean final)
{
  if (g_hash_table_size (objects) > 0 && self->n_looks++ == 0)
    self->first_us = g_get_monotonic_time ();
  self->final = final;
  g_clear_pointer (&self->objects, g_hash_table_unref);
  self->objects = g_hash_table_ref (objects);
  choose (self);
}

/* A media playlist is read at each look, a multivariant one when it changes. */
static gboolean
is_to_read (TytoBucketPlaylists *self, const TytoS3Object *object)
{
  const Known *known = get_known (self, object->key);

  return is_playlist (object->key)
         && (known == NULL || (known->multivariant && g_strcmp0 (known->etag, object->etag) != 0));
}

const char *
tyto_bucket_playlists_next (TytoBucketPlaylists *self)
{
  GHashTableIter iter;
  gpointer object;

  if (self->objects == NULL || g_hash_table_size (self->known) >= PLAYLISTS)
    return NULL;
  g_hash_table_iter_init (&iter, self->objects);
  while (g_hash_table_iter_next (&iter, NULL, &object))
    if (is_to_read (self, object))
      return ((const TytoS3Object *) object)->key;
  return NULL;
}

void
tyto_bucket_playlists_note (TytoBucketPlaylists *self, const char *key, GBytes *text)
{
  g_autoptr (TytoHlsPlaylist) playlist
      = tyto_hls_playlist_parse (g_bytes_get_data (text, NULL), g_bytes_get_size (text), NULL);
  const TytoHlsVariant *best = playlist != NULL ? tyto_hls_playlist_best (playlist) : NULL;
  const TytoS3Object *object = g_hash_table_lookup (self->objects, key);
  Known *known = g_new0 (Known, 1);

  known->etag = g_strdup (object != NULL ? object->etag : "");
  known->multivariant = best != NULL;
  if (best != NULL) {
    known->media[0] = tyto_bucket_playlists_resolve (self->prefix, key, best->uri, NULL);
    if (best->audio_uri != NULL)
      known->media[1] = tyto_bucket_playlists_resolve (self->prefix, key, best->audio_uri, NULL);
  }
  g_hash_table_replace (self->known, g_strdup (key), known);
  choose (self);
}

const char *
tyto_bucket_playlists_get (TytoBucketPlaylists *self, guint rendition)
{
  const Known *known = self->chosen != NULL ? get_known (self, self->chosen) : NULL;

  if (known == NULL)
    return NULL;
  if (known->multivariant)
    return known->media[rendition];
  return rendition == 0 ? self->chosen : NULL;
}
