/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-disk-space.h"

#define INTERVAL_S 10

struct _TytoDiskSpace {
  GObject parent_instance;

  GFile *directory;
  GCancellable *cancellable;
  guint64 free;
  guint64 total;
  guint source;
};

G_DEFINE_FINAL_TYPE (TytoDiskSpace, tyto_disk_space, G_TYPE_OBJECT)

static void ask (TytoDiskSpace *self, GFile *directory);

TytoDiskSpace *
tyto_disk_space_new (const char *directory)
{
  TytoDiskSpace *self = g_object_new (TYTO_TYPE_DISK_SPACE, NULL);

  tyto_disk_space_set_directory (self, directory);
  return self;
}

static void
on_info (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoDiskSpace) self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GFileInfo) info
      = g_file_query_filesystem_info_finish (G_FILE (source), result, &error);
  g_autoptr (GFile) parent = NULL;

  if (info != NULL) {
    self->free = g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_FREE);
    self->total = g_file_info_get_attribute_uint64 (info, G_FILE_ATTRIBUTE_FILESYSTEM_SIZE);
  } else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND)) {
    parent = g_file_get_parent (G_FILE (source));
    if (parent != NULL)
      ask (self, parent);
  }
}

static void
ask (TytoDiskSpace *self, GFile *directory)
{
  g_file_query_filesystem_info_async (
      directory, G_FILE_ATTRIBUTE_FILESYSTEM_FREE "," G_FILE_ATTRIBUTE_FILESYSTEM_SIZE,
      G_PRIORITY_DEFAULT, self->cancellable, on_info, g_object_ref (self));
}

static gboolean
on_time (gpointer data)
{
  TytoDiskSpace *self = data;

  ask (self, self->directory);
  return G_SOURCE_CONTINUE;
}

void
tyto_disk_space_set_directory (TytoDiskSpace *self, const char *directory)
{
  g_clear_object (&self->directory);
  self->directory = g_file_new_for_path (directory);
  ask (self, self->directory);
}

guint64
tyto_disk_space_get_free (TytoDiskSpace *self)
{
  return self->free;
}

guint64
tyto_disk_space_get_total (TytoDiskSpace *self)
{
  return self->total;
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

  g_clear_object (&self->directory);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (tyto_disk_space_parent_class)->finalize (object);
}

static void
tyto_disk_space_class_init (TytoDiskSpaceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tyto_disk_space_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_disk_space_finalize;
}

static void
tyto_disk_space_init (TytoDiskSpace *self)
{
  self->cancellable = g_cancellable_new ();
  self->source = g_timeout_add_seconds (INTERVAL_S, on_time, self);
}
