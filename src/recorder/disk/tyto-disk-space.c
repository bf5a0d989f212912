/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/disk/tyto-disk-space.h"

#include <errno.h>
#include <sys/statvfs.h>

#define INTERVAL_MS 2000

struct _TytoDiskSpace {
  GObject parent_instance;

  char *directory;
  GCancellable *cancellable;
  TytoDiskLimits limits;
  TytoDiskUsage usage;
  TytoDiskState state;
  gboolean asking; /* a disk that hangs must not use up all threads */
  guint source;
};

G_DEFINE_FINAL_TYPE (TytoDiskSpace, tyto_disk_space, G_TYPE_OBJECT)

enum { SIGNAL_ASKED, N_SIGNALS };

static guint signals[N_SIGNALS];

TytoDiskSpace *
tyto_disk_space_new (const char *directory)
{
  TytoDiskSpace *self = g_object_new (TYTO_TYPE_DISK_SPACE, NULL);

  tyto_disk_space_set_directory (self, directory);
  return self;
}

gboolean
tyto_disk_space_read (const char *path, TytoDiskUsage *usage)
{
  g_autofree char *directory = g_strdup (path);
  struct statvfs about;

  while (statvfs (directory, &about) != 0) {
    char *parent;

    if (errno == EINTR)
      continue;
    if (errno != ENOENT || g_str_equal (directory, "/") || g_str_equal (directory, "."))
      return FALSE;
    parent = g_path_get_dirname (directory);
    g_free (directory);
    directory = parent;
  }
  usage->free = (guint64) about.f_bavail * about.f_frsize;
  usage->total = (guint64) about.f_blocks * about.f_frsize;
  usage->used = (guint64) (about.f_blocks - about.f_bfree) * about.f_frsize;
  return TRUE;
}

static void
ask_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  TytoDiskUsage usage;

  if (tyto_disk_space_read (data, &usage))
    g_task_return_pointer (task, g_memdup2 (&usage, sizeof usage), g_free);
  else
    g_task_return_new_error (task, G_IO_ERROR, g_io_error_from_errno (errno),
                             "It cannot be asked how full %s is: %s", (const char *) data,
                             g_strerror (errno));
}

static void
judge (TytoDiskSpace *self)
{
  self->state = tyto_disk_limits_judge (&self->limits, &self->usage, self->state);
  g_signal_emit (self, signals[SIGNAL_ASKED], 0);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  TytoDiskSpace *self = TYTO_DISK_SPACE (source);
  const char *asked = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  g_autofree TytoDiskUsage *usage = g_task_propagate_pointer (G_TASK (result), &error);

  self->asking = FALSE;
  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (!g_str_equal (asked, self->directory)) {
    tyto_disk_space_ask (self);
  } else if (usage != NULL) {
    self->usage = *usage;
    judge (self);
  } else {
    g_debug ("%s", error->message);
  }
}

void
tyto_disk_space_ask (TytoDiskSpace *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->asking)
    return;
  self->asking = TRUE;
  task = g_task_new (self, self->cancellable, on_answer, NULL);
  g_task_set_source_tag (task, tyto_disk_space_ask);
  g_task_set_task_data (task, g_strdup (self->directory), g_free);
  g_task_run_in_thread (task, ask_in_thread);
}

static gboolean
on_time (gpointer data)
{
  tyto_disk_space_ask (data);
  return G_SOURCE_CONTINUE;
}

void
tyto_disk_space_set_directory (TytoDiskSpace *self, const char *directory)
{
  g_free (self->directory);
  self->directory = g_strdup (directory);
  tyto_disk_space_ask (self);
}

void
tyto_disk_space_set_limits (TytoDiskSpace *self, const TytoDiskLimits *limits)
{
  self->limits = *limits;
  judge (self);
}

const TytoDiskLimits *
tyto_disk_space_get_limits (TytoDiskSpace *self)
{
  return &self->limits;
}

const TytoDiskUsage *
tyto_disk_space_get_usage (TytoDiskSpace *self)
{
  return &self->usage;
}

guint64
tyto_disk_space_get_free (TytoDiskSpace *self)
{
  return self->usage.free;
}

guint64
tyto_disk_space_get_total (TytoDiskSpace *self)
{
  return self->usage.total;
}

TytoDiskState
tyto_disk_space_get_state (TytoDiskSpace *self)
{
  return self->state;
}

static void
tyto_disk_space_dispose (GObject *object)
{
  TytoDiskSpace *self = TYTO_DISK_SPACE (object);

  g_clear_handle_id (&self->source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  G_OBJECT_CLASS (tyto_disk_space_parent_class)->dispose (object);
}

static void
tyto_disk_space_finalize (GObject *object)
{
  TytoDiskSpace *self = TYTO_DISK_SPACE (object);

  g_free (self->directory);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (tyto_disk_space_parent_class)->finalize (object);
}

static void
tyto_disk_space_class_init (TytoDiskSpaceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tyto_disk_space_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_disk_space_finalize;
  signals[SIGNAL_ASKED] = g_signal_new ("asked", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_disk_space_init (TytoDiskSpace *self)
{
  self->cancellable = g_cancellable_new ();
  self->limits = (TytoDiskLimits){ .warn_percent = 100, .critical_percent = 100 };
  self->source = g_timeout_add (INTERVAL_MS, on_time, self);
}
