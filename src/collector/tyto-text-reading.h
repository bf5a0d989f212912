/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-text-reading.h: reads a playlist out of an answer. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* All of @stream, at most 4 MiB (else TYTO_ERROR_TOO_LARGE); a stream that breaks off is
 * UNAVAILABLE. Finish: (transfer full) */
void tyto_text_reading_async (GInputStream *stream, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
GBytes *tyto_text_reading_finish (GAsyncResult *result, GError **error);

G_END_DECLS
