/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-wish.h"

G_DEFINE_BOXED_TYPE (TytoWish, tyto_wish, tyto_wish_ref, tyto_wish_unref)

TytoWish *
tyto_wish_new (const char *camera, const char *stream, gint64 start_us, gint64 end_us)
{
  TytoWish *self = g_atomic_rc_box_new0 (TytoWish);

  self->camera = g_strdup (camera);
  self->stream = g_strdup (stream);
  self->start_us = start_us;
  self->end_us = end_us;
  return self;
}

TytoWish *
tyto_wish_ref (TytoWish *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  TytoWish *self = data;

  g_free (self->camera);
  g_free (self->stream);
}

void
tyto_wish_unref (TytoWish *self)
{
  g_atomic_rc_box_release_full (self, clear);
}
