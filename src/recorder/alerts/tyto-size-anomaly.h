/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-size-anomaly.h: whether a segment has far more or fewer bytes than the camera's last ones.
 *
 * Bytes a second are compared, so that the short segments at a run's start and end do not stand
 * out. The measure is the median of the last 20, the odd ones among them included: what stays odd
 * becomes normal.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TYTO_SIZE_ANOMALY_KEPT  20
#define TYTO_SIZE_ANOMALY_LEAST 5 /* fewer say nothing */
#define TYTO_SIZE_ANOMALY_RATIO 4

/* TytoSizeAnomaly: a plain value, zeroed before use. @rates: bytes/s, a ring. */
typedef struct {
  double rates[TYTO_SIZE_ANOMALY_KEPT];
  guint n;
  guint next;
} TytoSizeAnomaly;

typedef enum {
  TYTO_SIZE_UNKNOWN, /* too short a segment, or too few before it */
  TYTO_SIZE_NORMAL,
  TYTO_SIZE_SMALL,
  TYTO_SIZE_LARGE,
} TytoSizeVerdict;

/**
 * Judges a finished segment and keeps it.
 * @duration: s; of less than 1 s nothing is said
 * @rate, @median: (out): bytes/s, of it and of those before; set unless UNKNOWN
 */
TytoSizeVerdict tyto_size_anomaly_judge (TytoSizeAnomaly *self, guint64 bytes, double duration,
                                         double *rate, double *median);

G_END_DECLS
