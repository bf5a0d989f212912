/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-worker-news.h"

#include "base/tyto-json.h"
#include "base/tyto-log.h"
#include "recorder/cameras/tyto-camera-events.h"
#include "recorder/tyto-stray-news.h"

#include <string.h>

/* After the catalogue has refused. */
#define RETRY_MS 1000

/* After the news that are ready to be delivered: a burst is acknowledged as one. */
#define ACKNOWLEDGE_PRIORITY (G_PRIORITY_DEFAULT + 1)

typedef void (*CameraHandler) (TytoCamera *camera, GVariant *dict);
typedef void (*StrayHandler) (TytoEntryQueue *entries, const char *camera, GVariant *dict);

/* What a worker tells, by the signals' names in the link and on the bus. */
static const struct {
  const char *signal;
  const char *name;
  CameraHandler handler;
  StrayHandler stray; /* nullable: nothing remains of it without the camera */
} kinds[] = {
  { "run-started", "RunStarted", tyto_camera_run_started, tyto_stray_news_run_started },
  { "run-ended", "RunEnded", tyto_camera_run_ended, tyto_stray_news_run_ended },
  { "segment-opened", "SegmentOpened", tyto_camera_segment_opened, tyto_stray_news_segment_opened },
  { "segment-closed", "SegmentClosed", tyto_camera_segment_closed, tyto_stray_news_segment_closed },
  { "gap", "Gap", tyto_camera_gap, tyto_stray_news_gap },
  { "thumbnail-taken", "ThumbnailTaken", tyto_camera_thumbnail_taken,
    tyto_stray_news_thumbnail_taken },
};

#define KIND_STATE G_N_ELEMENTS (kinds)

typedef struct {
  guint kind; /* index of kinds[], or KIND_STATE */
  char *camera;
  char *state; /* nullable */
  GVariant *dict;
} Piece;

struct _TytoWorkerNews {
  GObject parent_instance;

  TytoLinkWorker1 *link;
  TytoEntryQueue *entries;
  gulong handlers[G_N_ELEMENTS (kinds)];
  TytoWorkerNewsLookup lookup;
  gpointer owner;
  GHashTable *directories; /* (element-type utf8): where its files may lie */
  GQueue held;             /* (element-type Piece) */
  gboolean holding;
  gboolean stopped;
  guint64 taken; /* serial of the latest news delivered */
  guint64 acknowledged;
  gboolean flushing;
  guint retry_source;
  guint acknowledge_source;
};

G_DEFINE_FINAL_TYPE (TytoWorkerNews, tyto_worker_news, G_TYPE_OBJECT)

static void
piece_free (Piece *piece)
{
  g_free (piece->camera);
  g_free (piece->state);
  g_variant_unref (piece->dict);
  g_free (piece);
}

static void acknowledge (TytoWorkerNews *self);

static gboolean
on_retry (gpointer data)
{
  TytoWorkerNews *self = data;

  self->retry_source = 0;
  acknowledge (self);
  return G_SOURCE_REMOVE;
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoWorkerNews *self = g_task_get_source_object (task);
  guint64 *serial = g_task_get_task_data (task);
  gboolean entered = tyto_entry_queue_flush_finish (TYTO_ENTRY_QUEUE (source), result, NULL);

  self->flushing = FALSE;
  if (self->stopped)
    return;
  if (!entered) {
    if (self->retry_source == 0)
      self->retry_source = g_timeout_add (RETRY_MS, on_retry, self);
    return;
  }
  self->acknowledged = *serial;
  tyto_link_worker1_call_acknowledge (self->link, *serial, NULL, NULL, NULL);
  acknowledge (self);
}

/* As soon as what came of the news is in; what comes meanwhile has its turn after that. */
static void
acknowledge (TytoWorkerNews *self)
{
  GTask *task;

  if (self->flushing || self->retry_source != 0 || self->acknowledged >= self->taken)
    return;
  self->flushing = TRUE;
  task = g_task_new (self, NULL, NULL, NULL);
  g_task_set_task_data (task, g_memdup2 (&self->taken, sizeof self->taken), g_free);
  tyto_entry_queue_flush_async (self->entries, NULL, on_flushed, task);
}

