/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-hls-attributes.h: the values of a playlist's tags (RFC 8216, 4.2). Inside src/media/hls
 * only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Attribute @name of the attribute list @list, without the quotes of a quoted-string. NULL: it is
 * not there. (transfer full) */
char *tyto_hls_attribute (const char *list, const char *name);

/* A decimal-integer at *@text up to @max; *@text is moved behind it. */
gboolean tyto_hls_take_integer (const char **text, guint64 max, guint64 *value);

/* A whole text that is a decimal-integer up to @max. */
gboolean tyto_hls_read_integer (const char *text, guint64 max, guint64 *value);

/* A decimal number of seconds at *@text, as µs; what is finer is cut off. */
gboolean tyto_hls_take_seconds (const char **text, gint64 *us);

/* "1280x720" */
gboolean tyto_hls_read_resolution (const char *text, guint *width, guint *height);

/* "LENGTH[@OFFSET]" of bytes (4.3.2.2). @offset: -1 when it is not told. */
gboolean tyto_hls_read_range (const char *text, gint64 *length, gint64 *offset);

/* ISO 8601 with a time zone, as ffmpeg writes it too (+0000). µs since the epoch, not before it. */
gboolean tyto_hls_read_date (const char *text, gint64 *us);

G_END_DECLS
