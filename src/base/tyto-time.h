/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-time.h: wall-clock time as µs since the Unix epoch, UTC, and its text form (RFC 3339). */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The wall clock now, µs since the Unix epoch. */
gint64 tyto_time_now (void);

/* CLOCK_MONOTONIC now, ns. */
guint64 tyto_time_monotonic_ns (void);

/* @wall_us as `2026-11-21T02:08:00.123Z` (milliseconds, always UTC). (transfer full) */
char *tyto_time_format (gint64 wall_us);

/* Reads RFC 3339 (any offset, any fraction, `T` or space) or a plain number of seconds since the
 * epoch. TYTO_ERROR_INVALID_ARGUMENT with an example when it is neither. */
gboolean tyto_time_parse (const char *text, gint64 *wall_us, GError **error);

/* A duration for people: `12.0 s`, `15 min 00 s`, `2 h 03 min`. (transfer full) */
char *tyto_duration_format (guint64 duration_ns);

G_END_DECLS
