/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/dbus/tyto-dbus-retention.h"

#include "api/dbus/tyto-dbus-call.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"

static gboolean
on_get_retention (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation,
                  TytoRecorder *recorder)
{
  tyto_recorder_describe_retention_async (recorder, NULL, tyto_dbus_call_on_query,
                                          tyto_dbus_call_new (invocation, tyto_dbus_reply_dict));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_run_retention (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, GVariant *options,
                  TytoRecorder *recorder)
{
  tyto_recorder_run_retention_async (recorder, options, NULL, tyto_dbus_call_on_query,
                                     tyto_dbus_call_new (invocation, tyto_dbus_reply_dict));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_delete_segment (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, const char *id,
                   TytoRecorder *recorder)
{
  tyto_recorder_delete_segment_async (recorder, id, NULL, tyto_dbus_call_on_query,
                                      tyto_dbus_call_new (invocation, tyto_dbus_reply_nothing));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_add_clip (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, GVariant *clip,
             TytoRecorder *recorder)
{
  tyto_recorder_add_clip_async (recorder, clip, NULL, tyto_dbus_call_on_query,
                                tyto_dbus_call_new (invocation, tyto_dbus_reply_dict));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_list_clips (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, GVariant *query,
               TytoRecorder *recorder)
{
  static const char *const known[] = { "camera", "broadcast", NULL };
  g_autofree char *camera = NULL;
  g_autofree char *broadcast = NULL;
  g_autoptr (GError) error = NULL;

  if (tyto_dict_check_keys (query, known, &error)
      && tyto_dict_get_string (query, "camera", &camera, &error)
      && tyto_dict_get_string (query, "broadcast", &broadcast, &error)
      && (camera == NULL || tyto_id_check (camera, &error)))
    tyto_recorder_list_clips_async (recorder, camera, broadcast, NULL, tyto_dbus_call_on_query,
                                    tyto_dbus_call_new (invocation, tyto_dbus_reply_items));
  else
    g_dbus_method_invocation_return_gerror (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_remove_clip (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, const char *id,
                TytoRecorder *recorder)
{
  tyto_recorder_remove_clip_async (recorder, id, NULL, tyto_dbus_call_on_query,
                                   tyto_dbus_call_new (invocation, tyto_dbus_reply_nothing));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

void
tyto_dbus_retention_serve (TytoBusRecorder1 *service, TytoRecorder *recorder)
{
  static const TytoDbusHandler methods[] = {
    { "handle-get-retention", G_CALLBACK (on_get_retention) },
    { "handle-run-retention", G_CALLBACK (on_run_retention) },
    { "handle-delete-segment", G_CALLBACK (on_delete_segment) },
    { "handle-add-clip", G_CALLBACK (on_add_clip) },
    { "handle-list-clips", G_CALLBACK (on_list_clips) },
    { "handle-remove-clip", G_CALLBACK (on_remove_clip) },
    { NULL },
  };

  tyto_dbus_connect (service, methods, recorder);
}
