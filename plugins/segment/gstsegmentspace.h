/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Looks whether the disk of @path, which need not exist yet, has @bytes free and @percent of its
 * size free for this user. Returns: %FALSE with GST_RESOURCE_ERROR_NO_SPACE_LEFT when it has not;
 * a disk that cannot be asked is taken to have. */
gboolean gst_segment_space_check (const gchar *path, guint64 bytes, guint percent, GError **error);

G_END_DECLS
