/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-run.h"

G_DEFINE_BOXED_TYPE (TytoRun, tyto_run, tyto_run_ref, tyto_run_unref)

TytoRun *
tyto_run_new (const char *id, const char *camera, const char *stream, gint64 start_us)
{
  TytoRun *self = g_atomic_rc_box_new0 (TytoRun);

  self->id = g_strdup (id);
  self->camera = g_strdup (camera);
  self->stream = g_strdup (stream);
  self->start_us = start_us;
  self->end_us = -1;
  self->end_reason = g_strdup ("");
  self->transport = g_strdup ("");
  self->video_codec = g_strdup ("");
  self->audio_codec = g_strdup ("");
  return self;
}

TytoRun *
tyto_run_ref (TytoRun *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  TytoRun *self = data;

  g_free (self->id);
  g_free (self->camera);
  g_free (self->stream);
  g_free (self->end_reason);
  g_free (self->transport);
  g_free (self->video_codec);
  g_free (self->audio_codec);
}

void
tyto_run_unref (TytoRun *self)
{
  g_atomic_rc_box_release_full (self, clear);
}
