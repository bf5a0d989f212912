/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-worker-teller.h"

#include "worker/tyto-capture-memory.h"

#include <unistd.h>

/* How long the news of segments and thumbnails wait for others. */
#define TOGETHER_US (TYTO_WORKER_TOGETHER_MS * G_TIME_SPAN_MILLISECOND)

struct _TytoWorkerTeller {
  GObject parent_instance;

  TytoLinkWorker1 *skeleton;
  TytoWorkerNewsLog *log;
  GHashTable *memories; /* (element-type utf8 TytoCaptureMemory): by camera id */
  gboolean attached;
  guint64 told;     /* serial of the latest news told */
  gint64 told_us;   /* monotonic: when such news were last told that may wait */
  guint tell_timer; /* runs while some wait */
};

G_DEFINE_FINAL_TYPE (TytoWorkerTeller, tyto_worker_teller, G_TYPE_OBJECT)

TytoWorkerTeller *
tyto_worker_teller_new (TytoLinkWorker1 *skeleton)
{
  TytoWorkerTeller *self = g_object_new (TYTO_TYPE_WORKER_TELLER, NULL);

  self->skeleton = g_object_ref (skeleton);
  return self;
}

void
tyto_worker_teller_add_camera (TytoWorkerTeller *self, const char *camera, GVariant *settings)
{
  g_hash_table_insert (self->memories, g_strdup (camera), tyto_capture_memory_new (settings));
}

void
tyto_worker_teller_let_go_camera (TytoWorkerTeller *self, const char *camera)
{
  TytoCaptureMemory *memory = g_hash_table_lookup (self->memories, camera);

  if (memory != NULL)
    tyto_capture_memory_let_go (memory);
}

void
tyto_worker_teller_remove_camera (TytoWorkerTeller *self, const char *camera)
{
  g_hash_table_remove (self->memories, camera);
}

static void
send (TytoWorkerNewsKind kind, const char *camera, GVariant *dict, gpointer user_data)
{
  TytoWorkerTeller *self = user_data;
  static void (*const emit[]) (TytoLinkWorker1 *, const char *, GVariant *) = {
    [TYTO_WORKER_NEWS_RUN_STARTED] = tyto_link_worker1_emit_run_started,
    [TYTO_WORKER_NEWS_RUN_ENDED] = tyto_link_worker1_emit_run_ended,
    [TYTO_WORKER_NEWS_SEGMENT_OPENED] = tyto_link_worker1_emit_segment_opened,
    [TYTO_WORKER_NEWS_SEGMENT_CLOSED] = tyto_link_worker1_emit_segment_closed,
    [TYTO_WORKER_NEWS_GAP] = tyto_link_worker1_emit_gap,
    [TYTO_WORKER_NEWS_THUMBNAIL_TAKEN] = tyto_link_worker1_emit_thumbnail_taken,
  };

  emit[kind](self->skeleton, camera, dict);
}

/* Of these there are as many as cameras every few seconds; nobody is waiting for one. */
static gboolean
may_wait (TytoWorkerNewsKind kind)
{
  return kind == TYTO_WORKER_NEWS_SEGMENT_OPENED || kind == TYTO_WORKER_NEWS_SEGMENT_CLOSED
         || kind == TYTO_WORKER_NEWS_THUMBNAIL_TAKEN;
}

static void
collect (TytoWorkerNewsKind kind, const char *camera, GVariant *dict, gpointer user_data)
{
  static const char *const names[] = {
    [TYTO_WORKER_NEWS_RUN_STARTED] = "RunStarted",
    [TYTO_WORKER_NEWS_RUN_ENDED] = "RunEnded",
    [TYTO_WORKER_NEWS_SEGMENT_OPENED] = "SegmentOpened",
    [TYTO_WORKER_NEWS_SEGMENT_CLOSED] = "SegmentClosed",
    [TYTO_WORKER_NEWS_GAP] = "Gap",
    [TYTO_WORKER_NEWS_THUMBNAIL_TAKEN] = "ThumbnailTaken",
  };

  g_variant_builder_add (user_data, "(ss@a{sv})", names[kind], camera, dict);
}

/* All of the log that was not told yet. Several go in one message: to read one costs the client
 * eight system calls and the wake-ups of two threads. */
static void
tell (TytoWorkerTeller *self)
{
  guint64 last = tyto_worker_news_log_get_next_serial (self->log) - 1;
  guint64 told = self->told;

  self->told = last;
  if (last - told > 1) {
    GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ssa{sv})"));

    tyto_worker_news_log_foreach (self->log, told, collect, &builder);
    tyto_link_worker1_emit_news (self->skeleton, g_variant_builder_end (&builder));
  } else {
    tyto_worker_news_log_foreach (self->log, told, send, self);
  }
}

static void
tell_together (TytoWorkerTeller *self)
{
  g_clear_handle_id (&self->tell_timer, g_source_remove);
  self->told_us = g_get_monotonic_time ();
  tell (self);
}

static gboolean
on_tell_time (gpointer user_data)
{
  TytoWorkerTeller *self = user_data;

  self->tell_timer = 0;
  tell_together (self);
  return G_SOURCE_REMOVE;
}

