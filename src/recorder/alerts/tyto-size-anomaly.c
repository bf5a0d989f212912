/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/alerts/tyto-size-anomaly.h"

#include <stdlib.h>
#include <string.h>

#define MIN_DURATION 1.0

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
get_median (const TytoSizeAnomaly *self)
{
  double sorted[TYTO_SIZE_ANOMALY_KEPT];

  memcpy (sorted, self->rates, self->n * sizeof sorted[0]);
  qsort (sorted, self->n, sizeof sorted[0], compare);
  return (sorted[(self->n - 1) / 2] + sorted[self->n / 2]) / 2;
}

static TytoSizeVerdict
compare_with_median (const TytoSizeAnomaly *self, double rate, double *median)
{
  if (self->n < TYTO_SIZE_ANOMALY_LEAST)
    return TYTO_SIZE_UNKNOWN;
  *median = get_median (self);
  if (rate * TYTO_SIZE_ANOMALY_RATIO < *median)
    return TYTO_SIZE_SMALL;
  return rate > *median * TYTO_SIZE_ANOMALY_RATIO ? TYTO_SIZE_LARGE : TYTO_SIZE_NORMAL;
}

TytoSizeVerdict
tyto_size_anomaly_judge (TytoSizeAnomaly *self, guint64 bytes, double duration, double *rate,
                         double *median)
{
  TytoSizeVerdict verdict;

  if (duration < MIN_DURATION)
    return TYTO_SIZE_UNKNOWN;
  *rate = (double) bytes / duration;
  verdict = compare_with_median (self, *rate, median);
  self->rates[self->next] = *rate;
  self->next = (self->next + 1) % TYTO_SIZE_ANOMALY_KEPT;
  self->n = MIN (self->n + 1, TYTO_SIZE_ANOMALY_KEPT);
  return verdict;
}
