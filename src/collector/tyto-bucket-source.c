/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-bucket-source.h"

#include "base/tyto-error.h"
#include "collector/tyto-bucket-playlists.h"
#include "collector/tyto-bucket-view.h"
#include "collector/tyto-playlist-view.h"

#include <string.h>

/* All objects are listed so often, and more seldom the more there are. */
#define WHOLE_EVERY_US (30 * G_USEC_PER_SEC)
#define WHOLE_PAGE_US  (10 * G_USEC_PER_SEC)
#define PLAYLIST_BYTES (4 * 1024 * 1024)

struct _TytoBucketSource {
  GObject parent_instance;

  TytoS3Client *client;
  char *prefix;
  gint64 after_us;
  TytoBucketPlaylists *playlists;
  GHashTable *earlier;   /* keys that an earlier broadcast left, as listed last */
  GHashTable *held;      /* name → gint64 µs: see tyto_bucket_view_new() */
  gint64 whole_again_us; /* when all is listed next */
};

static void tyto_bucket_source_iface_init (TytoSegmentSourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TytoBucketSource, tyto_bucket_source, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TYTO_TYPE_SEGMENT_SOURCE,
                                                      tyto_bucket_source_iface_init))

/* A look under way. */
typedef struct {
  TytoLook depth;
  GHashTable *objects; /* nullable: key → TytoS3Object */
  guint pages;
  char *reading; /* the playlist that is asked for */
  gboolean surveyed;
  guint next; /* rendition */
  GPtrArray *views;
} Look;

static void
look_free (Look *look)
{
  g_clear_pointer (&look->objects, g_hash_table_unref);
  g_free (look->reading);
  g_ptr_array_unref (look->views);
  g_free (look);
}

TytoSegmentSource *
tyto_bucket_source_new (TytoS3Client *client, const char *prefix, gint64 after_us)
{
  TytoBucketSource *self = g_object_new (TYTO_TYPE_BUCKET_SOURCE, NULL);

  self->client = g_object_ref (client);
  self->prefix = g_strdup (prefix);
  self->after_us = after_us;
  self->playlists = tyto_bucket_playlists_new (prefix);
  return TYTO_SEGMENT_SOURCE (self);
}

static gboolean
is_ours (const TytoBucketSource *self, const TytoS3Object *object)
{
  return self->after_us < 0 || object->modified_us > self->after_us;
}

/* --- A look --- */

static void look_on (GTask *task);
static void list_objects (GTask *task, const char *continuation);

static void
on_objects (GObject *client, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoBucketSource *self = g_task_get_source_object (task);
  Look *look = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *continuation = NULL;
  g_autoptr (GPtrArray) page
      = tyto_s3_client_list_objects_finish (TYTO_S3_CLIENT (client), result, &continuation, &error);

  if (page == NULL) {
    if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND))
      error->code = TYTO_ERROR_UNAVAILABLE; /* no bucket is no answer about what is in it */
    g_task_return_error (task, error);
    return;
  }
  for (guint i = 0; i < page->len; i++) {
    TytoS3Object *object = page->pdata[i];

    if (!is_ours (self, object))
      g_hash_table_add (self->earlier, g_strdup (object->key));
    else if (g_str_has_prefix (object->key, self->prefix))
      g_hash_table_replace (look->objects, object->key, tyto_s3_object_ref (object));
  }
  look->pages++;
  if (continuation != NULL) {
    list_objects (task, continuation);
    return;
  }
  self->whole_again_us = g_get_monotonic_time () + WHOLE_EVERY_US + look->pages * WHOLE_PAGE_US;
  tyto_bucket_playlists_set_objects (self->playlists, look->objects, look->depth == TYTO_LOOK_LAST);
  look_on (task);
}

static void
list_objects (GTask *task, const char *continuation)
{
  TytoBucketSource *self = g_task_get_source_object (task);
  Look *look = g_task_get_task_data (task);

  if (continuation == NULL)
    g_hash_table_remove_all (self->earlier);
  if (look->objects == NULL)
    look->objects = g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                           (GDestroyNotify) tyto_s3_object_unref);
  tyto_s3_client_list_objects_async (self->client, self->prefix, continuation, 0,
                                     g_task_get_cancellable (task), on_objects,
                                     g_object_ref (task));
}

typedef struct {
  const char *prefix;
  const char *base;
} Place;

