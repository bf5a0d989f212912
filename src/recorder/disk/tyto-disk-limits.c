/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/disk/tyto-disk-limits.h"

/* How much better than its limit a disk must be for a state to end. */
#define PERCENT_BACK  1.0
#define FLOOR_BACK(x) ((x) + (x) / 50)

/* Reclaiming begins before the floor is reached: at that moment workers pause. */
#define NEAR_FLOOR(x) ((x) + (x) / 4)

guint64
tyto_disk_limits_get_floor (const TytoDiskLimits *self, guint64 total)
{
  return MAX (self->floor_bytes, total / 100 * self->floor_percent);
}

double
tyto_disk_usage_get_percent (const TytoDiskUsage *usage)
{
  guint64 all = usage->used + usage->free;

  return all > 0 ? 100.0 * (double) usage->used / (double) all : 0;
}

TytoDiskState
tyto_disk_limits_judge (const TytoDiskLimits *self, const TytoDiskUsage *usage,
                        TytoDiskState before)
{
  guint64 floor = tyto_disk_limits_get_floor (self, usage->total);
  double percent = tyto_disk_usage_get_percent (usage);

  if (usage->total == 0) /* not asked yet */
    return TYTO_DISK_OK;
  if (usage->free < (before == TYTO_DISK_FULL ? FLOOR_BACK (floor) : floor))
    return TYTO_DISK_FULL;
  if (percent >= self->critical_percent - (before >= TYTO_DISK_CRITICAL ? PERCENT_BACK : 0))
    return TYTO_DISK_CRITICAL;
  if (percent >= self->warn_percent - (before >= TYTO_DISK_WARNING ? PERCENT_BACK : 0))
    return TYTO_DISK_WARNING;
  return TYTO_DISK_OK;
}

guint64
tyto_disk_limits_get_shortage (const TytoDiskLimits *self, const TytoDiskUsage *usage)
{
  guint64 floor = tyto_disk_limits_get_floor (self, usage->total);

  if (usage->total == 0 || usage->free >= NEAR_FLOOR (floor))
    return 0;
  return 2 * floor - usage->free;
}

const char *
tyto_disk_state_to_string (TytoDiskState state)
{
  static const char *const names[] = { "ok", "warning", "critical", "full" };

  return names[state];
}
