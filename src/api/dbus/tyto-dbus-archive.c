/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/dbus/tyto-dbus-archive.h"

#include "api/dbus/tyto-dbus-call.h"
#include "base/tyto-json.h"

static gboolean
on_get_archive (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation,
                TytoRecorder *recorder)
{
  tyto_bus_recorder1_complete_get_archive (service, invocation,
                                           tyto_recorder_describe_archive (recorder));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_list_uploads (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation, GVariant *dict,
                 TytoRecorder *recorder)
{
  static const char *const known[] = { "limit", NULL };
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;
  g_autoptr (GError) error = NULL;

  if (tyto_dict_check_keys (dict, known, &error) && tyto_dbus_read_query (dict, &query, &error))
    tyto_recorder_list_uploads_async (recorder, query.limit, NULL, tyto_dbus_call_on_query,
                                      tyto_dbus_call_new (invocation, tyto_dbus_reply_dict));
  else
    g_dbus_method_invocation_return_gerror (invocation, error);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_retry_uploads (TytoBusRecorder1 *service, GDBusMethodInvocation *invocation,
                  TytoRecorder *recorder)
{
  tyto_recorder_retry_uploads_async (recorder, NULL, tyto_dbus_call_on_query,
                                     tyto_dbus_call_new (invocation, tyto_dbus_reply_dict));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
on_segment_archived (TytoRecorder *recorder, GVariant *segment, TytoBusRecorder1 *service)
{
  tyto_bus_recorder1_emit_segment_archived (service, segment);
}

void
tyto_dbus_archive_serve (TytoBusRecorder1 *service, TytoRecorder *recorder)
{
  static const TytoDbusHandler methods[] = {
    { "handle-get-archive", G_CALLBACK (on_get_archive) },
    { "handle-list-uploads", G_CALLBACK (on_list_uploads) },
    { "handle-retry-uploads", G_CALLBACK (on_retry_uploads) },
    { NULL },
  };

  tyto_dbus_connect (service, methods, recorder);
  g_signal_connect_object (recorder, "segment-archived", G_CALLBACK (on_segment_archived), service,
                           0);
}
