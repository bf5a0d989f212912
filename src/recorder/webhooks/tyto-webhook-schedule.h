/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-webhook-schedule.h: when a delivery that failed is tried again, by the schedule that
 * Standard Webhooks suggests: 5 s, 5 min, 30 min, 2, 5, 10, 14, 20 and 24 h after the failure
 * before; some 76 h in all. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TYTO_WEBHOOK_TRIES 10
/* Rows of a webhook wait for one another: whatever its tries, nothing waits longer. */
#define TYTO_WEBHOOK_MAX_AGE_US (4 * G_TIME_SPAN_DAY)

/**
 * The wait in µs after failure number @tries (from 1); -1: it is given up.
 * @age_us: since the message was made
 * @retry_after_s: the receiver's own wish (Retry-After; RFC 9110, section 10.2.3), -1 for none;
 * more than a day is a day
 * @chance: in [0, 1): spreads the wait over ±10 %
 */
gint64
tyto_webhook_schedule_delay (guint tries, gint64 age_us, gint64 retry_after_s, double chance);

/**
 * For how many µs after its failure number @failures in a row a webhook is sent nothing at all, so
 * that a queue of many is not tried through against a receiver that is down: what the delivery
 * itself waits the first time, then 10 s, 20 s … 5 min.
 * @delay_us, @retry_after_s: of the delivery that failed, as above
 */
gint64 tyto_webhook_schedule_hold (guint failures, gint64 delay_us, gint64 retry_after_s);

G_END_DECLS
