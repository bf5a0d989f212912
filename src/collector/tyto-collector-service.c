/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-collector-service.h"

#include "base/tyto-error.h"
#include "base/tyto-sole-client.h"
#include "collector/tyto-bucket-discovery.h"
#include "collector/tyto-collection.h"
#include "tyto-worker-link.h"

#define OBJECT_PATH "/org/tyto/Collector"

struct _TytoCollectorService {
  GObject parent_instance;

  TytoSoleClient *client; /* nullable: not listening yet */
  TytoLinkCollector1 *skeleton;
  TytoCollectorSettings *settings; /* (nullable): until it is told */
  GHashTable *collections;         /* id → TytoCollection */
  TytoBucketDiscovery *discovery;
  gboolean discovers;
  guint ending; /* collections that are being stopped */
  gboolean stopping;
};

enum { SIGNAL_FINISHED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoCollectorService, tyto_collector_service, G_TYPE_OBJECT)

/* A Drop that waits for its answer, or none. */
typedef struct {
  TytoCollectorService *service;
  TytoCollection *collection;
  GDBusMethodInvocation *invocation; /* (nullable) */
} Ending;

static void
set_discovery (TytoCollectorService *self)
{
  tyto_bucket_discovery_set_settings (self->discovery,
                                      self->discovers && !self->stopping ? self->settings : NULL);
}

/* --- One broadcast --- */

static void
on_progress (TytoCollection *collection, GVariant *state, TytoCollectorService *self)
{
  tyto_link_collector1_emit_progress (self->skeleton, tyto_collection_get_id (collection), state);
}

static void
on_collected (TytoCollection *collection, GVariant *state, TytoCollectorService *self)
{
  tyto_link_collector1_emit_collected (self->skeleton, tyto_collection_get_id (collection), state);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer data)
{
  GDBusMethodInvocation *invocation = data;
  TytoCollection *collection = TYTO_COLLECTION (source);
  TytoCollectorService *self = g_object_get_data (source, "tyto-collector-service");
  const char *id = tyto_collection_get_id (collection);
  GError *error = NULL;

  if (tyto_collection_start_finish (collection, result, &error)) {
    tyto_link_collector1_complete_collect (self->skeleton, invocation);
    return;
  }
  g_dbus_method_invocation_take_error (invocation, error);
  if (g_hash_table_lookup (self->collections, id) == collection)
    g_hash_table_remove (self->collections, id);
}

static TytoCollection *
make_collection (TytoCollectorService *self, const char *id, GVariant *broadcast, GError **error)
{
  if (self->stopping)
    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, NULL, "The collector is ending.");
  else if (self->settings == NULL)
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, "Call Configure first.",
                    "It is not known how to collect.");
  else
    return tyto_collection_new (id, broadcast, self->settings, error);
  return NULL;
}

static gboolean
on_handle_collect (TytoLinkCollector1 *skeleton, GDBusMethodInvocation *invocation, const char *id,
                   GVariant *broadcast, TytoCollectorService *self)
{
  GError *error = NULL;
  TytoCollection *collection = NULL;

  if (g_hash_table_contains (self->collections, id)) {
    tyto_link_collector1_complete_collect (skeleton, invocation);
    return TRUE;
  }
  collection = make_collection (self, id, broadcast, &error);
  if (collection == NULL) {
    g_dbus_method_invocation_take_error (invocation, error);
    return TRUE;
  }
  g_object_set_data (G_OBJECT (collection), "tyto-collector-service", self);
  g_signal_connect (collection, "progress", G_CALLBACK (on_progress), self);
  g_signal_connect (collection, "collected", G_CALLBACK (on_collected), self);
  g_hash_table_replace (self->collections, g_strdup (id), collection);
  tyto_collection_start_async (collection, on_started, invocation);
  return TRUE;
}

static void
finish_if_idle (TytoCollectorService *self)
{
  if (self->stopping && self->ending == 0)
    g_signal_emit (self, signals[SIGNAL_FINISHED], 0);
}

static void
on_stopped (TytoCollection *collection, Ending *ending)
{
  g_autoptr (TytoCollectorService) self = g_object_ref (ending->service);

  self->ending--;
  if (ending->invocation != NULL)
    tyto_link_collector1_complete_drop (self->skeleton, ending->invocation);
  g_signal_handlers_disconnect_by_data (collection, ending);
  finish_if_idle (self);
}

static void
ending_free (gpointer data, GClosure *closure)
{
  Ending *ending = data;

  g_object_unref (ending->collection);
  g_free (ending);
}

/* @invocation: nullable, answered when nothing of it is under way any more. */
static void
end_collection (TytoCollectorService *self, const char *id, GDBusMethodInvocation *invocation)
{
  Ending *ending = g_new (Ending, 1);
  g_autoptr (TytoCollection) collection
      = g_object_ref (g_hash_table_lookup (self->collections, id));

  *ending = (Ending){ self, g_object_ref (collection), invocation };
  self->ending++;
  g_signal_handlers_disconnect_by_data (collection, self);
  g_signal_connect_data (collection, "stopped", G_CALLBACK (on_stopped), ending, ending_free, 0);
  g_hash_table_remove (self->collections, id);
  tyto_collection_stop (collection);
}

static gboolean
on_handle_drop (TytoLinkCollector1 *skeleton, GDBusMethodInvocation *invocation, const char *id,
                TytoCollectorService *self)
{
  if (g_hash_table_contains (self->collections, id))
    end_collection (self, id, invocation);
  else
    tyto_link_collector1_complete_drop (skeleton, invocation);
  return TRUE;
}

