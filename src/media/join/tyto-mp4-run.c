/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-mp4-run.h"

/* 8.8.8.1 */
#define DATA_OFFSET        0x000001
#define FIRST_FLAGS        0x000004
#define DURATION           0x000100
#define SIZE               0x000200
#define FLAGS              0x000400
#define COMPOSITION_OFFSET 0x000800
#define OF_EACH            (DURATION | SIZE | FLAGS | COMPOSITION_OFFSET)

gboolean
tyto_mp4_run_begin (TytoMp4Run *self, TytoMediaCursor trun, gboolean *has_offset, gint32 *offset)
{
  guint32 told = tyto_media_cursor_u32 (&trun);
  guint32 count = tyto_media_cursor_u32 (&trun);

  *has_offset = (told & DATA_OFFSET) != 0;
  *offset = *has_offset ? (gint32) tyto_media_cursor_u32 (&trun) : 0;
  self->has_first_flags = (told & FIRST_FLAGS) != 0;
  if (self->has_first_flags)
    self->first_flags = tyto_media_cursor_u32 (&trun);
  self->told = told & OF_EACH;
  self->left = trun.failed ? 0 : count;
  self->trun = trun;
  return !trun.failed;
}

gboolean
tyto_mp4_run_next (TytoMp4Run *self, TytoMp4RunSample *sample)
{
  TytoMediaCursor *trun = &self->trun;

  if (self->left == 0)
    return FALSE;
  *sample = (TytoMp4RunSample){ .offset = self->offset,
                                .dts = self->dts,
                                .duration = self->duration,
                                .size = self->size,
                                .flags = self->has_first_flags ? self->first_flags : self->flags };
  if (self->told & DURATION)
    sample->duration = tyto_media_cursor_u32 (trun);
  if (self->told & SIZE)
    sample->size = tyto_media_cursor_u32 (trun);
  if (self->told & FLAGS)
    sample->flags = tyto_media_cursor_u32 (trun);
  if (self->told & COMPOSITION_OFFSET) /* signed in all versions, as all write it */
    sample->composition = (gint32) tyto_media_cursor_u32 (trun);
  if (trun->failed) {
    self->left = 0;
    return FALSE;
  }
  self->has_first_flags = FALSE;
  self->left--;
  self->offset += sample->size;
  self->dts += sample->duration;
  sample->more = self->told == 0 ? self->left : 0;
  return TRUE;
}

guint32
tyto_mp4_run_skip (TytoMp4Run *self, const TytoMp4RunSample *sample)
{
  guint32 more = MIN (sample->more, self->left);

  /* Both are below 2^64, and what is too far away is not used. */
  self->offset += (guint64) more * sample->size;
  self->dts += (guint64) more * sample->duration;
  self->left -= more;
  return more;
}
