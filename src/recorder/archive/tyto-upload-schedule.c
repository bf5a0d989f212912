/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-upload-schedule.h"

#define FIRST_DELAY (5 * G_TIME_SPAN_SECOND)
#define DOUBLINGS   4 /* up to 80 s */
#define JITTER      0.1

gint64
tyto_upload_schedule_delay (guint tries, double chance)
{
  gint64 delay = FIRST_DELAY << MIN (MAX (tries, 1) - 1, DOUBLINGS);

  return delay + (gint64) (delay * JITTER * (2 * chance - 1));
}

gboolean
tyto_upload_breaker_is_open (const TytoUploadBreaker *self)
{
  return self->open_until_us != 0;
}

gboolean
tyto_upload_breaker_try (TytoUploadBreaker *self, gint64 now_us)
{
  if (!tyto_upload_breaker_is_open (self))
    return TRUE;
  if (self->probing || now_us < self->open_until_us)
    return FALSE;
  self->probing = TRUE;
  return TRUE;
}

gboolean
tyto_upload_breaker_succeeded (TytoUploadBreaker *self)
{
  gboolean was_open = tyto_upload_breaker_is_open (self);

  *self = (TytoUploadBreaker){ 0 };
  return was_open;
}

gboolean
tyto_upload_breaker_failed (TytoUploadBreaker *self, gint64 now_us, double chance)
{
  gboolean was_open = tyto_upload_breaker_is_open (self);

  /* Those that were under way when it opened say nothing new. */
  if (was_open && !self->probing)
    return FALSE;
  self->probing = FALSE;
  self->failures++;
  if (self->failures < TYTO_UPLOAD_BREAKER_FAILURES)
    return FALSE;
  self->open_until_us
      = now_us
        + tyto_upload_schedule_delay (self->failures - TYTO_UPLOAD_BREAKER_FAILURES + 1, chance);
  return !was_open;
}

void
tyto_upload_breaker_unknown (TytoUploadBreaker *self)
{
  self->probing = FALSE;
}

void
tyto_upload_breaker_hurry (TytoUploadBreaker *self, gint64 now_us)
{
  if (tyto_upload_breaker_is_open (self))
    self->open_until_us = MAX (now_us, 1);
}
