/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/disk/tyto-disk-reserve.h"

#include "recorder/disk/tyto-disk-limits.h"
#include "recorder/disk/tyto-disk-space.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIZE (G_GUINT64_CONSTANT (16) << 20)
#define ROOM (4 * SIZE)

struct _TytoDiskReserve {
  GObject parent_instance;

  char *directory;
  char *path;
  gboolean making;
};

G_DEFINE_FINAL_TYPE (TytoDiskReserve, tyto_disk_reserve, G_TYPE_OBJECT)

TytoDiskReserve *
tyto_disk_reserve_new (const char *directory)
{
  TytoDiskReserve *self = g_object_new (TYTO_TYPE_DISK_RESERVE, NULL);

  self->directory = g_strdup (directory);
  self->path = g_build_filename (directory, "reserve", NULL);
  return self;
}

static gboolean
is_there (const char *path)
{
  struct stat about;

  return lstat (path, &about) == 0 && (guint64) about.st_size >= SIZE;
}

/* Blocks are taken, not written: it costs no time and no flash. */
static void
make_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  TytoDiskReserve *self = source;
  TytoDiskUsage usage;
  int fd;

  if (!is_there (self->path) && tyto_disk_space_read (self->directory, &usage)
      && usage.free >= ROOM) {
    fd = open (self->path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || fallocate (fd, 0, 0, SIZE) != 0) {
      g_debug ("No reserve at %s: %s", self->path, g_strerror (errno));
      g_unlink (self->path);
    }
    if (fd >= 0)
      close (fd);
  }
  g_task_return_boolean (task, TRUE);
}

static void
on_made (GObject *source, GAsyncResult *result, gpointer data)
{
  TYTO_DISK_RESERVE (source)->making = FALSE;
}

void
tyto_disk_reserve_keep (TytoDiskReserve *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->making)
    return;
  self->making = TRUE;
  task = g_task_new (self, NULL, on_made, NULL);
  g_task_set_source_tag (task, tyto_disk_reserve_keep);
  g_task_run_in_thread (task, make_in_thread);
}

gboolean
tyto_disk_reserve_release (TytoDiskReserve *self)
{
  TytoDiskUsage usage;

  if (!tyto_disk_space_read (self->directory, &usage) || usage.free >= SIZE / 2
      || g_unlink (self->path) != 0)
    return FALSE;
  g_message ("The disk of the catalogue is full: the reserve of %" G_GUINT64_FORMAT
             " MiB at %s is given up for its rows",
             SIZE >> 20, self->path);
  return TRUE;
}

static void
tyto_disk_reserve_finalize (GObject *object)
{
  TytoDiskReserve *self = TYTO_DISK_RESERVE (object);

  g_free (self->directory);
  g_free (self->path);
  G_OBJECT_CLASS (tyto_disk_reserve_parent_class)->finalize (object);
}

static void
tyto_disk_reserve_class_init (TytoDiskReserveClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_disk_reserve_finalize;
}

static void
tyto_disk_reserve_init (TytoDiskReserve *self)
{
}
