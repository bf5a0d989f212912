/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-process-handle.h"

#include "base/tyto-error.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/pidfd.h>
#include <unistd.h>

#define COMM_LENGTH 15 /* TASK_COMM_LEN without the NUL: proc(5) */

struct _TytoProcessHandle {
  GObject parent_instance;

  guint pid;
  GSubprocess *subprocess; /* nullable: a child of ours */
  int fd;                  /* pidfd_open(2), -1 for a child */
  guint source;
};

G_DEFINE_FINAL_TYPE (TytoProcessHandle, tyto_process_handle, G_TYPE_OBJECT)

enum { SIGNAL_EXITED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
on_waited (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoProcessHandle) self = data;
  GSubprocess *subprocess = G_SUBPROCESS (source);
  g_autofree char *how = NULL;

  g_subprocess_wait_finish (subprocess, result, NULL);
  if (g_subprocess_get_if_signaled (subprocess))
    how = g_strdup_printf ("killed by signal %d (%s)", g_subprocess_get_term_sig (subprocess),
                           g_strsignal (g_subprocess_get_term_sig (subprocess)));
  else
    how = g_strdup_printf ("it exited with status %d", g_subprocess_get_exit_status (subprocess));
  g_signal_emit (self, signals[SIGNAL_EXITED], 0, how);
}

TytoProcessHandle *
tyto_process_handle_new_for_child (GSubprocess *subprocess)
{
  TytoProcessHandle *self = g_object_new (TYTO_TYPE_PROCESS_HANDLE, NULL);
  const char *id = g_subprocess_get_identifier (subprocess);

  self->subprocess = g_object_ref (subprocess);
  self->pid = id != NULL ? (guint) g_ascii_strtoull (id, NULL, 10) : 0;
  g_subprocess_wait_async (subprocess, NULL, on_waited, g_object_ref (self));
  return self;
}

/* A pidfd is readable when its process has ended. How it ended only its parent is told. */
static gboolean
on_ended (int fd, GIOCondition condition, gpointer data)
{
  g_autoptr (TytoProcessHandle) self = g_object_ref (data);

  self->source = 0;
  g_signal_emit (self, signals[SIGNAL_EXITED], 0, "it ended");
  return G_SOURCE_REMOVE;
}

static gboolean
runs_program (guint pid, const char *program)
{
  g_autofree char *path = g_strdup_printf ("/proc/%u/comm", pid);
  g_autofree char *name = NULL;

  return g_file_get_contents (path, &name, NULL, NULL)
         && strncmp (g_strchomp (name), program, COMM_LENGTH) == 0;
}

TytoProcessHandle *
tyto_process_handle_new_for_pid (guint pid, const char *program, GError **error)
{
  TytoProcessHandle *self = NULL;
  int fd = pid > 0 ? pidfd_open ((pid_t) pid, 0) : -1;

  /* First held, then looked at: what is held is not given to another process meanwhile. */
  if (fd < 0 || (program != NULL && !runs_program (pid, program))) {
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, "There is no process %u of %s", pid,
                    program != NULL ? program : "ours");
    if (fd >= 0)
      close (fd);
    return NULL;
  }
  self = g_object_new (TYTO_TYPE_PROCESS_HANDLE, NULL);
  self->pid = pid;
  self->fd = fd;
  self->source = g_unix_fd_add (fd, G_IO_IN, on_ended, self);
  return self;
}

guint
tyto_process_handle_get_pid (TytoProcessHandle *self)
{
  return self->pid;
}

void
tyto_process_handle_signal (TytoProcessHandle *self, int signal)
{
  if (self->subprocess != NULL)
    g_subprocess_send_signal (self->subprocess, signal);
  else if (pidfd_send_signal (self->fd, signal, NULL, 0) != 0 && errno != ESRCH)
    g_warning ("Process %u cannot be signalled: %s", self->pid, g_strerror (errno));
}

static void
tyto_process_handle_finalize (GObject *object)
{
  TytoProcessHandle *self = TYTO_PROCESS_HANDLE (object);

  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_object (&self->subprocess);
  if (self->fd >= 0)
    close (self->fd);
  G_OBJECT_CLASS (tyto_process_handle_parent_class)->finalize (object);
}

static void
tyto_process_handle_class_init (TytoProcessHandleClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_process_handle_finalize;
  signals[SIGNAL_EXITED] = g_signal_new ("exited", TYTO_TYPE_PROCESS_HANDLE, G_SIGNAL_RUN_FIRST, 0,
                                         NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
tyto_process_handle_init (TytoProcessHandle *self)
{
  self->fd = -1;
}