static gboolean
on_delivered (gpointer data)
{
  TytoWorkerNews *self = data;

  self->acknowledge_source = 0;
  acknowledge (self);
  return G_SOURCE_REMOVE;
}

static gboolean
lies_in (const char *path, const char *directory)
{
  gsize length = strlen (directory);

  return g_str_has_prefix (path, directory)
         && (path[length] == '/' || g_str_has_suffix (directory, "/"));
}

/* Whether the file that @dict tells of, if any, is where the worker was told to write. */
static gboolean
check_path (TytoWorkerNews *self, const char *camera, GVariant *dict)
{
  g_autoptr (GVariant) member = g_variant_lookup_value (dict, "path", G_VARIANT_TYPE_STRING);
  const char *told = member != NULL ? g_variant_get_string (member, NULL) : NULL;
  g_autofree char *path = NULL;
  GHashTableIter iter;
  gpointer directory;

  if (told == NULL)
    return TRUE;
  path = g_canonicalize_filename (told, "/");
  g_hash_table_iter_init (&iter, self->directories);
  while (g_hash_table_iter_next (&iter, &directory, NULL)) {
    if (lies_in (path, directory))
      return TRUE;
  }
  tyto_log_camera (camera, G_LOG_LEVEL_WARNING,
                   "Its worker told of a file outside the output directory, which is refused: %s",
                   told);
  return FALSE;
}

static void
deliver (TytoWorkerNews *self, const Piece *piece)
{
  TytoCamera *camera = self->lookup (self->owner, piece->camera);

  if (piece->kind == KIND_STATE) {
    if (camera != NULL)
      tyto_camera_worker_state (camera, piece->state, piece->dict);
    return;
  }
  if (check_path (self, piece->camera, piece->dict)) {
    if (camera != NULL && kinds[piece->kind].handler != NULL)
      kinds[piece->kind].handler (camera, piece->dict);
    else if (camera == NULL && kinds[piece->kind].stray != NULL)
      kinds[piece->kind].stray (self->entries, piece->camera, piece->dict);
  }
  self->taken = MAX (self->taken, tyto_dict_uint (piece->dict, "serial", 0));
  if (self->acknowledge_source == 0)
    self->acknowledge_source = g_idle_add_full (ACKNOWLEDGE_PRIORITY, on_delivered, self, NULL);
}

static void
take (TytoWorkerNews *self, guint kind, const char *camera, const char *state, GVariant *dict)
{
  Piece *piece = g_new (Piece, 1);

  piece->kind = kind;
  piece->camera = g_strdup (camera);
  piece->state = g_strdup (state);
  piece->dict = g_variant_ref (dict);
  g_queue_push_tail (&self->held, piece);
  if (!self->holding)
    tyto_worker_news_release (self);
}

/* One closure for each kind; its index is what the closure knows of itself. */
typedef struct {
  TytoWorkerNews *news;
  guint kind;
} Subscription;

static void
on_news (TytoLinkWorker1 *link, const char *camera, GVariant *dict, Subscription *subscription)
{
  take (subscription->news, subscription->kind, camera, NULL, dict);
}

/* Several in one message. */
static void
on_pieces (TytoLinkWorker1 *link, GVariant *pieces, TytoWorkerNews *self)
{
  g_autoptr (TytoWorkerNews) held = g_object_ref (self);
  GVariantIter iter;
  const char *name, *camera;
  GVariant *dict;

  g_variant_iter_init (&iter, pieces);
  while (g_variant_iter_loop (&iter, "(&s&s@a{sv})", &name, &camera, &dict)) {
    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
      if (g_str_equal (kinds[i].name, name))
        take (self, i, camera, NULL, dict);
  }
}

static void
free_subscription (gpointer data, GClosure *closure)
{
  g_free (data);
}

static void
on_state (TytoLinkWorker1 *link, const char *camera, const char *state, GVariant *details,
          TytoWorkerNews *self)
{
  take (self, KIND_STATE, camera, state, details);
}

