/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-thumbnail-schedule.h"

/* 2^32 by the golden ratio: ids that differ by their last digit come out far apart, and many of
 * them even (Knuth, TAOCP 3, 6.4). */
#define GOLDEN 2654435769u

void
tyto_thumbnail_schedule_init (TytoThumbnailSchedule *self, const char *camera, guint interval_s)
{
  guint32 fraction = (guint32) g_str_hash (camera) * GOLDEN;

  *self = (TytoThumbnailSchedule){ .interval_us = interval_s * G_USEC_PER_SEC };
  self->phase_us = (gint64) ((guint64) fraction * interval_s * (G_USEC_PER_SEC / 64) >> 26);
}

gboolean
tyto_thumbnail_schedule_is_due (const TytoThumbnailSchedule *self, gint64 now_us)
{
  return self->interval_us > 0 && now_us >= self->due_us;
}

void
tyto_thumbnail_schedule_begun (TytoThumbnailSchedule *self, gint64 now_us)
{
  /* After one out of turn the next is not wanted within half an interval. */
  gint64 earliest = self->due_us == 0 ? now_us + self->interval_us / 2 : now_us;
  gint64 within = (earliest - self->phase_us) % self->interval_us;

  self->due_us = earliest - within + (within >= 0 ? self->interval_us : 0);
}

void
tyto_thumbnail_schedule_made (TytoThumbnailSchedule *self)
{
  self->failures = 0;
}

gboolean
tyto_thumbnail_schedule_failed (TytoThumbnailSchedule *self)
{
  if (++self->failures > TYTO_THUMBNAIL_RETRIES)
    return TRUE;
  self->due_us = 0;
  return FALSE;
}