static gboolean
on_handle_end (TytoLinkCollector1 *skeleton, GDBusMethodInvocation *invocation, const char *id,
               TytoCollectorService *self)
{
  TytoCollection *collection = g_hash_table_lookup (self->collections, id);

  if (collection == NULL) {
    g_dbus_method_invocation_return_error (invocation, TYTO_ERROR, TYTO_ERROR_NOT_FOUND,
                                           "No broadcast “%s” is collected.", id);
    return TRUE;
  }
  tyto_link_collector1_complete_end (skeleton, invocation);
  tyto_collection_end (collection);
  return TRUE;
}

/* --- All of them --- */

static gboolean
on_handle_configure (TytoLinkCollector1 *skeleton, GDBusMethodInvocation *invocation,
                     GVariant *told, TytoCollectorService *self)
{
  GError *error = NULL;
  TytoCollectorSettings *settings = tyto_collector_settings_new (told, &error);
  GHashTableIter iter;
  gpointer collection;

  if (settings == NULL) {
    g_dbus_method_invocation_take_error (invocation, error);
    return TRUE;
  }
  g_clear_pointer (&self->settings, tyto_collector_settings_unref);
  self->settings = settings;
  g_hash_table_iter_init (&iter, self->collections);
  while (g_hash_table_iter_next (&iter, NULL, &collection))
    tyto_collection_set_settings (collection, settings);
  set_discovery (self);
  tyto_link_collector1_complete_configure (skeleton, invocation);
  return TRUE;
}

static gboolean
on_handle_discover (TytoLinkCollector1 *skeleton, GDBusMethodInvocation *invocation, gboolean on,
                    TytoCollectorService *self)
{
  self->discovers = on;
  set_discovery (self);
  tyto_link_collector1_complete_discover (skeleton, invocation);
  return TRUE;
}

static void
on_found (TytoBucketDiscovery *discovery, const char *stream_key, gint64 newest_us, guint64 age_ms,
          gboolean ended, TytoCollectorService *self)
{
  tyto_link_collector1_emit_found (self->skeleton, stream_key, newest_us, age_ms, ended);
}

static gboolean
on_is_taken (TytoBucketDiscovery *discovery, const char *stream_key, TytoCollectorService *self)
{
  GHashTableIter iter;
  gpointer collection;

  g_hash_table_iter_init (&iter, self->collections);
  while (g_hash_table_iter_next (&iter, NULL, &collection))
    if (g_str_equal (tyto_collection_get_stream_key (collection), stream_key))
      return TRUE;
  return FALSE;
}

TytoCollectorService *
tyto_collector_service_new (void)
{
  return g_object_new (TYTO_TYPE_COLLECTOR_SERVICE, NULL);
}

gboolean
tyto_collector_service_listen (TytoCollectorService *self, GSocket *socket, GError **error)
{
  self->client = tyto_sole_client_new (G_DBUS_INTERFACE_SKELETON (self->skeleton), OBJECT_PATH);
  g_signal_connect_swapped (self->client, "gone", G_CALLBACK (tyto_collector_service_stop), self);
  return tyto_sole_client_listen (self->client, socket, error);
}

void
tyto_collector_service_stop (TytoCollectorService *self)
{
  g_autoptr (GList) ids = g_hash_table_get_keys (self->collections);

  if (self->stopping)
    return;
  self->stopping = TRUE;
  set_discovery (self);
  self->ending++; /* none of them is the last yet */
  for (GList *l = ids; l != NULL; l = l->next)
    end_collection (self, l->data, NULL);
  self->ending--;
  finish_if_idle (self);
}

static void
tyto_collector_service_dispose (GObject *object)
{
  TytoCollectorService *self = TYTO_COLLECTOR_SERVICE (object);

  if (self->client != NULL)
    g_signal_handlers_disconnect_by_data (self->client, self);
  g_clear_object (&self->client);
  g_clear_object (&self->skeleton);
  G_OBJECT_CLASS (tyto_collector_service_parent_class)->dispose (object);
}

static void
tyto_collector_service_finalize (GObject *object)
{
  TytoCollectorService *self = TYTO_COLLECTOR_SERVICE (object);

  g_hash_table_unref (self->collections);
  g_signal_handlers_disconnect_by_data (self->discovery, self);
  g_object_unref (self->discovery);
  g_clear_pointer (&self->settings, tyto_collector_settings_unref);
  G_OBJECT_CLASS (tyto_collector_service_parent_class)->finalize (object);
}

static void
tyto_collector_service_class_init (TytoCollectorServiceClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = tyto_collector_service_dispose;
  object_class->finalize = tyto_collector_service_finalize;
  signals[SIGNAL_FINISHED] = g_signal_new ("finished", TYTO_TYPE_COLLECTOR_SERVICE,
                                           G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_collector_service_init (TytoCollectorService *self)
{
  self->skeleton = tyto_link_collector1_skeleton_new ();
  self->collections = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->discovery = tyto_bucket_discovery_new ();
  g_signal_connect (self->discovery, "found", G_CALLBACK (on_found), self);
  g_signal_connect (self->discovery, "is-taken", G_CALLBACK (on_is_taken), self);
  g_object_connect (self->skeleton, "signal::handle-configure", on_handle_configure, self,
                    "signal::handle-collect", on_handle_collect, self, "signal::handle-end",
                    on_handle_end, self, "signal::handle-drop", on_handle_drop, self,
                    "signal::handle-discover", on_handle_discover, self, NULL);
}
