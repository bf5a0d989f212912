/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-disk-space.h: how full the disk of the recordings is: asked for every 2 s, in a thread,
 * since a disk may be slow to answer. */
#pragma once

#include "recorder/disk/tyto-disk-limits.h"

G_BEGIN_DECLS

#define TYTO_TYPE_DISK_SPACE (tyto_disk_space_get_type ())
G_DECLARE_FINAL_TYPE (TytoDiskSpace, tyto_disk_space, TYTO, DISK_SPACE, GObject)

/* Signal "asked": after each answer, and when the limits changed. */

TytoDiskSpace *tyto_disk_space_new (const char *directory);

/* Another directory from now on. It need not exist yet: the nearest parent that does is asked. */
void tyto_disk_space_set_directory (TytoDiskSpace *self, const char *directory);

void tyto_disk_space_set_limits (TytoDiskSpace *self, const TytoDiskLimits *limits);
const TytoDiskLimits *tyto_disk_space_get_limits (TytoDiskSpace *self);

/* Asks now rather than at the next turn. */
void tyto_disk_space_ask (TytoDiskSpace *self);

/* The last answer; all 0 before the first. */
const TytoDiskUsage *tyto_disk_space_get_usage (TytoDiskSpace *self);
guint64 tyto_disk_space_get_free (TytoDiskSpace *self);
guint64 tyto_disk_space_get_total (TytoDiskSpace *self);
TytoDiskState tyto_disk_space_get_state (TytoDiskSpace *self);

/* The file system of @path, or of its nearest parent that exists. Blocking. FALSE with errno when
 * it cannot be asked. */
gboolean tyto_disk_space_read (const char *path, TytoDiskUsage *usage);

G_END_DECLS
