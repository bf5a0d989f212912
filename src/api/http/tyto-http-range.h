/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-range.h: byte ranges (RFC 9110, section 14). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  TYTO_HTTP_RANGE_WHOLE,         /* none, or one to be ignored: another unit, malformed, several */
  TYTO_HTTP_RANGE_PART,          /* one range of the file */
  TYTO_HTTP_RANGE_UNSATISFIABLE, /* 416: it begins behind the end */
} TytoHttpRangeKind;

/* Reads the header's @value (nullable) for a file of @size bytes. @first, @last: (out): the part,
 * last byte included; of the whole file when it is WHOLE. */
TytoHttpRangeKind
tyto_http_range_parse (const char *value, guint64 size, guint64 *first, guint64 *last);

G_END_DECLS
