/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-id.h: identifiers of cameras, runs and segments. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Whether @id is a camera id: `[A-Za-z0-9_-]{1,64}` (a UUID, RFC 9562, is one). NULL is not. */
gboolean tyto_id_is_valid (const char *id);

/* Like tyto_id_is_valid(), but says why not: TYTO_ERROR_INVALID_ARGUMENT. */
gboolean tyto_id_check (const char *id, GError **error);

/* A new run id: UTC start and 48 random bits, `20261121T020800Z-4f2a9c01d3e7`: sorts by time,
 * unique over recorders.
 * @wall_us: µs since the Unix epoch. (transfer full) */
char *tyto_run_id_new (gint64 wall_us);

/* The id of segment number @sequence of @run: `RUN.000001`; the same whoever computes it. (transfer
 * full) */
char *tyto_segment_id_new (const char *run, guint64 sequence);

G_END_DECLS
