/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-catalogue-cursor.h: the opaque text that says where a page of rows ended (keyset
 * pagination). Inside src/store only. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @kind: 's' for segments, 'g' for gaps, 'b' for broadcasts: the one's cursor is refused for the
 * other.
 * @start_us, @id: of the last row of the page. base64url (RFC 4648, section 5) without padding.
 * (transfer full) */
char *tyto_catalogue_cursor_new (char kind, gint64 start_us, const char *id);

/* TYTO_ERROR_INVALID_ARGUMENT when @cursor is not one of ours. @id: (out) (transfer full) */
gboolean tyto_catalogue_cursor_read (const char *cursor, char kind, gint64 *start_us, char **id,
                                     GError **error);

G_END_DECLS
