/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-name-order.h: what the names of segments tell where no playlist does. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As strcmp(), but runs of digits by their value: "a9" is before "a10". */
int tyto_name_compare (const char *a, const char *b);

/* @name with each run of digits as "#": segments of one rendition share it. (transfer full) */
char *tyto_name_pattern (const char *name);

/* The last run of digits in @name, but for its extension; FALSE when there is none (or it is larger
 * than 18 digits). */
gboolean tyto_name_number (const char *name, guint64 *number);

/* What stands behind the last "/"; with it, what is before. */
const char *tyto_name_base (const char *name);
char *tyto_name_folder (const char *name); /* "" for none. (transfer full) */

/* Whether it is called as media segments are: .ts .m4s .mp4 .aac … */
gboolean tyto_name_is_segment (const char *name);
/* The extension of the file that @name is kept in. (transfer none) */
const char *tyto_name_extension (const char *name);

G_END_DECLS
