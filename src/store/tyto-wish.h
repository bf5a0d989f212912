/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-wish.h: an interval in which a stream was to be recorded. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define TYTO_TYPE_WISH (tyto_wish_get_type ())

/**
 * TytoWish: a reference-counted record.
 * @start_us, @end_us: µs since the Unix epoch; @end_us is -1 while it lasts
 */
typedef struct {
  char *camera;
  char *stream;
  gint64 start_us;
  gint64 end_us;
} TytoWish;

GType tyto_wish_get_type (void);
TytoWish *tyto_wish_new (const char *camera, const char *stream, gint64 start_us, gint64 end_us);
TytoWish *tyto_wish_ref (TytoWish *self);
void tyto_wish_unref (TytoWish *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoWish, tyto_wish_unref)

G_END_DECLS
