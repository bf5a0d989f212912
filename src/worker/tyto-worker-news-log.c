/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-worker-news-log.h"

typedef struct {
  guint64 serial;
  TytoWorkerNewsKind kind;
  char *camera;
  GVariant *dict;
  GList *thumbnail; /* its link in the queue of thumbnails, or NULL */
} Piece;

struct _TytoWorkerNewsLog {
  GObject parent_instance;

  guint max;
  guint64 next_serial;
  guint64 acknowledged;
  GQueue pieces;     /* (element-type Piece), the oldest first */
  GQueue thumbnails; /* (element-type GList): their links in @pieces */
  gboolean has_lost;
};

G_DEFINE_FINAL_TYPE (TytoWorkerNewsLog, tyto_worker_news_log, G_TYPE_OBJECT)

TytoWorkerNewsLog *
tyto_worker_news_log_new (guint max)
{
  TytoWorkerNewsLog *self = g_object_new (TYTO_TYPE_WORKER_NEWS_LOG, NULL);

  self->max = max;
  return self;
}

static void
piece_free (Piece *piece)
{
  g_free (piece->camera);
  g_variant_unref (piece->dict);
  g_free (piece);
}

static void
forget (TytoWorkerNewsLog *self, GList *link)
{
  Piece *piece = link->data;

  if (piece->thumbnail != NULL)
    g_queue_delete_link (&self->thumbnails, piece->thumbnail);
  g_queue_delete_link (&self->pieces, link);
  piece_free (piece);
}

static void
make_room (TytoWorkerNewsLog *self)
{
  while (g_queue_get_length (&self->pieces) >= self->max) {
    GList *thumbnail = g_queue_peek_head (&self->thumbnails);

    if (thumbnail == NULL && !self->has_lost) {
      self->has_lost = TRUE;
      g_warning ("%u pieces of news wait for tytod: from now on the oldest are forgotten. The "
                 "segments' files are complete; tytod finds them when it is back.",
                 self->max);
    }
    forget (self, thumbnail != NULL ? thumbnail : self->pieces.head);
  }
}

/* @dict and its serial. Not by way of a GVariantDict, which is a hash table of copies. */
static GVariant *
number (GVariant *dict, guint64 serial)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GVariantIter iter;
  GVariant *entry;

  g_variant_iter_init (&iter, dict);
  while ((entry = g_variant_iter_next_value (&iter)) != NULL) {
    g_variant_builder_add_value (&builder, entry);
    g_variant_unref (entry);
  }
  g_variant_builder_add (&builder, "{sv}", "serial", g_variant_new_uint64 (serial));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

GVariant *
tyto_worker_news_log_add (TytoWorkerNewsLog *self, TytoWorkerNewsKind kind, const char *camera,
                          GVariant *dict)
{
  Piece *piece = g_new0 (Piece, 1);

  make_room (self);
  piece->serial = self->next_serial++;
  piece->kind = kind;
  piece->camera = g_strdup (camera);
  piece->dict = number (dict, piece->serial);
  g_queue_push_tail (&self->pieces, piece);
  if (kind == TYTO_WORKER_NEWS_THUMBNAIL_TAKEN) {
    g_queue_push_tail (&self->thumbnails, self->pieces.tail);
    piece->thumbnail = self->thumbnails.tail;
  }
  return g_variant_ref (piece->dict);
}

void
tyto_worker_news_log_acknowledge (TytoWorkerNewsLog *self, guint64 serial)
{
  self->acknowledged = MAX (self->acknowledged, MIN (serial, self->next_serial - 1));
  while (self->pieces.head != NULL && ((Piece *) self->pieces.head->data)->serial <= serial)
    forget (self, self->pieces.head);
}

void
tyto_worker_news_log_foreach (TytoWorkerNewsLog *self, guint64 after, TytoWorkerNewsFunc func,
                              gpointer user_data)
{
  GList *first = NULL;

  for (GList *l = self->pieces.tail; l != NULL && ((Piece *) l->data)->serial > after; l = l->prev)
    first = l;
  for (GList *l = first; l != NULL; l = l->next) {
    Piece *piece = l->data;

    func (piece->kind, piece->camera, piece->dict, user_data);
  }
}

guint64
tyto_worker_news_log_get_next_serial (TytoWorkerNewsLog *self)
{
  return self->next_serial;
}

guint64
tyto_worker_news_log_get_acknowledged (TytoWorkerNewsLog *self)
{
  return self->acknowledged;
}

guint
tyto_worker_news_log_get_length (TytoWorkerNewsLog *self)
{
  return g_queue_get_length (&self->pieces);
}

static void
tyto_worker_news_log_finalize (GObject *object)
{
  TytoWorkerNewsLog *self = TYTO_WORKER_NEWS_LOG (object);

  g_queue_clear (&self->thumbnails);
  g_queue_clear_full (&self->pieces, (GDestroyNotify) piece_free);
  G_OBJECT_CLASS (tyto_worker_news_log_parent_class)->finalize (object);
}

static void
tyto_worker_news_log_class_init (TytoWorkerNewsLogClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tyto_worker_news_log_finalize;
}

static void
tyto_worker_news_log_init (TytoWorkerNewsLog *self)
{
  self->next_serial = 1;
  g_queue_init (&self->pieces);
  g_queue_init (&self->thumbnails);
}
