/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-thumbnail-file.h: where a thumbnail is kept and how it gets there. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * Writes @jpeg to ROOT/CAMERA/%Y-%m-%d/%H-%M-%S.jpg (UTC of @wall_us, µs since the Unix epoch) by
 * way of a `.part` file, so that the final name never holds half a picture. When the name is taken,
 * `-1`, `-2`, … is added before the extension. Blocks: call it from a thread of your own.
 *
 * Returns: (transfer full): the absolute path; NULL with TYTO_ERROR_STORAGE.
 */
char *tyto_thumbnail_file_write (const char *root, const char *camera, gint64 wall_us, GBytes *jpeg,
                                 GError **error);

G_END_DECLS