void
tyto_worker_teller_flush (TytoWorkerTeller *self)
{
  if (self->tell_timer != 0)
    tell_together (self);
}

/* The latest of the log is news that may wait. */
static void
tell_in_time (TytoWorkerTeller *self)
{
  gint64 wait_us = self->told_us + TOGETHER_US - g_get_monotonic_time ();

  if (self->tell_timer != 0)
    return;
  if (wait_us > 0)
    self->tell_timer
        = g_timeout_add ((guint) (wait_us / G_TIME_SPAN_MILLISECOND) + 1, on_tell_time, self);
  else
    tell_together (self);
}

void
tyto_worker_teller_take_news (TytoWorkerTeller *self, TytoWorkerNewsKind kind, const char *camera,
                              GVariant *dict)
{
  g_autoptr (GVariant) numbered = tyto_worker_news_log_add (self->log, kind, camera, dict);
  TytoCaptureMemory *memory = g_hash_table_lookup (self->memories, camera);

  if (memory != NULL)
    tyto_capture_memory_take_news (memory, kind, numbered);
  if (!self->attached)
    return;
  if (may_wait (kind))
    tell_in_time (self);
  else if (self->tell_timer != 0)
    tell_together (self);
  else
    tell (self);
}

void
tyto_worker_teller_take_state (TytoWorkerTeller *self, const char *camera, const char *state,
                               GVariant *details)
{
  TytoCaptureMemory *memory = g_hash_table_lookup (self->memories, camera);

  if (memory != NULL)
    tyto_capture_memory_take_state (memory, state, details);
  tyto_worker_teller_flush (self);
  if (self->attached)
    tyto_link_worker1_emit_camera_state (self->skeleton, camera, state, details);
}

void
tyto_worker_teller_take_statistics (TytoWorkerTeller *self, GVariant *cameras)
{
  tyto_worker_teller_flush (self);
  if (self->attached)
    tyto_link_worker1_emit_statistics (self->skeleton, cameras);
}

static GVariant *
collect_cameras (TytoWorkerTeller *self)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GHashTableIter iter;
  gpointer camera, memory;

  g_hash_table_iter_init (&iter, self->memories);
  while (g_hash_table_iter_next (&iter, &camera, &memory))
    g_variant_builder_add (&builder, "{sv}", camera, tyto_capture_memory_to_variant (memory));
  return g_variant_builder_end (&builder);
}

GVariant *
tyto_worker_teller_get_attachment (TytoWorkerTeller *self, gboolean stopping)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "version", "s", TYTO_VERSION);
  g_variant_dict_insert (&dict, "pid", "u", (guint32) getpid ());
  g_variant_dict_insert (&dict, "stopping", "b", stopping);
  g_variant_dict_insert (&dict, "next-serial", "t",
                         tyto_worker_news_log_get_next_serial (self->log));
  g_variant_dict_insert (&dict, "acknowledged", "t",
                         tyto_worker_news_log_get_acknowledged (self->log));
  g_variant_dict_insert_value (&dict, "cameras", collect_cameras (self));
  return g_variant_dict_end (&dict);
}

void
tyto_worker_teller_attach (TytoWorkerTeller *self)
{
  GHashTableIter iter;
  gpointer camera, memory;

  self->attached = TRUE;
  g_clear_handle_id (&self->tell_timer, g_source_remove);
  self->told = tyto_worker_news_log_get_next_serial (self->log) - 1;
  tyto_worker_news_log_foreach (self->log, 0, send, self); /* may be more than a message holds */
  g_hash_table_iter_init (&iter, self->memories);
  while (g_hash_table_iter_next (&iter, &camera, &memory)) {
    const char *state;
    g_autoptr (GVariant) details = NULL;

    state = tyto_capture_memory_get_state (memory, &details);
    tyto_link_worker1_emit_camera_state (self->skeleton, camera, state, details);
  }
}

void
tyto_worker_teller_detach (TytoWorkerTeller *self)
{
  self->attached = FALSE;
  g_clear_handle_id (&self->tell_timer, g_source_remove);
}

void
tyto_worker_teller_acknowledge (TytoWorkerTeller *self, guint64 serial)
{
  tyto_worker_news_log_acknowledge (self->log, serial);
}

gboolean
tyto_worker_teller_has_news (TytoWorkerTeller *self)
{
  return tyto_worker_news_log_get_length (self->log) > 0;
}

static void
tyto_worker_teller_finalize (GObject *object)
{
  TytoWorkerTeller *self = TYTO_WORKER_TELLER (object);

  g_clear_handle_id (&self->tell_timer, g_source_remove);
  g_object_unref (self->skeleton);
  g_object_unref (self->log);
  g_hash_table_unref (self->memories);
  G_OBJECT_CLASS (tyto_worker_teller_parent_class)->finalize (object);
}

static void
tyto_worker_teller_class_init (TytoWorkerTellerClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tyto_worker_teller_finalize;
}

static void
tyto_worker_teller_init (TytoWorkerTeller *self)
{
  self->told_us = -TOGETHER_US;
  self->log = tyto_worker_news_log_new (TYTO_WORKER_NEWS_MAX);
  self->memories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) tyto_capture_memory_free);
}
