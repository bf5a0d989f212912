/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-retention-schedule.h: when the daily run is due. Asks nobody.
 *
 * One run a day of the calendar of the zone, also on the days on which its clock is set: at a time
 * that the day does not have it runs as soon as the clock was set, at one that it has twice the
 * first time.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* "HH:MM" as minutes from midnight, 0–1439; FALSE when it is none. */
gboolean tyto_retention_schedule_parse (const char *text, guint *minutes);

/* The next run after @after_us, µs since the Unix epoch, by @minutes in @zone. */
gint64 tyto_retention_schedule_next (guint minutes, GTimeZone *zone, gint64 after_us);

/**
 * When to run next: the first run after the last one. One that was missed before the start is made
 * up, @grace_us after it.
 * @last_us: when the last daily run began; -1 when there never was one: nothing was missed
 * @started_us: since when runs are not missed; @now_us: for a first run, and after a clock that was
 * wrong
 */
gint64 tyto_retention_schedule_due (guint minutes, GTimeZone *zone, gint64 last_us,
                                    gint64 started_us, gint64 grace_us, gint64 now_us);

G_END_DECLS
