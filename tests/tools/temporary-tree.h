/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* temporary-tree.h: directories that tests make and leave behind. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Deletes @path and all below it; follows no symbolic link. */
void temporary_tree_remove (const char *path);

G_END_DECLS
