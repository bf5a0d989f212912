/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/dbus/tyto-dbus-broadcasts.h"

#include "api/dbus/tyto-dbus-call.h"
#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"

static void
on_result (GObject *broadcasts, GAsyncResult *result, gpointer call)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value
      = tyto_broadcasts_call_finish (TYTO_BROADCASTS (broadcasts), result, &error);

  tyto_dbus_call_end (call, value, error);
}

static gboolean
read_time (GVariant *dict, const char *key, gint64 *wall_us, GError **error)
{
  const char *text = tyto_dict_string (dict, key, NULL);

  return text == NULL || tyto_time_parse (text, wall_us, error);
}

static gboolean
check_status (const char *status, GError **error)
{
  if (status == NULL || tyto_broadcast_status_from_string (status) >= 0)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "Use recording, processing, completed or failed.", "There is no status \"%s\"",
                  status);
  return FALSE;
}

/* @query's strings live as long as @dict. */
static gboolean
read_query (GVariant *dict, TytoBroadcastQuery *query, GError **error)
{
  static const char *const known[]
      = { "status", "stream_id", "stream_key", "user_id", "from", "to", "cursor", "limit", NULL };
  guint64 limit = query->limit;

  if (!tyto_dict_check_keys (dict, known, error))
    return FALSE;
  for (guint i = 0; !g_str_equal (known[i], "limit"); i++) {
    g_autofree char *ignored = NULL;

    /* Tells of a wrong type; what it copies is not needed. */
    if (!tyto_dict_get_string (dict, known[i], &ignored, error))
      return FALSE;
  }
  query->status = tyto_dict_string (dict, "status", NULL);
  query->stream_id = tyto_dict_string (dict, "stream_id", NULL);
  query->stream_key = tyto_dict_string (dict, "stream_key", NULL);
  query->user_id = tyto_dict_string (dict, "user_id", NULL);
  query->cursor = tyto_dict_string (dict, "cursor", NULL);
  if (!check_status (query->status, error)
      || !tyto_dict_get_uint (dict, "limit", 1, 1000, &limit, error)
      || !read_time (dict, "from", &query->from_us, error)
      || !read_time (dict, "to", &query->to_us, error))
    return FALSE;
  query->limit = limit;
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
  const struct {
    const char *signal;
    GCallback handler;
  } methods[] = {
    { "handle-list-broadcasts", G_CALLBACK (on_list_broadcasts) },
    { "handle-get-broadcast", G_CALLBACK (on_get_broadcast) },
    { "handle-start-broadcast", G_CALLBACK (on_start_broadcast) },
    { "handle-end-broadcast", G_CALLBACK (on_end_broadcast) },
    { "handle-retry-broadcast", G_CALLBACK (on_retry_broadcast) },
    { "handle-set-broadcast-video", G_CALLBACK (on_set_broadcast_video) },
    { "handle-delete-broadcast", G_CALLBACK (on_delete_broadcast) },
    { "handle-list-broadcast-gaps", G_CALLBACK (on_list_broadcast_gaps) },
  }, signals[] = {
    { "added", G_CALLBACK (on_added) },         { "changed", G_CALLBACK (on_changed) },
    { "completed", G_CALLBACK (on_completed) }, { "failed", G_CALLBACK (on_failed) },
    { "removed", G_CALLBACK (on_removed) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    g_signal_connect_object (service, methods[i].signal, methods[i].handler, broadcasts, 0);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    g_signal_connect_object (broadcasts, signals[i].signal, signals[i].handler, service, 0);
}