static char *
resolve (const char *uri, gpointer data, char **name, GError **error)
{
  const Place *place = data;
  char *key = tyto_bucket_playlists_resolve (place->prefix, place->base, uri, error);

  if (key != NULL && name != NULL)
    *name = g_strdup (key + strlen (place->prefix));
  return key;
}

/* Entries that belong to an earlier broadcast go. Gives how many. */
static guint
remove_earlier (const TytoBucketSource *self, TytoSourceView *view)
{
  guint removed = 0;

  for (guint i = view->entries->len; i > 0; i--) {
    const TytoSourceEntry *entry = view->entries->pdata[i - 1];

    if (g_hash_table_contains (self->earlier, entry->location)) {
      g_ptr_array_remove_index (view->entries, i - 1);
      removed++;
    }
  }
  return removed;
}

/* What the playlist of rendition look->next says. */
static gboolean
take_playlist (TytoBucketSource *self, Look *look, GBytes *text, const TytoS3Object *object,
               GError **error)
{
  Place place = { self->prefix, look->reading };
  g_autoptr (TytoHlsPlaylist) playlist
      = tyto_hls_playlist_parse (g_bytes_get_data (text, NULL), g_bytes_get_size (text), error);
  TytoSourceView *view;

  if (playlist == NULL) {
    g_prefix_error (error, "The playlist %s: ", look->reading);
    return FALSE;
  }
  view = tyto_playlist_view_new (playlist, look->next, resolve, &place);
  view->modified_us = object->modified_us;
  if (look->objects != NULL) {
    tyto_bucket_view_complete (view, look->objects, self->prefix);
    view->whole = TRUE;
  }
  g_ptr_array_add (look->views, view);
  return TRUE;
}

static void
on_playlist (GObject *client, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoBucketSource *self = g_task_get_source_object (task);
  Look *look = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoS3Object) object = NULL;
  g_autoptr (GBytes) text
      = tyto_s3_client_read_object_finish (TYTO_S3_CLIENT (client), result, &object, &error);

  if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    /* Deleted meanwhile. What is left is seen by listing it. */
    g_clear_error (&error);
    text = g_bytes_new (NULL, 0);
    if (look->objects != NULL)
      g_hash_table_remove (look->objects, look->reading);
  } else if (text == NULL) {
    g_task_return_error (task, error);
    return;
  }
  if (!look->surveyed) {
    tyto_bucket_playlists_note (self->playlists, look->reading, text);
  } else {
    if (object != NULL && is_ours (self, object)
        && !take_playlist (self, look, text, object, &error)) {
      g_task_return_error (task, error);
      return;
    }
    look->next++;
  }
  look_on (task);
}

static void
read_playlist (GTask *task, const char *key)
{
  TytoBucketSource *self = g_task_get_source_object (task);
  Look *look = g_task_get_task_data (task);

  g_free (look->reading);
  look->reading = g_strdup (key);
  tyto_s3_client_read_object_async (self->client, look->reading, 0, PLAYLIST_BYTES, NULL,
                                    g_task_get_cancellable (task), on_playlist,
                                    g_object_ref (task));
}

/* Begins the look again, at all there is. */
static void
look_at_all (GTask *task)
{
  Look *look = g_task_get_task_data (task);

  look->surveyed = FALSE;
  look->next = 0;
  g_ptr_array_set_size (look->views, 0);
  list_objects (task, NULL);
}

static void
end_look (GTask *task)
{
  TytoBucketSource *self = g_task_get_source_object (task);
  Look *look = g_task_get_task_data (task);
  guint removed = 0;

  for (guint i = 0; i < look->views->len; i++)
    removed += remove_earlier (self, look->views->pdata[i]);
  /* What is called as something earlier may be new by now. */
  if (look->objects == NULL && (removed > 0 || look->views->len == 0)) {
    look_at_all (task);
    return;
  }
  if (look->views->len == 0 && tyto_bucket_playlists_is_settled (self->playlists))
    g_ptr_array_add (look->views,
                     tyto_bucket_view_new (look->objects, self->prefix,
                                           look->depth == TYTO_LOOK_LAST ? NULL : self->held,
                                           g_get_monotonic_time ()));
  g_task_return_pointer (task, g_ptr_array_ref (look->views), (GDestroyNotify) g_ptr_array_unref);
}

