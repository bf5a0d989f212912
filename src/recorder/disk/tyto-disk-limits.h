/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-disk-limits.h: how full a disk may be: plain sums, asks nobody. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* In rising order of trouble. FULL: below the floor, where nothing more is recorded. */
typedef enum {
  TYTO_DISK_OK,
  TYTO_DISK_WARNING,
  TYTO_DISK_CRITICAL,
  TYTO_DISK_FULL,
} TytoDiskState;

/**
 * TytoDiskLimits:
 * @floor_bytes, @floor_percent: space that is to stay free, the larger of the two; percent of the
 * disk's size; 0: none
 * @warn_percent, @critical_percent: of the space that users have, 1–100
 */
typedef struct {
  guint64 floor_bytes;
  guint floor_percent;
  guint warn_percent;
  guint critical_percent;
} TytoDiskLimits;

/**
 * TytoDiskUsage: bytes, as statvfs(3) tells them.
 * @free: that may be written by anybody (f_bavail)
 * @used: f_blocks less f_bfree; what is reserved for root is in neither
 * @total: f_blocks
 */
typedef struct {
  guint64 free;
  guint64 used;
  guint64 total;
} TytoDiskUsage;

/* Bytes that are to stay free on a disk of @total bytes. */
guint64 tyto_disk_limits_get_floor (const TytoDiskLimits *self, guint64 total);

/* As df(1): used of used and free, in percent, 0–100. */
double tyto_disk_usage_get_percent (const TytoDiskUsage *usage);

/* What @usage means. @before: what was said last: a state is left only when the disk is a little
 * better than its limit, so that it does not come and go at the limit itself. */
TytoDiskState tyto_disk_limits_judge (const TytoDiskLimits *self, const TytoDiskUsage *usage,
                                      TytoDiskState before);

/* Bytes to reclaim so that twice the floor is free: 0 unless the floor is near or passed. */
guint64 tyto_disk_limits_get_shortage (const TytoDiskLimits *self, const TytoDiskUsage *usage);

/* "ok", "warning", "critical" or "full". */
const char *tyto_disk_state_to_string (TytoDiskState state);

G_END_DECLS
