/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/webhooks/tyto-webhook-schedule.h"

#define FIRST_HOLD   (5 * G_TIME_SPAN_SECOND)
#define LONGEST_HOLD (5 * G_TIME_SPAN_MINUTE)
#define JITTER       0.1

static const gint64 delays[TYTO_WEBHOOK_TRIES - 1] = {
  5 * G_TIME_SPAN_SECOND, 5 * G_TIME_SPAN_MINUTE, 30 * G_TIME_SPAN_MINUTE,
  2 * G_TIME_SPAN_HOUR,   5 * G_TIME_SPAN_HOUR,   10 * G_TIME_SPAN_HOUR,
  14 * G_TIME_SPAN_HOUR,  20 * G_TIME_SPAN_HOUR,  24 * G_TIME_SPAN_HOUR,
};

static gint64
wished (gint64 retry_after_s)
{
  gint64 seconds = CLAMP (retry_after_s, 0, G_TIME_SPAN_DAY / G_TIME_SPAN_SECOND);

  return seconds * G_TIME_SPAN_SECOND;
}

gint64
tyto_webhook_schedule_delay (guint tries, gint64 age_us, gint64 retry_after_s, double chance)
{
  gint64 delay;

  if (tries >= TYTO_WEBHOOK_TRIES || age_us >= TYTO_WEBHOOK_MAX_AGE_US)
    return -1;
  delay = delays[MAX (tries, 1) - 1];
  delay += (gint64) (delay * JITTER * (2 * chance - 1));
  return MAX (delay, wished (retry_after_s));
}

gint64
tyto_webhook_schedule_hold (guint failures, gint64 delay_us, gint64 retry_after_s)
{
  gint64 hold = FIRST_HOLD;

  for (guint i = 1; i < failures && hold < LONGEST_HOLD; i++)
    hold *= 2;
  hold = MIN (hold, LONGEST_HOLD);
  /* The first failure: the delivery that failed goes first again, so that their order is kept. */
  if (failures <= 1 && delay_us >= 0 && delay_us <= LONGEST_HOLD)
    hold = delay_us;
  return MAX (hold, wished (retry_after_s));
}
