/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcamerareorder.h"

/* A jump back further than any reordering is a new time base. */
#define JUMP (2 * GST_SECOND)

void
gst_camera_reorder_init (GstCameraReorder *self)
{
  self->n_latest = self->depth = 0;
  self->last = GST_CLOCK_TIME_NONE;
}

/* Inserts @pts; returns how many of those kept are later. */
static guint
insert (GstCameraReorder *self, GstClockTime pts)
{
  guint later = 0;

  while (later < self->n_latest && self->latest[later] > pts)
    later++;
  if (self->n_latest < G_N_ELEMENTS (self->latest))
    self->n_latest++;
  for (guint i = self->n_latest - 1; i > later; i--)
    self->latest[i] = self->latest[i - 1];
  if (later < self->n_latest)
    self->latest[later] = pts;
  return later;
}

GstClockTime
gst_camera_reorder_next (GstCameraReorder *self, GstClockTime pts)
{
  GstClockTime dts;
  guint later;

  if (self->n_latest > 0 && self->latest[0] > pts + JUMP)
    self->n_latest = 0;
  later = insert (self, pts);
  self->depth = MAX (self->depth, MIN (later, GST_CAMERA_REORDER_MAX));

  dts = MIN (self->latest[MIN (self->depth, self->n_latest - 1)], pts);
  if (GST_CLOCK_TIME_IS_VALID (self->last) && dts <= self->last)
    dts = self->last + GST_CAMERA_REORDER_TICK;
  self->last = dts;
  return dts;
}
