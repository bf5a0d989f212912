/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcameraaccessunit.h"

#include "camera/lean/gstcameradepayformat.h"

#include <string.h>

#define LENGTH_SIZE 4
#define SMALLEST    2048 /* bytes: a packet and some */
#define SLACK       256  /* bytes not worth to be given back */

/* FALSE when it would be too large. */
static gboolean
reserve (GstCameraAccessUnit *self, gsize more)
{
  gsize needed = self->size + more;

  if (needed <= self->capacity)
    return TRUE;
  if (needed > GST_CAMERA_UNIT_MAX)
    return FALSE;
  self->capacity = MAX (needed, MIN (self->capacity + self->capacity / 2, GST_CAMERA_UNIT_MAX));
  self->data = g_realloc (self->data, self->capacity);
  return TRUE;
}

void
gst_camera_access_unit_open (GstCameraAccessUnit *self, gboolean key)
{
  gsize expected = MAX (self->expected[key ? 1 : 0], SMALLEST);

  if (self->capacity < expected) {
    self->data = g_realloc (self->data, expected);
    self->capacity = expected;
  }
  self->open = reserve (self, LENGTH_SIZE);
  if (!self->open)
    return;
  self->nal = self->size;
  self->size += LENGTH_SIZE;
}

gboolean
gst_camera_access_unit_append (GstCameraAccessUnit *self, const guint8 *data, gsize size)
{
  if (!self->open)
    return FALSE;
  if (!reserve (self, size)) {
    gst_camera_access_unit_drop (self);
    return FALSE;
  }
  memcpy (self->data + self->size, data, size);
  self->size += size;
  return TRUE;
}

guint8 *
gst_camera_access_unit_peek (const GstCameraAccessUnit *self, gsize *size)
{
  *size = self->size - self->nal - LENGTH_SIZE;
  return self->data + self->nal + LENGTH_SIZE;
}

void
gst_camera_access_unit_cut (GstCameraAccessUnit *self, gsize size)
{
  self->size = self->nal + LENGTH_SIZE + size;
}

void
gst_camera_access_unit_close (GstCameraAccessUnit *self)
{
  guint32 length = GUINT32_TO_BE ((guint32) (self->size - self->nal - LENGTH_SIZE));

  memcpy (self->data + self->nal, &length, sizeof length);
  self->open = FALSE;
}

void
gst_camera_access_unit_drop (GstCameraAccessUnit *self)
{
  if (self->open)
    self->size = self->nal;
  self->open = FALSE;
}

GstBuffer *
gst_camera_access_unit_take (GstCameraAccessUnit *self, gboolean key)
{
  gsize *expected = &self->expected[key ? 1 : 0];
  GstBuffer *buffer;

  *expected = MAX (self->size + self->size / 8, *expected - *expected / 16);
  if (self->capacity - self->size > SLACK)
    self->data = g_realloc (self->data, self->size); /* shrinks where it is */
  buffer = gst_buffer_new_wrapped (g_steal_pointer (&self->data), self->size);
  self->size = self->capacity = 0;
  self->open = FALSE;
  return buffer;
}

void
gst_camera_access_unit_clear (GstCameraAccessUnit *self)
{
  g_clear_pointer (&self->data, g_free);
  self->size = self->capacity = 0;
  self->open = FALSE;
}
