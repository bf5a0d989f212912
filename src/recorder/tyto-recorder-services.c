/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The user's other services in the life of the recorder. */
#include "recorder/tyto-recorder-private.h"

static void
on_storage_changed (TytoRecorder *self)
{
  tyto_archive_set_service (self->archive, tyto_services_get_storage (self->services));
  tyto_retention_set_service (self->retention, tyto_services_get_storage (self->services));
}

void
tyto_recorder_init_services (TytoRecorder *self)
{
  self->services = tyto_services_new (self->settings, self->alerts);
  g_signal_connect_object (self->settings, "notify::storage-service-url",
                           G_CALLBACK (on_storage_changed), self, G_CONNECT_SWAPPED);
  on_storage_changed (self);
}

GVariant *
tyto_recorder_describe_services (TytoRecorder *self)
{
  g_autoptr (GVariant) cameras = g_variant_ref_sink (tyto_services_describe (self->services));
  g_autoptr (GVariant) broadcasts
      = g_variant_ref_sink (tyto_broadcasts_describe_services (self->broadcasts));
  GVariantDict dict;
  GVariantIter iter;
  const char *name;
  GVariant *service;

  g_variant_dict_init (&dict, cameras);
  g_variant_iter_init (&iter, broadcasts);
  while (g_variant_iter_loop (&iter, "{&sv}", &name, &service)) {
    g_variant_dict_insert_value (&dict, name, service);
  }
  return g_variant_dict_end (&dict);
}

const char *
tyto_recorder_get_reservation (TytoRecorder *self, const char *camera)
{
  return tyto_services_get_reservation (self->services, camera);
}

static void
end_wait (TytoRecorder *self)
{
  g_autoptr (GTask) waiting = g_steal_pointer (&self->services_wait);

  if (waiting != NULL)
    g_task_return_boolean (waiting, TRUE);
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRecorder) self = data;

  tyto_services_stop_finish (TYTO_SERVICES (source), result, NULL);
  self->services_stopping = FALSE;
  end_wait (self);
}

void
tyto_recorder_stop_services (TytoRecorder *self, gboolean release)
{
  self->services_stopping = TRUE;
  tyto_services_stop_async (self->services, release, on_stopped, g_object_ref (self));
}

void
tyto_recorder_wait_for_services (TytoRecorder *self, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
  self->services_wait = g_task_new (self, NULL, callback, user_data);
  if (!self->services_stopping)
    end_wait (self);
}