/* Figures of the moment: what comes too early is told again in 2 s. */
static void
on_statistics (TytoLinkWorker1 *link, GVariant *cameras, TytoWorkerNews *self)
{
  TytoCameraFigures figures;
  TytoCameraRunFigures *counted = &figures.counted;
  GVariantIter iter;
  const char *id;

  if (self->holding)
    return;
  g_variant_iter_init (&iter, cameras);
  while (g_variant_iter_next (&iter, "{&s(&sxbxttttt)}", &id, &figures.run, &figures.last_frame_us,
                              &figures.has_clock_offset, &figures.clock_offset_us,
                              &counted->packets_received, &counted->packets_lost,
                              &counted->frames_received, &counted->frames_recorded,
                              &counted->frames_missing)) {
    TytoCamera *camera = self->lookup (self->owner, id);

    if (camera != NULL)
      tyto_camera_statistics (camera, &figures);
  }
}

static void
subscribe (TytoWorkerNews *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++) {
    Subscription *subscription = g_new (Subscription, 1);

    subscription->news = self;
    subscription->kind = i;
    self->handlers[i] = g_signal_connect_data (self->link, kinds[i].signal, G_CALLBACK (on_news),
                                               subscription, free_subscription, 0);
  }
  g_signal_connect (self->link, "news", G_CALLBACK (on_pieces), self);
  g_signal_connect (self->link, "camera-state", G_CALLBACK (on_state), self);
  g_signal_connect (self->link, "statistics", G_CALLBACK (on_statistics), self);
}

TytoWorkerNews *
tyto_worker_news_new (TytoLinkWorker1 *link, TytoEntryQueue *entries, TytoWorkerNewsLookup lookup,
                      gpointer owner)
{
  TytoWorkerNews *self = g_object_new (TYTO_TYPE_WORKER_NEWS, NULL);

  self->link = g_object_ref (link);
  self->entries = g_object_ref (entries);
  self->lookup = lookup;
  self->owner = owner;
  subscribe (self);
  return self;
}

void
tyto_worker_news_allow (TytoWorkerNews *self, GVariant *settings)
{
  static const char *const keys[] = { "root", "thumbnail-root" };

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    const char *directory = tyto_dict_string (settings, keys[i], NULL);

    if (directory != NULL)
      g_hash_table_add (self->directories, g_canonicalize_filename (directory, "/"));
  }
}

void
tyto_worker_news_release (TytoWorkerNews *self)
{
  g_autoptr (TytoWorkerNews) held = g_object_ref (self);
  Piece *piece;

  self->holding = FALSE;
  while (!self->stopped && (piece = g_queue_pop_head (&self->held)) != NULL) {
    deliver (self, piece);
    piece_free (piece);
  }
}

void
tyto_worker_news_stop (TytoWorkerNews *self)
{
  if (self->stopped)
    return;
  self->stopped = TRUE;
  g_clear_handle_id (&self->retry_source, g_source_remove);
  g_clear_handle_id (&self->acknowledge_source, g_source_remove);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    g_signal_handler_disconnect (self->link, self->handlers[i]);
  g_signal_handlers_disconnect_by_data (self->link, self);
}

static void
tyto_worker_news_dispose (GObject *object)
{
  tyto_worker_news_stop (TYTO_WORKER_NEWS (object));
  G_OBJECT_CLASS (tyto_worker_news_parent_class)->dispose (object);
}

static void
tyto_worker_news_finalize (GObject *object)
{
  TytoWorkerNews *self = TYTO_WORKER_NEWS (object);

  g_queue_clear_full (&self->held, (GDestroyNotify) piece_free);
  g_hash_table_unref (self->directories);
  g_object_unref (self->entries);
  g_object_unref (self->link);
  G_OBJECT_CLASS (tyto_worker_news_parent_class)->finalize (object);
}

static void
tyto_worker_news_class_init (TytoWorkerNewsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tyto_worker_news_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_worker_news_finalize;
}

static void
tyto_worker_news_init (TytoWorkerNews *self)
{
  self->holding = TRUE;
  g_queue_init (&self->held);
  self->directories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}
