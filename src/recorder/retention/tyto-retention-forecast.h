/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-retention-forecast.h: whether a disk can hold what was promised, and when it will be full.
 * Plain sums over what is recorded a day, asks nobody.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TytoForecastCamera: one camera on one disk.
 * @day_bytes: what comes a day
 * @stay_days: how long each byte stays on this disk; INFINITY = for ever
 * @limit_bytes: what it may have there at most; 0 = no limit
 * @held_days: the age of its oldest recording there
 * @fits_days: (out): how many days of it the disk holds, at most @stay_days
 */
typedef struct {
  guint64 day_bytes;
  double stay_days;
  guint64 limit_bytes;
  double held_days;
  double fits_days;
} TytoForecastCamera;

/**
 * TytoForecastDisk:
 * @room_bytes: what recordings may take of it in all: what they take now and what is free above the
 * floor
 * @free_bytes: free above the floor
 * @holds_days: (out): days of all cameras that fit at once; INFINITY when all that is promised does
 * @full_in_days: (out): until nothing is free, as things go now; INFINITY when it does not fill up
 */
typedef struct {
  guint64 room_bytes;
  guint64 free_bytes;
  double holds_days;
  double full_in_days;
} TytoForecastDisk;

/* What of the promise fits: the disk is shared by age, as deleting the oldest of all would. */
void tyto_retention_forecast (TytoForecastDisk *disk, TytoForecastCamera *cameras, guint n_cameras);

/* What comes a day, where @bytes came since @first_us (-1: nothing did) and within the last 24
 * hours before @now_us. 0 when it is too little to tell: less than an hour. */
guint64 tyto_retention_forecast_day_bytes (guint64 bytes, gint64 first_us, gint64 now_us);

G_END_DECLS
