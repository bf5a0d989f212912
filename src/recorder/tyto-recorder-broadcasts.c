/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Broadcasts in the life of the recorder. */
#include "recorder/tyto-recorder-private.h"

static void
on_busy (TytoRecorder *self)
{
  tyto_recorder_update_busy (self);
}

void
tyto_recorder_init_broadcasts (TytoRecorder *self, const char *worker_path, const char *run_dir)
{
  g_autoptr (TytoWorkerLauncher) launcher
      = tyto_worker_launcher_new (self->settings, worker_path, run_dir);

  self->broadcasts = tyto_broadcasts_new (self->settings, self->catalogue, self->alerts, launcher);
  g_signal_connect_object (self->broadcasts, "notify::busy", G_CALLBACK (on_busy), self,
                           G_CONNECT_SWAPPED);
}

TytoBroadcasts *
tyto_recorder_get_broadcasts (TytoRecorder *self)
{
  return self->broadcasts;
}

gboolean
tyto_recorder_has_busy_broadcasts (TytoRecorder *self)
{
  gboolean busy = FALSE;

  if (self->broadcasts != NULL)
    g_object_get (self->broadcasts, "busy", &busy, NULL);
  return busy;
}

static void
end_wait (TytoRecorder *self)
{
  g_autoptr (GTask) waiting = g_steal_pointer (&self->broadcasts_wait);

  if (waiting != NULL)
    g_task_return_boolean (waiting, TRUE);
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRecorder) self = data;

  tyto_broadcasts_stop_finish (TYTO_BROADCASTS (source), result, NULL);
  self->broadcasts_stopping = FALSE;
  end_wait (self);
}

void
tyto_recorder_stop_broadcasts (TytoRecorder *self)
{
  self->broadcasts_stopping = TRUE;
  tyto_broadcasts_stop_async (self->broadcasts, on_stopped, g_object_ref (self));
}

void
tyto_recorder_wait_for_broadcasts (TytoRecorder *self, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  self->broadcasts_wait = g_task_new (self, NULL, callback, user_data);
  if (!self->broadcasts_stopping)
    end_wait (self);
}

void
tyto_recorder_dispose_broadcasts (TytoRecorder *self)
{
  if (self->broadcasts == NULL)
    return;
  g_object_run_dispose (G_OBJECT (self->broadcasts)); /* calls may be under way */
  g_clear_object (&self->broadcasts);
}
