/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-media-unit.h"

const char *
tyto_media_codec_to_string (TytoMediaCodec codec)
{
  static const char *const names[] = { "h264", "h265", "aac", "mp3", "ac3", "eac3", "opus" };

  return codec < G_N_ELEMENTS (names) ? names[codec] : "other";
}

TytoMediaEntry *
tyto_media_entry_new (TytoMediaCodec codec, gboolean video, GBytes *box)
{
  TytoMediaEntry *self = g_atomic_rc_box_new0 (TytoMediaEntry);

  self->codec = codec;
  self->video = video;
  self->box = g_bytes_ref (box);
  return self;
}

TytoMediaEntry *
tyto_media_entry_ref (TytoMediaEntry *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (TytoMediaEntry *self)
{
  g_bytes_unref (self->box);
}

void
tyto_media_entry_unref (TytoMediaEntry *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) clear);
}

gboolean
tyto_media_entry_equal (const TytoMediaEntry *a, const TytoMediaEntry *b)
{
  return a == b || g_bytes_equal (a->box, b->box);
}
