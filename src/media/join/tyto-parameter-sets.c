/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-nal-codec.h"
#include "media/tyto-mp4-box.h"

#include <string.h>

gboolean
tyto_parameter_sets_put (TytoParameterSets *self, guint id, const guint8 *nal, gsize size)
{
  GBytes **place = &self->nal[id];

  if (*place != NULL && g_bytes_get_size (*place) == size
      && memcmp (g_bytes_get_data (*place, NULL), nal, size) == 0)
    return FALSE;
  g_clear_pointer (place, g_bytes_unref);
  *place = g_bytes_new (nal, size);
  return TRUE;
}

void
tyto_parameter_sets_clear (TytoParameterSets *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->nal); i++)
    g_clear_pointer (&self->nal[i], g_bytes_unref);
}

guint
tyto_parameter_sets_write (const TytoParameterSets *self, guint max, GByteArray *to)
{
  guint written = 0;

  for (guint i = 0; i < G_N_ELEMENTS (self->nal) && written < max; i++) {
    if (self->nal[i] == NULL)
      continue;
    tyto_mp4_put_u16 (to, (guint16) g_bytes_get_size (self->nal[i]));
    tyto_mp4_put_bytes (to, self->nal[i]);
    written++;
  }
  return written;
}
