/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "store/s3/tyto-s3-client.h"

G_BEGIN_DECLS

/**
 * GstS3Window:
 *
 * Reads an object through a window: what is asked for piece by piece is got in ranges that become
 * larger as long as the pieces follow one another. Blocking, from one thread at a time.
 */
typedef struct _GstS3Window GstS3Window;

/* @largest: bytes of a range. */
GstS3Window *
gst_s3_window_new (TytoS3Config *config, const gchar *key, guint64 largest, GError **error);
void gst_s3_window_free (GstS3Window *self);

/* Looks at the object: from now on another one with its key is an error. */
gboolean gst_s3_window_open (GstS3Window *self, GCancellable *cancellable, GError **error);
guint64 gst_s3_window_get_size (GstS3Window *self); /* of the object, once it is open */

/* @length bytes at @offset, which are in the object. (transfer full) TYTO_ERROR_WRONG_STATE: the
 * object is another one now. */
GBytes *gst_s3_window_read (GstS3Window *self, guint64 offset, gsize length,
                            GCancellable *cancellable, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstS3Window, gst_s3_window_free)

G_END_DECLS
