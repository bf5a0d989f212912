/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/dbus/tyto-dbus-broadcasts.h"

#include "api/dbus/tyto-dbus-call.h"
#include "base/tyto-json.h"

static void
on_result (GObject *broadcasts, GAsyncResult *result, gpointer call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value
      = tyto_broadcasts_call_finish (TYTO_BROADCASTS (broadcasts), result, &error);

  tyto_dbus_call_end (call, value, error);
}

/* @query's strings live as long as @dict. */
static gboolean
read_query (GVariant *dict, TytoBroadcastQuery *query, GError **error)
{
  static const char *const known[]
      = { "status", "stream_id", "stream_key", "user_id", "from", "to", "cursor", "limit", NULL };

  if (!tyto_dbus_read_page (dict, known, &query->from_us, &query->to_us, &query->limit, error))
    return FALSE;
  query->status = tyto_dict_string (dict, "status", NULL);
  query->stream_id = tyto_dict_string (dict, "stream_id", NULL);
  query->stream_key = tyto_dict_string (dict, "stream_key", NULL);
  query->user_id = tyto_dict_string (dict, "user_id", NULL);
  query->cursor = tyto_dict_string (dict, "cursor", NULL);
  return TRUE;
}

static gboolean
on_list_broadcasts (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, GVariant *dict,
                    TytoBroadcasts *broadcasts)
{
  TytoBroadcastQuery query = TYTO_BROADCAST_QUERY_INIT;
  g_autoptr (GError) error = NULL;

  if (read_query (dict, &query, &error))
    tyto_broadcasts_list_async (broadcasts, &query, FALSE, NULL, on_result,
                                tyto_dbus_call_new (invocation, tyto_dbus_reply_page));
  else
    g_dbus_method_invocation_return_gerror (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_get_broadcast (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, const char *id,
                  TytoBroadcasts *broadcasts)
{
  tyto_broadcasts_get_async (broadcasts, id, FALSE, NULL, on_result,
                             tyto_dbus_call_new (invocation, tyto_dbus_reply_dict));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_start_broadcast (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation,
                    GVariant *settings, TytoBroadcasts *broadcasts)
{
  tyto_broadcasts_begin_async (broadcasts, settings, NULL, on_result,
                               tyto_dbus_call_new (invocation, tyto_dbus_reply_dict));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_end_broadcast (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, const char *id,
                  TytoBroadcasts *broadcasts)
{
  tyto_broadcasts_end_async (broadcasts, id, NULL, on_result,
                             tyto_dbus_call_new (invocation, tyto_dbus_reply_dict));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_retry_broadcast (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, const char *id,
                    TytoBroadcasts *broadcasts)
{
  tyto_broadcasts_retry_async (broadcasts, id, NULL, on_result,
                               tyto_dbus_call_new (invocation, tyto_dbus_reply_dict));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_set_broadcast_video (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation,
                        const char *id, const char *video_id, TytoBroadcasts *broadcasts)
{
  tyto_broadcasts_set_video_async (broadcasts, id, video_id, NULL, on_result,
                                   tyto_dbus_call_new (invocation, tyto_dbus_reply_dict));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_delete_broadcast (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, const char *id,
                     TytoBroadcasts *broadcasts)
{
  tyto_broadcasts_remove_async (broadcasts, id, NULL, on_result,
                                tyto_dbus_call_new (invocation, tyto_dbus_reply_nothing));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_list_broadcast_gaps (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation,
                        const char *id, TytoBroadcasts *broadcasts)
{
  tyto_broadcasts_list_gaps_async (broadcasts, id, NULL, on_result,
                                   tyto_dbus_call_new (invocation, tyto_dbus_reply_items));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_added (TytoBroadcasts *broadcasts, GVariant *broadcast, TytoBusRecorder1 *service)
{
  tyto_bus_recorder1_emit_broadcast_added (service, broadcast);
}

static void
on_changed (TytoBroadcasts *broadcasts, GVariant *broadcast, TytoBusRecorder1 *service)
{
  tyto_bus_recorder1_emit_broadcast_changed (service, broadcast);
}

static void
on_completed (TytoBroadcasts *broadcasts, GVariant *broadcast, TytoBusRecorder1 *service)
{
  tyto_bus_recorder1_emit_broadcast_completed (service, broadcast);
}

static void
on_failed (TytoBroadcasts *broadcasts, GVariant *broadcast, TytoBusRecorder1 *service)
{
  tyto_bus_recorder1_emit_broadcast_failed (service, broadcast);
}

static void
on_removed (TytoBroadcasts *broadcasts, const char *id, TytoBusRecorder1 *service)
{
  tyto_bus_recorder1_emit_broadcast_removed (service, id);
}

void
tyto_dbus_broadcasts_serve (TytoBusRecorder1 *service, TytoRecorder *recorder)
{
  TytoBroadcasts *broadcasts = tyto_recorder_get_broadcasts (recorder);
  static const TytoDbusHandler methods[] = {
    { "handle-list-broadcasts", G_CALLBACK (on_list_broadcasts) },
    { "handle-get-broadcast", G_CALLBACK (on_get_broadcast) },
    { "handle-start-broadcast", G_CALLBACK (on_start_broadcast) },
    { "handle-end-broadcast", G_CALLBACK (on_end_broadcast) },
    { "handle-retry-broadcast", G_CALLBACK (on_retry_broadcast) },
    { "handle-set-broadcast-video", G_CALLBACK (on_set_broadcast_video) },
    { "handle-delete-broadcast", G_CALLBACK (on_delete_broadcast) },
    { "handle-list-broadcast-gaps", G_CALLBACK (on_list_broadcast_gaps) },
    { NULL },
  };
  static const TytoDbusHandler signals[] = {
    { "added", G_CALLBACK (on_added) },         { "changed", G_CALLBACK (on_changed) },
    { "completed", G_CALLBACK (on_completed) }, { "failed", G_CALLBACK (on_failed) },
    { "removed", G_CALLBACK (on_removed) },     { NULL },
  };

  tyto_dbus_connect (service, methods, broadcasts);
  tyto_dbus_connect (broadcasts, signals, service);
}
