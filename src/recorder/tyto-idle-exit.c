/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-idle-exit.h"

struct _TytoIdleExit {
  GObject parent_instance;

  TytoRecorder *recorder;
  guint source;
};

G_DEFINE_FINAL_TYPE (TytoIdleExit, tyto_idle_exit, G_TYPE_OBJECT)

enum { SIGNAL_EXIT, N_SIGNALS };

static guint signals[N_SIGNALS];

static gboolean
on_idle (gpointer data)
{
  TytoIdleExit *self = data;

  self->source = 0;
  g_signal_emit (self, signals[SIGNAL_EXIT], 0);
  return G_SOURCE_REMOVE;
}

void
tyto_idle_exit_touch (TytoIdleExit *self)
{
  TytoSettings *settings = tyto_recorder_get_settings (self->recorder);
  guint seconds = tyto_settings_get_uint (settings, "idle-exit-seconds");
  gboolean busy;

  g_object_get (self->recorder, "busy", &busy, NULL);
  g_clear_handle_id (&self->source, g_source_remove);
  if (!busy && seconds > 0)
    self->source = g_timeout_add_seconds (seconds, on_idle, self);
}

TytoIdleExit *
tyto_idle_exit_new (TytoRecorder *recorder)
{
  TytoIdleExit *self = g_object_new (TYTO_TYPE_IDLE_EXIT, NULL);

  self->recorder = g_object_ref (recorder);
  g_signal_connect_swapped (recorder, "notify::busy", G_CALLBACK (tyto_idle_exit_touch), self);
  g_signal_connect_swapped (tyto_recorder_get_settings (recorder), "notify::idle-exit-seconds",
                            G_CALLBACK (tyto_idle_exit_touch), self);
  tyto_idle_exit_touch (self);
  return self;
}

static void
tyto_idle_exit_dispose (GObject *object)
{
  TytoIdleExit *self = TYTO_IDLE_EXIT (object);

  g_clear_handle_id (&self->source, g_source_remove);
  if (self->recorder != NULL) {
    g_signal_handlers_disconnect_by_data (self->recorder, self);
    g_signal_handlers_disconnect_by_data (tyto_recorder_get_settings (self->recorder), self);
  }
  g_clear_object (&self->recorder);
  G_OBJECT_CLASS (tyto_idle_exit_parent_class)->dispose (object);
}

static void
tyto_idle_exit_class_init (TytoIdleExitClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tyto_idle_exit_dispose;
  signals[SIGNAL_EXIT] = g_signal_new ("exit", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST, 0,
                                       NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_idle_exit_init (TytoIdleExit *self)
{
}
