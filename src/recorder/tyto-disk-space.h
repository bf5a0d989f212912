/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-disk-space.h: how full the disk of the recordings is: asked for every 10 s, in a thread,
 * since a disk may be slow to answer. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_DISK_SPACE (tyto_disk_space_get_type ())
G_DECLARE_FINAL_TYPE (TytoDiskSpace, tyto_disk_space, TYTO, DISK_SPACE, GObject)

TytoDiskSpace *tyto_disk_space_new (const char *directory);

/* Another directory from now on. It need not exist yet: the nearest parent that does is asked. */
void tyto_disk_space_set_directory (TytoDiskSpace *self, const char *directory);

/* Bytes that may be written, and in all; 0 before the first answer. */
guint64 tyto_disk_space_get_free (TytoDiskSpace *self);
guint64 tyto_disk_space_get_total (TytoDiskSpace *self);

G_END_DECLS
