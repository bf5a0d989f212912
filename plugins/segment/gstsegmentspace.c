/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentspace.h"

#include <errno.h>
#include <sys/statvfs.h>

/* Asks about the nearest directory above @path that exists. */
static gboolean
ask_disk (const gchar *path, struct statvfs *disk)
{
  g_autofree gchar *directory = g_path_get_dirname (path);

  while (statvfs (directory, disk) < 0) {
    g_autofree gchar *below = g_steal_pointer (&directory);

    if (errno != ENOENT)
      return FALSE;
    directory = g_path_get_dirname (below);
    if (g_str_equal (directory, below))
      return FALSE;
  }
  return TRUE;
}

gboolean
gst_segment_space_check (const gchar *path, guint64 bytes, guint percent, GError **error)
{
  struct statvfs disk;
  guint64 floor, available;

  /* A file system that tells no size has no floor. */
  if (!ask_disk (path, &disk) || disk.f_blocks == 0)
    return TRUE;
  available = (guint64) disk.f_bavail * disk.f_frsize;
  floor = MAX (bytes, (guint64) disk.f_blocks * disk.f_frsize / 100 * percent);
  if (available >= floor)
    return TRUE;
  g_set_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT,
               "The disk of “%s” has %" G_GUINT64_FORMAT
               " MiB free, less than the %" G_GUINT64_FORMAT
               " MiB that are to stay free. Free some space or record to another disk.",
               path, available >> 20, floor >> 20);
  return FALSE;
}
