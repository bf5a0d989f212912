/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/dbus/tyto-dbus-camera.h"

#include "api/dbus/tyto-bus.h"
#include "api/dbus/tyto-dbus-call.h"
#include "base/tyto-json.h"

static const char *
camera_id (TytoBusCamera1 *camera)
{
  return tyto_bus_camera1_get_id (camera);
}

static gboolean
on_start (TytoBusCamera1 *camera, GDBusMethodInvocation *invocation, TytoRecorder *recorder)
{
  tyto_recorder_start_camera_async (recorder, camera_id (camera), NULL, tyto_dbus_call_on_camera,
                                    tyto_dbus_call_new (invocation, tyto_dbus_reply_nothing));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_stop (TytoBusCamera1 *camera, GDBusMethodInvocation *invocation, TytoRecorder *recorder)
{
  tyto_recorder_stop_camera_async (recorder, camera_id (camera), NULL, tyto_dbus_call_on_camera,
                                   tyto_dbus_call_new (invocation, tyto_dbus_reply_nothing));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_change (TytoBusCamera1 *camera, GDBusMethodInvocation *invocation, GVariant *settings,
           TytoRecorder *recorder)
{
  tyto_recorder_change_camera_async (recorder, camera_id (camera), settings, NULL,
                                     tyto_dbus_call_on_camera,
                                     tyto_dbus_call_new (invocation, tyto_dbus_reply_nothing));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_remove (TytoBusCamera1 *camera, GDBusMethodInvocation *invocation, TytoRecorder *recorder)
{
  tyto_recorder_remove_camera_async (recorder, camera_id (camera), NULL, tyto_dbus_call_on_camera,
                                     tyto_dbus_call_new (invocation, tyto_dbus_reply_nothing));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_snapshot (TytoBusCamera1 *camera, GDBusMethodInvocation *invocation, TytoRecorder *recorder)
{
  tyto_recorder_snapshot_async (recorder, camera_id (camera), NULL, tyto_dbus_call_on_camera,
                                tyto_dbus_call_new (invocation, tyto_dbus_reply_dict));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_get_details (TytoBusCamera1 *camera, GDBusMethodInvocation *invocation, TytoRecorder *recorder)
{
  g_autoptr (GError) error = NULL;
  GVariant *details = tyto_recorder_get_camera (recorder, camera_id (camera), &error);

  if (details == NULL)
    g_dbus_method_invocation_return_gerror (invocation, error);
  else
    tyto_bus_camera1_complete_get_details (camera, invocation, details);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
on_get_pipeline (TytoBusCamera1 *camera, GDBusMethodInvocation *invocation, gboolean dot,
                 TytoRecorder *recorder)
{
  tyto_recorder_pipeline_async (recorder, camera_id (camera), dot, NULL, tyto_dbus_call_on_pipeline,
                                tyto_dbus_call_new (invocation, NULL));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
show (TytoBusCamera1 *camera, GVariant *dict)
{
  tyto_bus_camera1_set_name (camera, tyto_dict_string (dict, "name", ""));
  tyto_bus_camera1_set_url (camera, tyto_dict_string (dict, "url", ""));
  tyto_bus_camera1_set_enabled (camera, tyto_dict_boolean (dict, "enabled", FALSE));
  tyto_bus_camera1_set_state (camera, tyto_dict_string (dict, "state", "off"));
  tyto_bus_camera1_set_error (camera, tyto_dict_string (dict, "error", ""));
  tyto_bus_camera1_set_current_path (camera, tyto_dict_string (dict, "current_path", ""));
  tyto_bus_camera1_set_segments (camera, tyto_dict_uint (dict, "segments", 0));
  tyto_bus_camera1_set_bytes (camera, tyto_dict_uint (dict, "bytes", 0));
  tyto_bus_camera1_set_frames_received (camera, tyto_dict_uint (dict, "frames_received", 0));
  tyto_bus_camera1_set_frames_recorded (camera, tyto_dict_uint (dict, "frames_recorded", 0));
  tyto_bus_camera1_set_frames_lost (camera, tyto_dict_uint (dict, "frames_lost", 0));
  tyto_bus_camera1_set_packets_lost (camera, tyto_dict_uint (dict, "packets_lost", 0));
  tyto_bus_camera1_set_gaps (camera, tyto_dict_uint (dict, "gaps", 0));
}

GDBusObjectSkeleton *
tyto_dbus_camera_new (TytoRecorder *recorder, GVariant *dict)
{
  const char *id = tyto_dict_string (dict, "id", "");
  g_autofree char *path = tyto_dbus_camera_path (id);
  g_autoptr (TytoBusCamera1) camera = tyto_bus_camera1_skeleton_new ();
  TytoBusObjectSkeleton *object = tyto_bus_object_skeleton_new (path);

  tyto_bus_camera1_set_id (camera, id);
  show (camera, dict);
  g_signal_connect (camera, "handle-start", G_CALLBACK (on_start), recorder);
  g_signal_connect (camera, "handle-stop", G_CALLBACK (on_stop), recorder);
  g_signal_connect (camera, "handle-change", G_CALLBACK (on_change), recorder);
  g_signal_connect (camera, "handle-remove", G_CALLBACK (on_remove), recorder);
  g_signal_connect (camera, "handle-snapshot", G_CALLBACK (on_snapshot), recorder);
  g_signal_connect (camera, "handle-get-details", G_CALLBACK (on_get_details), recorder);
  g_signal_connect (camera, "handle-get-pipeline", G_CALLBACK (on_get_pipeline), recorder);
  tyto_bus_object_skeleton_set_camera1 (object, camera);
  return G_DBUS_OBJECT_SKELETON (object);
}

void
tyto_dbus_camera_update (GDBusObjectSkeleton *object, GVariant *dict)
{
  g_autoptr (TytoBusCamera1) camera = tyto_bus_object_get_camera1 (TYTO_BUS_OBJECT (object));
  const char *state = tyto_dict_string (dict, "state", "off");
  gboolean changed = g_strcmp0 (tyto_bus_camera1_get_state (camera), state) != 0;

  show (camera, dict);
  if (changed)
    tyto_bus_camera1_emit_state_changed (camera, state, tyto_dict_string (dict, "error", ""));
}

void
tyto_dbus_camera_emit_segment_opened (GDBusObjectSkeleton *object, GVariant *segment)
{
  g_autoptr (TytoBusCamera1) camera = tyto_bus_object_get_camera1 (TYTO_BUS_OBJECT (object));

  tyto_bus_camera1_emit_segment_opened (camera, segment);
}
