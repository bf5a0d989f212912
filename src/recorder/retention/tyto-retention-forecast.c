/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-retention-forecast.h"

#include <math.h>

#define DAY_US  (24 * 3600 * (gint64) G_USEC_PER_SEC)
#define HOUR_US (3600 * (gint64) G_USEC_PER_SEC)

/* Days after which nothing more is added: it is deleted or moved on. */
static double
saturation_days (const TytoForecastCamera *camera)
{
  double limit_days = INFINITY;

  if (camera->limit_bytes > 0 && camera->day_bytes > 0)
    limit_days = (double) camera->limit_bytes / (double) camera->day_bytes;
  return MIN (camera->stay_days, limit_days);
}

/* Bytes of all cameras when the oldest recording is @days old. */
static double
bytes_at (const TytoForecastCamera *cameras, guint n, double days)
{
  double bytes = 0;

  for (guint i = 0; i < n; i++) {
    if (cameras[i].day_bytes > 0)
      bytes += (double) cameras[i].day_bytes * MIN (days, saturation_days (&cameras[i]));
  }
  return bytes;
}

/* The age at which @room is taken; INFINITY when it never is. */
static double
find_age (const TytoForecastCamera *cameras, guint n, double room)
{
  double days = 0, taken = 0;

  /* From one camera's saturation to the next, all that still grow grow evenly. */
  for (;;) {
    double rate = 0, next = INFINITY;

    for (guint i = 0; i < n; i++) {
      double saturation = saturation_days (&cameras[i]);

      if (cameras[i].day_bytes == 0 || saturation <= days)
        continue;
      rate += (double) cameras[i].day_bytes;
      next = MIN (next, saturation);
    }
    if (rate <= 0)
      return INFINITY;
    if (isinf (next) || taken + rate * (next - days) > room)
      return days + (room - taken) / rate;
    days = next;
    taken = bytes_at (cameras, n, days);
  }
}

void
tyto_retention_forecast (TytoForecastDisk *disk, TytoForecastCamera *cameras, guint n_cameras)
{
  double growth = 0;

  disk->holds_days = find_age (cameras, n_cameras, (double) disk->room_bytes);
  for (guint i = 0; i < n_cameras; i++) {
    cameras[i].fits_days = MIN (cameras[i].stay_days, disk->holds_days);
    if (cameras[i].held_days < saturation_days (&cameras[i]))
      growth += (double) cameras[i].day_bytes;
  }
  disk->full_in_days
      = growth > 0 && !isinf (disk->holds_days) ? (double) disk->free_bytes / growth : INFINITY;
}

guint64
tyto_retention_forecast_day_bytes (guint64 bytes, gint64 first_us, gint64 now_us)
{
  gint64 since_us = now_us - first_us;

  if (first_us < 0 || since_us < HOUR_US)
    return 0;
  if (since_us >= DAY_US)
    return bytes;
  return (guint64) ((double) bytes * (double) DAY_US / (double) since_us);
}
