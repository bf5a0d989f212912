/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-thumbnail-turn.h: one decoder at a time in all workers of a recorder. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A process has the turn while it holds a lock on the directory of the thumbnails, which all
 * workers share (flock(2)); the turn of one that dies goes on to others.
 * @root: of the thumbnails
 * @fd: (out): close it when done; -1: the directory cannot be locked, which is no reason to wait,
 *   or another process has the turn
 * Returns: FALSE: another process has the turn. */
gboolean tyto_thumbnail_turn_try (const char *root, int *fd);

G_END_DECLS
