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
 * When to run next: the first run after the last one. One that was missed while nobody ran is made
 * up, but not before @earliest_us.
 * @last_us: when the last daily run began; -1 when there never was one: nothing was missed
 * @earliest_us: some minutes after the start; @now_us: for a first run
 */
gint64 tyto_retention_schedule_due (guint minutes, GTimeZone *zone, gint64 last_us,
                                    gint64 earliest_us, gint64 now_us);

G_END_DECLS
