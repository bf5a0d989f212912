/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-archiver-process.h"

#include "base/tyto-error.h"
#include "recorder/workers/tyto-role-process.h"

struct _TytoArchiverProcess {
  GObject parent_instance;

  TytoRoleProcess *process;
};

G_DEFINE_FINAL_TYPE (TytoArchiverProcess, tyto_archiver_process, G_TYPE_OBJECT)

enum { SIGNAL_READY, SIGNAL_FAILED, SIGNAL_BEGUN, SIGNAL_PROGRESS, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
on_ready (TytoArchiverProcess *self)
{
  g_signal_emit (self, signals[SIGNAL_READY], 0);
}

static void
on_refused (TytoArchiverProcess *self, const char *why)
{
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, why);
}

static void
on_told (TytoArchiverProcess *self, const char *name, GVariant *parameters)
{
  const char *id, *upload;
  guint64 sent, total, rate;

  if (g_str_equal (name, "Begun") && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(ss)"))) {
    g_variant_get (parameters, "(&s&s)", &id, &upload);
    g_signal_emit (self, signals[SIGNAL_BEGUN], 0, id, upload);
  } else if (g_str_equal (name, "Progress")
             && g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(sttt)"))) {
    g_variant_get (parameters, "(&sttt)", &id, &sent, &total, &rate);
    g_signal_emit (self, signals[SIGNAL_PROGRESS], 0, id, sent, total, rate);
  }
}

TytoArchiverProcess *
tyto_archiver_process_new (TytoWorkerLauncher *launcher, TytoWorkerRole role)
{
  TytoArchiverProcess *self = g_object_new (TYTO_TYPE_ARCHIVER_PROCESS, NULL);
  const TytoRole what = {
    .role = role,
    .name
    = role == TYTO_WORKER_ROLE_ARCHIVER ? "worker that uploads" : "worker that uploads broadcasts",
    .object_path = "/org/tyto/Archiver",
    .interface = "org.tyto.Archiver1",
    .configures = TRUE,
    .watchdog = "DescribePipeline",
    .restarts = TRUE,
  };

  self->process = tyto_role_process_new (launcher, &what);
  g_signal_connect_swapped (self->process, "ready", G_CALLBACK (on_ready), self);
  g_signal_connect_swapped (self->process, "refused", G_CALLBACK (on_refused), self);
  g_signal_connect_swapped (self->process, "told", G_CALLBACK (on_told), self);
  return self;
}

gboolean
tyto_archiver_process_is_ready (TytoArchiverProcess *self)
{
  return tyto_role_process_is_ready (self->process);
}

guint
tyto_archiver_process_get_pid (TytoArchiverProcess *self)
{
  return tyto_role_process_get_pid (self->process);
}

void
tyto_archiver_process_configure (TytoArchiverProcess *self, GVariant *settings)
{
  tyto_role_process_configure (self->process, settings);
}

void
tyto_archiver_process_stop (TytoArchiverProcess *self)
{
  tyto_role_process_stop (self->process);
}

/* --- Uploads --- */

static void
on_uploaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoRoleProcess *process = TYTO_ROLE_PROCESS (source);
  GError *error = NULL;
  g_autoptr (GVariant) answer = tyto_role_process_call_finish (process, result, &error);

  if (answer != NULL) {
    g_task_return_pointer (task, g_variant_get_child_value (answer, 0),
                           (GDestroyNotify) g_variant_unref);
    return;
  }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    tyto_role_process_tell (process, "Cancel",
                            g_variant_new ("(sb)", g_task_get_task_data (task), FALSE));
  g_task_return_error (task, error);
}

void
tyto_archiver_process_upload_async (TytoArchiverProcess *self, const char *id, GVariant *file,
                                    GCancellable *cancellable, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_task_data (task, g_strdup (id), g_free);
  tyto_role_process_call_async (self->process, "Upload", g_variant_new ("(s@a{sv})", id, file),
                                G_VARIANT_TYPE ("(a{sv})"), -1, cancellable, on_uploaded, task);
}

GVariant *
tyto_archiver_process_upload_finish (TytoArchiverProcess *self, GAsyncResult *result,
                                     GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
tyto_archiver_process_go_on (TytoArchiverProcess *self, const char *id)
{
  tyto_role_process_tell (self->process, "Continue", g_variant_new ("(s)", id));
}

/* --- The object --- */

static void
tyto_archiver_process_dispose (GObject *object)
{
  TytoArchiverProcess *self = TYTO_ARCHIVER_PROCESS (object);

  if (self->process != NULL) {
    g_signal_handlers_disconnect_by_data (self->process, self);
    g_object_run_dispose (G_OBJECT (self->process)); /* calls may be under way */
  }
  g_clear_object (&self->process);
  G_OBJECT_CLASS (tyto_archiver_process_parent_class)->dispose (object);
}

static void
tyto_archiver_process_class_init (TytoArchiverProcessClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tyto_archiver_process_dispose;
  signals[SIGNAL_READY]
      = g_signal_new ("ready", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_FAILED] = g_signal_new ("failed", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_BEGUN] = g_signal_new ("begun", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  signals[SIGNAL_PROGRESS]
      = g_signal_new ("progress", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4,
                      G_TYPE_STRING, G_TYPE_UINT64, G_TYPE_UINT64, G_TYPE_UINT64);
}

static void
tyto_archiver_process_init (TytoArchiverProcess *self)
{
}
