/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-url-source.h"

#include "base/tyto-error.h"
#include "collector/tyto-name-order.h"
#include "collector/tyto-playlist-view.h"
#include "collector/tyto-text-reading.h"

#include <string.h>

#define RENDITIONS 2

/* A media playlist, as it was seen last. */
typedef struct {
  char *url;  /* NULL: there is none, or it is not known yet */
  char *base; /* where it was, after redirects */
  char *etag;
  TytoSourceView *view;
} Media;

struct _TytoUrlSource {
  GObject parent_instance;

  TytoWebClient *client;
  char *url;
  gboolean multivariant;
  Media media[RENDITIONS];
};

static void tyto_url_source_iface_init (TytoSegmentSourceInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (TytoUrlSource, tyto_url_source, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TYTO_TYPE_SEGMENT_SOURCE,
                                                      tyto_url_source_iface_init))

/* A look under way. */
typedef struct {
  guint next; /* rendition */
  GPtrArray *views;
  TytoWebAnswer *answer;
} Look;

static void
look_free (Look *look)
{
  g_ptr_array_unref (look->views);
  g_clear_pointer (&look->answer, tyto_web_answer_free);
  g_free (look);
}

static void
media_clear (Media *media)
{
  g_clear_pointer (&media->url, g_free);
  g_clear_pointer (&media->base, g_free);
  g_clear_pointer (&media->etag, g_free);
  g_clear_pointer (&media->view, tyto_source_view_free);
}

TytoSegmentSource *
tyto_url_source_new (TytoWebClient *client, const char *url)
{
  TytoUrlSource *self = g_object_new (TYTO_TYPE_URL_SOURCE, NULL);

  self->client = g_object_ref (client);
  self->url = g_strdup (url);
  return TYTO_SEGMENT_SOURCE (self);
}

/* --- Its entries --- */

/* @url without what is nobody's business in a journal. (transfer full) */
static char *
make_name (const char *base, const char *url)
{
  g_autofree char *plain = g_strndup (url, strcspn (url, "?#"));
  g_autofree char *folder = g_strndup (base, strcspn (base, "?#"));
  const char *host = strstr (plain, "://");

  *strrchr (folder, '/') = '\0';
  if (g_str_has_prefix (plain, folder) && plain[strlen (folder)] == '/')
    return g_strdup (plain + strlen (folder) + 1);
  if (host != NULL) {
    const char *end = host + 3 + strcspn (host + 3, "/");
    const char *at = memchr (host, '@', (gsize) (end - host));

    if (at != NULL)
      return g_strdup_printf ("%.*s%s", (int) (host + 3 - plain), plain, at + 1);
  }
  return g_steal_pointer (&plain);
}

static char *
resolve (const char *uri, gpointer base, char **name, GError **error)
{
  char *url = tyto_hls_resolve (base, uri, error);

  if (url != NULL && name != NULL)
    *name = make_name (base, url);
  return url;
}

/* --- A look --- */

static void look_on (GTask *task);

/* The media playlists that @playlist, which is at @url, names. */
static gboolean
take_variants (TytoUrlSource *self, const TytoHlsPlaylist *playlist, const char *url,
               GError **error)
{
  const TytoHlsVariant *best = tyto_hls_playlist_best (playlist);

  self->multivariant = TRUE;
  self->media[0].url = tyto_hls_resolve (url, best->uri, error);
  if (self->media[0].url == NULL)
    return FALSE;
  if (best->audio_uri != NULL)
    self->media[1].url = tyto_hls_resolve (url, best->audio_uri, NULL);
  return TRUE;
}

/* Takes what the playlist of rendition look->next says. */
static gboolean
take_media (TytoUrlSource *self, Look *look, const TytoHlsPlaylist *playlist, GError **error)
{
  Media *media = &self->media[look->next];
  const TytoWebAnswer *answer = look->answer;

  if (tyto_hls_playlist_best (playlist) != NULL) {
    tyto_set_error (error, TYTO_ERROR_UNSUPPORTED, NULL,
                    "A multivariant playlist names another one as its variant");
    return FALSE;
  }
  g_free (media->base);
  media->base = g_strdup (answer->url);
  g_free (media->etag);
  media->etag = g_strdup (answer->etag);
  g_clear_pointer (&media->view, tyto_source_view_free);
  media->view = tyto_playlist_view_new (playlist, look->next, resolve, media->base);
  media->view->whole = TRUE;
  media->view->modified_us = answer->modified_us;
  return TRUE;
}

static gboolean
take_text (TytoUrlSource *self, Look *look, GBytes *text, GError **error)
{
  g_autoptr (TytoHlsPlaylist) playlist
      = tyto_hls_playlist_parse (g_bytes_get_data (text, NULL), g_bytes_get_size (text), error);

  if (playlist == NULL) {
    g_prefix_error (error, "The playlist: ");
    return FALSE;
  }
  if (self->media[0].url == NULL) {
    if (tyto_hls_playlist_best (playlist) != NULL)
      return take_variants (self, playlist, look->answer->url, error);
    self->media[0].url = g_strdup (self->url);
  }
  if (!take_media (self, look, playlist, error))
    return FALSE;
  g_ptr_array_add (look->views, tyto_source_view_copy (self->media[look->next++].view));
  return TRUE;
}

static void
on_text (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoUrlSource *self = g_task_get_source_object (task);
  Look *look = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GBytes) text = tyto_text_reading_finish (result, &error);

  if (text == NULL || !take_text (self, look, text, &error))
    g_task_return_error (task, error);
  else
    look_on (task);
}

