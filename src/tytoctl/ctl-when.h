/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-when.h: points in time as people give and read them; a time zone exists only here. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * Reads a point in time: RFC 3339 or seconds since the epoch (tyto_time_parse()); `now`; `today`
 * and `yesterday` (midnight in @zone); `HH:MM` or `HH:MM:SS` (today in @zone); `YYYY-MM-DD`
 * (midnight in @zone), `YYYY-MM-DD HH:MM[:SS]` (in @zone); or back from now: `-1h`, `-1h30m`,
 * `-2d`, `-90s`, `-1w`.
 * @now_us: what "now" is, µs since the Unix epoch
 * @wall_us: (out): µs since the Unix epoch
 * TYTO_ERROR_INVALID_ARGUMENT with examples as the hint.
 */
gboolean
ctl_when_parse (const char *text, gint64 now_us, GTimeZone *zone, gint64 *wall_us, GError **error);

/* @rfc3339 as `2026-11-21 02:08:00` in the local zone; itself when it cannot be read, "–" for NULL
 * or "". (transfer full) */
char *ctl_when_to_local (const char *rfc3339);

/* Time from @rfc3339 until now for people, "–" for NULL or "". (transfer full) */
char *ctl_when_age (const char *rfc3339);

G_END_DECLS
