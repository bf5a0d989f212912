/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-disk-reserve.h: a file of 16 MiB beside the catalogue that holds nothing: given up when the
 * disk is full, so that rows can still be entered, and made again when there is room. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_DISK_RESERVE (tyto_disk_reserve_get_type ())
G_DECLARE_FINAL_TYPE (TytoDiskReserve, tyto_disk_reserve, TYTO, DISK_RESERVE, GObject)

/* @directory: of the catalogue; the file is DIRECTORY/reserve. Nothing is done before the first
 * tyto_disk_reserve_keep(). */
TytoDiskReserve *tyto_disk_reserve_new (const char *directory);

/* Has the file made when it is missing and there is four times its room; in a thread, one at a
 * time. To be called now and then. */
void tyto_disk_reserve_keep (TytoDiskReserve *self);

/* Deletes it, if the disk is indeed full: less than half of its size is free. TRUE when it did.
 * Blocking, shortly. */
gboolean tyto_disk_reserve_release (TytoDiskReserve *self);

G_END_DECLS
