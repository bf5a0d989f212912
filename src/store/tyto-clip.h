/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-clip.h: a time range of a camera, or of a broadcast, that is kept beyond its retention: of a
 * broadcast, the whole of it. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_CLIP (tyto_clip_get_type ())

/**
 * TytoClip: a reference-counted record; do not change it once it is shared.
 * @id: a UUID; @name: for people, may be empty
 * @camera: its camera, "" when it is of a broadcast; @broadcast: that, "" when it is of a camera
 * @start_us, @end_us, @created_us: µs since the Unix epoch; the range is [start, end)
 */
typedef struct {
  char *id;
  char *camera;
  char *broadcast;
  char *name;
  gint64 start_us;
  gint64 end_us;
  gint64 created_us;
} TytoClip;

GType tyto_clip_get_type (void);
TytoClip *tyto_clip_new (const char *camera, const char *name, gint64 start_us, gint64 end_us);
/* The same of a broadcast (its id). */
TytoClip *tyto_clip_new_of_broadcast (const char *broadcast, const char *name, gint64 start_us,
                                      gint64 end_us);
TytoClip *tyto_clip_ref (TytoClip *self);
void tyto_clip_unref (TytoClip *self);

/* As the API shows it (a{sv}, floating): id, camera or broadcast, name, start, end, duration (s),
 * created. */
GVariant *tyto_clip_to_variant (const TytoClip *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoClip, tyto_clip_unref)

G_END_DECLS
