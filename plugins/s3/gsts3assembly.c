/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3/gsts3assembly.h"

#include <string.h>

#define FIRST_ROOM (64 * 1024)

void
gst_s3_assembly_begin (GstS3Assembly *self, gsize limit, guint64 expected)
{
  gst_s3_assembly_clear (self);
  self->limit = limit;
  self->room = (gsize) MIN (expected, limit);
  self->data = g_malloc (self->room);
}

void
gst_s3_assembly_clear (GstS3Assembly *self)
{
  g_clear_pointer (&self->data, g_free);
  self->size = self->room = 0;
}

gsize
gst_s3_assembly_add (GstS3Assembly *self, const guint8 *data, gsize size)
{
  gsize taken = MIN (size, self->limit - self->size);

  if (self->size + taken > self->room) {
    self->room = MAX (MAX (2 * self->room, self->size + taken), FIRST_ROOM);
    self->room = MIN (self->room, self->limit);
    self->data = g_realloc (self->data, self->room);
  }
  if (taken > 0)
    memcpy (self->data + self->size, data, taken);
  self->size += taken;
  return taken;
}

gboolean
gst_s3_assembly_is_full (const GstS3Assembly *self)
{
  return self->size == self->limit;
}

GBytes *
gst_s3_assembly_take (GstS3Assembly *self)
{
  GBytes *block = g_bytes_new_take (g_steal_pointer (&self->data), self->size);

  self->size = self->room = 0;
  return block;
}
