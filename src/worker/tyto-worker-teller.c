/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-worker-teller.h"

#include "worker/tyto-capture-memory.h"

#include <unistd.h>

struct _TytoWorkerTeller {
  GObject parent_instance;

  TytoLinkWorker1 *skeleton;
  TytoWorkerNewsLog *log;
  GHashTable *memories; /* (element-type utf8 TytoCaptureMemory): by camera id */
  gboolean attached;
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

void
tyto_worker_teller_take_news (TytoWorkerTeller *self, TytoWorkerNewsKind kind, const char *camera,
                              GVariant *dict)
{
  g_autoptr (GVariant) numbered = tyto_worker_news_log_add (self->log, kind, camera, dict);
  TytoCaptureMemory *memory = g_hash_table_lookup (self->memories, camera);

  if (memory != NULL)
    tyto_capture_memory_take_news (memory, kind, numbered);
  if (self->attached)
    send (kind, camera, numbered, self);
}

void
tyto_worker_teller_take_state (TytoWorkerTeller *self, const char *camera, const char *state,
                               GVariant *details)
{
  TytoCaptureMemory *memory = g_hash_table_lookup (self->memories, camera);

  if (memory != NULL)
    tyto_capture_memory_take_state (memory, state, details);
  if (self->attached)
    tyto_link_worker1_emit_camera_state (self->skeleton, camera, state, details);
}

void
tyto_worker_teller_take_statistics (TytoWorkerTeller *self, GVariant *cameras)
{
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
  tyto_worker_news_log_foreach (self->log, send, self);
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
  self->log = tyto_worker_news_log_new (TYTO_WORKER_NEWS_MAX);
  self->memories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) tyto_capture_memory_free);
}