/* The next step: objects, playlists that are not known yet, the media playlists. */
static void
look_on (GTask *task)
{
  TytoBucketSource *self = g_task_get_source_object (task);
  Look *look = g_task_get_task_data (task);
  const char *key;

  if (!look->surveyed && look->objects != NULL) {
    key = tyto_bucket_playlists_next (self->playlists);
    if (key != NULL) {
      read_playlist (task, key);
      return;
    }
  }
  look->surveyed = TRUE;
  for (; look->next < TYTO_BUCKET_RENDITIONS; look->next++) {
    key = tyto_bucket_playlists_get (self->playlists, look->next);
    if (key != NULL) {
      read_playlist (task, key);
      return;
    }
  }
  end_look (task);
}

static void
tyto_bucket_source_look_async (TytoSegmentSource *source, TytoLook depth, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  TytoBucketSource *self = TYTO_BUCKET_SOURCE (source);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Look *look = g_new0 (Look, 1);

  look->depth = depth;
  look->views = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_source_view_free);
  g_task_set_task_data (task, look, (GDestroyNotify) look_free);
  if (depth != TYTO_LOOK_PLAYLIST || tyto_bucket_playlists_get (self->playlists, 0) == NULL
      || g_get_monotonic_time () >= self->whole_again_us)
    list_objects (task, NULL);
  else
    look_on (task);
}

static GPtrArray *
tyto_bucket_source_look_finish (TytoSegmentSource *source, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- A segment --- */

static void
on_opened (GObject *client, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  gint64 *wanted = g_task_get_task_data (task); /* offset, length */
  GError *error = NULL;
  g_autoptr (TytoS3Object) object = NULL;
  g_autoptr (GInputStream) stream
      = tyto_s3_client_get_object_finish (TYTO_S3_CLIENT (client), result, &object, &error);
  TytoSourceBody *body;

  if (stream == NULL) {
    g_task_return_error (task, error);
    return;
  }
  body = g_new0 (TytoSourceBody, 1);
  body->stream = g_steal_pointer (&stream);
  body->length = MAX ((gint64) object->size - wanted[0], 0);
  if (wanted[1] >= 0)
    body->length = MIN (body->length, wanted[1]);
  body->etag = g_strdup (object->etag);
  body->made_us = object->modified_us;
  g_task_return_pointer (task, body, (GDestroyNotify) tyto_source_body_free);
}

static void
tyto_bucket_source_open_async (TytoSegmentSource *source, const TytoSourceEntry *entry,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  TytoBucketSource *self = TYTO_BUCKET_SOURCE (source);
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  gint64 wanted[2] = { entry->length >= 0 ? entry->offset : 0, entry->length };

  g_task_set_task_data (task, g_memdup2 (wanted, sizeof wanted), g_free);
  tyto_s3_client_get_object_async (self->client, entry->location, (guint64) wanted[0],
                                   wanted[1] >= 0 ? (guint64) wanted[1] : G_MAXUINT64,
                                   *entry->etag != '\0' ? entry->etag : NULL, cancellable,
                                   on_opened, task);
}

static TytoSourceBody *
tyto_bucket_source_open_finish (TytoSegmentSource *source, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static TytoSourceEntry *
tyto_bucket_source_locate (TytoSegmentSource *source, guint rendition, const char *name)
{
  TytoBucketSource *self = TYTO_BUCKET_SOURCE (source);
  gint64 offset, length;
  g_autofree char *plain = tyto_source_part_split (name, &offset, &length);
  g_autofree char *key = g_strconcat (self->prefix, plain, NULL);
  TytoSourceEntry *entry = tyto_source_entry_new (name, key);

  entry->offset = offset;
  entry->length = length;
  return entry;
}

static void
tyto_bucket_source_iface_init (TytoSegmentSourceInterface *iface)
{
  iface->look_async = tyto_bucket_source_look_async;
  iface->look_finish = tyto_bucket_source_look_finish;
  iface->open_async = tyto_bucket_source_open_async;
  iface->open_finish = tyto_bucket_source_open_finish;
  iface->locate = tyto_bucket_source_locate;
}

static void
tyto_bucket_source_finalize (GObject *object)
{
  TytoBucketSource *self = TYTO_BUCKET_SOURCE (object);

  g_clear_object (&self->client);
  g_free (self->prefix);
  g_clear_pointer (&self->playlists, tyto_bucket_playlists_free);
  g_hash_table_unref (self->earlier);
  g_hash_table_unref (self->held);
  G_OBJECT_CLASS (tyto_bucket_source_parent_class)->finalize (object);
}

static void
tyto_bucket_source_class_init (TytoBucketSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_bucket_source_finalize;
}

static void
tyto_bucket_source_init (TytoBucketSource *self)
{
  self->earlier = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->held = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}