/* The playlist is not there: the stream's means that the top is to be read again; without that of
 * the sound the look goes on. */
static gboolean
is_without_sound (TytoUrlSource *self, const Look *look, const GError *error)
{
  if (look->next == 0 && self->multivariant) {
    media_clear (&self->media[0]);
    media_clear (&self->media[1]);
  }
  return look->next == 1 && g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
}

static void
on_playlist (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoUrlSource *self = g_task_get_source_object (task);
  Look *look = g_task_get_task_data (task);
  GError *error = NULL;

  g_clear_pointer (&look->answer, tyto_web_answer_free);
  look->answer = tyto_web_client_get_finish (TYTO_WEB_CLIENT (source), result, &error);
  if (look->answer == NULL && is_without_sound (self, look, error)) {
    g_message ("The sound's playlist: %s", error->message);
    g_clear_error (&error);
    look->next++;
    look_on (task);
  } else if (look->answer == NULL) {
    g_task_return_error (task, error);
  } else if (look->answer->body != NULL) {
    tyto_text_reading_async (look->answer->body, g_task_get_cancellable (task), on_text,
                             g_object_ref (task));
  } else { /* it has not changed */
    g_ptr_array_add (look->views, tyto_source_view_copy (self->media[look->next++].view));
    look_on (task);
  }
}

/* Asks for what is not known yet; done when there is nothing. */
static void
look_on (GTask *task)
{
  TytoUrlSource *self = g_task_get_source_object (task);
  Look *look = g_task_get_task_data (task);
  const Media *media = look->next < RENDITIONS ? &self->media[look->next] : NULL;
  const char *url = media != NULL ? media->url : NULL;

  if (url == NULL && look->next == 0)
    url = self->url;
  if (url == NULL) {
    g_task_return_pointer (task, g_ptr_array_ref (look->views), (GDestroyNotify) g_ptr_array_unref);
    return;
  }
  tyto_web_client_get_async (self->client, url, 0, -1, media->view != NULL ? media->etag : NULL,
                             g_task_get_cancellable (task), on_playlist, g_object_ref (task));
}

static void
tyto_url_source_look_async (TytoSegmentSource *source, TytoLook depth, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (source, cancellable, callback, user_data);
  Look *look = g_new0 (Look, 1);

  look->views = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_source_view_free);
  g_task_set_task_data (task, look, (GDestroyNotify) look_free);
  look_on (task);
}

static GPtrArray *
tyto_url_source_look_finish (TytoSegmentSource *source, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- A segment --- */

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (TytoWebAnswer) answer
      = tyto_web_client_get_finish (TYTO_WEB_CLIENT (source), result, &error);
  TytoSourceBody *body;

  if (answer == NULL || answer->body == NULL) {
    g_task_return_error (
        task, error != NULL
                  ? error
                  : g_error_new_literal (TYTO_ERROR, TYTO_ERROR_UNAVAILABLE, "There is no answer"));
    return;
  }
  body = g_new0 (TytoSourceBody, 1);
  body->stream = g_steal_pointer (&answer->body);
  body->length = answer->length;
  body->etag = g_steal_pointer (&answer->etag);
  body->made_us = answer->modified_us;
  g_task_return_pointer (task, body, (GDestroyNotify) tyto_source_body_free);
}

static void
tyto_url_source_open_async (TytoSegmentSource *source, const TytoSourceEntry *entry,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  GTask *task = g_task_new (source, cancellable, callback, user_data);

  tyto_web_client_get_async (TYTO_URL_SOURCE (source)->client, entry->location, entry->offset,
                             entry->length, NULL, cancellable, on_opened, task);
}

static TytoSourceBody *
tyto_url_source_open_finish (TytoSegmentSource *source, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static TytoSourceEntry *
tyto_url_source_locate (TytoSegmentSource *source, guint rendition, const char *name)
{
  TytoUrlSource *self = TYTO_URL_SOURCE (source);
  const char *base = rendition < RENDITIONS ? self->media[rendition].base : NULL;
  gint64 offset, length;
  g_autofree char *plain = tyto_source_part_split (name, &offset, &length);
  g_autofree char *url = tyto_hls_resolve (base != NULL ? base : self->url, plain, NULL);
  TytoSourceEntry *entry;

  if (url == NULL)
    return NULL;
  entry = tyto_source_entry_new (name, url);
  entry->offset = offset;
  entry->length = length;
  return entry;
}

static void
tyto_url_source_iface_init (TytoSegmentSourceInterface *iface)
{
  iface->look_async = tyto_url_source_look_async;
  iface->look_finish = tyto_url_source_look_finish;
  iface->open_async = tyto_url_source_open_async;
  iface->open_finish = tyto_url_source_open_finish;
  iface->locate = tyto_url_source_locate;
}

static void
tyto_url_source_finalize (GObject *object)
{
  TytoUrlSource *self = TYTO_URL_SOURCE (object);

  for (guint i = 0; i < RENDITIONS; i++)
    media_clear (&self->media[i]);
  g_object_unref (self->client);
  g_free (self->url);
  G_OBJECT_CLASS (tyto_url_source_parent_class)->finalize (object);
}

static void
tyto_url_source_class_init (TytoUrlSourceClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_url_source_finalize;
}

static void
tyto_url_source_init (TytoUrlSource *self)
{
}
