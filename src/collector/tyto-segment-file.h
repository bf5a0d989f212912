/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-segment-file.h: puts a stream into a file, so that the file is there whole or not at all,
 * whatever happens. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * Reads @stream to its end into DIRECTORY/NAME.part, which then is synced and renamed to NAME. All
 * that waits for the disk is done in threads.
 * @expected: bytes, -1 when that is not known
 * @floor: bytes that stay free on the disk
 *
 * Finish: bytes, -1 with @error: STORAGE (the disk), TOO_LARGE (more than 1 GiB), NOT_FOUND (it is
 * empty), TIMED_OUT (nothing came any more), G_IO_ERROR_PARTIAL_INPUT (it ends early),
 * G_IO_ERROR_CANCELLED. Then nothing of it is left.
 */
void tyto_segment_file_save_async (GInputStream *stream, const char *directory, const char *name,
                                   gint64 expected, guint64 floor, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
gint64 tyto_segment_file_save_finish (GAsyncResult *result, GError **error);

G_END_DECLS
