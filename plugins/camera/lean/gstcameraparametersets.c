/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcameraparametersets.h"

#include <string.h>

static void
clear_set (gpointer data)
{
  g_bytes_unref (((GstCameraParameterSet *) data)->nal);
}

void
gst_camera_parameter_sets_init (GstCameraParameterSets *self)
{
  self->sets = g_array_new (FALSE, FALSE, sizeof (GstCameraParameterSet));
  g_array_set_clear_func (self->sets, clear_set);
  self->latest = 0;
}

void
gst_camera_parameter_sets_clear (GstCameraParameterSets *self)
{
  g_clear_pointer (&self->sets, g_array_unref);
}

/* Where it is, or would be. */
static guint
find (const GstCameraParameterSets *self, guint type, guint id, gboolean *found)
{
  guint at = 0;

  *found = FALSE;
  for (; at < self->sets->len; at++) {
    const GstCameraParameterSet *set = &g_array_index (self->sets, GstCameraParameterSet, at);

    if (set->type < type || (set->type == type && set->id < id))
      continue;
    *found = set->type == type && set->id == id;
    break;
  }
  return at;
}

gboolean
gst_camera_parameter_sets_put (GstCameraParameterSets *self, guint type, guint id,
                               const guint8 *nal, gsize size)
{
  GstCameraParameterSet set = { .type = type, .id = id };
  gboolean found;
  guint at = find (self, type, id, &found);

  if (found) {
    GstCameraParameterSet *old = &g_array_index (self->sets, GstCameraParameterSet, at);

    if (g_bytes_get_size (old->nal) == size
        && memcmp (g_bytes_get_data (old->nal, NULL), nal, size) == 0)
      return FALSE;
    g_bytes_unref (old->nal);
    old->nal = g_bytes_new (nal, size);
    return TRUE;
  }
  set.nal = g_bytes_new (nal, size);
  g_array_insert_val (self->sets, at, set);
  return TRUE;
}

GBytes *
gst_camera_parameter_sets_get (const GstCameraParameterSets *self, guint type, guint id)
{
  gboolean found;
  guint at = find (self, type, id, &found);

  return found ? g_array_index (self->sets, GstCameraParameterSet, at).nal : NULL;
}

guint
gst_camera_parameter_sets_write (const GstCameraParameterSets *self, guint type, guint max,
                                 GByteArray *to)
{
  guint written = 0;

  for (guint i = 0; i < self->sets->len && written < max; i++) {
    const GstCameraParameterSet *set = &g_array_index (self->sets, GstCameraParameterSet, i);
    gsize size;
    const guint8 *nal = g_bytes_get_data (set->nal, &size);
    guint16 length = GUINT16_TO_BE ((guint16) size);

    if (set->type != type)
      continue;
    g_byte_array_append (to, (const guint8 *) &length, sizeof length);
    g_byte_array_append (to, nal, (guint) size);
    written++;
  }
  return written;
}

void
gst_camera_parameter_sets_read_sdp (const gchar *base64,
                                    void (*take) (gpointer owner, const guint8 *nal, gsize size),
                                    gpointer owner)
{
  g_auto (GStrv) words = NULL;

  if (base64 == NULL)
    return;
  words = g_strsplit (base64, ",", -1);
  for (guint i = 0; words[i] != NULL; i++) {
    gsize size = 0;
    g_autofree guint8 *nal = g_base64_decode (words[i], &size);

    if (nal != NULL && size > 0)
      take (owner, nal, size);
  }
}
