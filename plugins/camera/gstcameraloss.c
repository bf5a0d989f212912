/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcameraloss.h"

#include <string.h>

/* s; a longer way is a jump of the timestamps: by then a silent camera has been given up. */
#define JUMP 10

void
gst_camera_loss_init (GstCameraLoss *self)
{
  *self = (GstCameraLoss){ 0 };
}

static void
learn (GstCameraLoss *self, guint32 distance)
{
  self->distances[self->next] = distance;
  self->next = (self->next + 1) % GST_CAMERA_LOSS_DISTANCES;
  self->n_distances = MIN (self->n_distances + 1, GST_CAMERA_LOSS_DISTANCES);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  guint32 first = *(const guint32 *) a, second = *(const guint32 *) b;

  return first < second ? -1 : first > second;
}

/* The median: one picture that came late or early does not matter. */
static guint32
usual_distance (const GstCameraLoss *self)
{
  guint32 sorted[GST_CAMERA_LOSS_DISTANCES];

  memcpy (sorted, self->distances, sizeof sorted);
  qsort (sorted, self->n_distances, sizeof *sorted, compare);
  return sorted[self->n_distances / 2];
}

/* Pictures that fit between the last one and the one @distance after it. */
static guint
count_between (const GstCameraLoss *self, guint32 distance)
{
  guint32 usual = self->n_distances > 0 ? usual_distance (self) : distance;
  guint fitting = (distance + usual / 2) / usual;

  return fitting - MIN (fitting, 1);
}

static guint
count (GstCameraLoss *self, guint between, gboolean marked)
{
  guint counted = marked ? 0 : MIN (between, self->damaged);

  self->damaged = marked && between == 0 ? 1 : 0;
  return between - counted + self->damaged;
}

guint
gst_camera_loss_next (GstCameraLoss *self, guint32 rtp, guint rate, gboolean marked)
{
  gint32 distance = (gint32) (rtp - self->rtp); /* right over a wrap */
  guint between = 0;
  gboolean lost;

  if (!self->started || (gint64) ABS ((gint64) distance) > (gint64) JUMP * rate) {
    self->started = TRUE;
    self->rtp = rtp;
    self->doubt = self->damaged = 0;
    return 0;
  }
  if (marked)
    self->doubt = 2;
  lost = self->doubt > 0;
  self->doubt -= lost;
  if (distance > 0) {
    if (lost)
      between = count_between (self, (guint32) distance);
    else
      learn (self, (guint32) distance);
    self->rtp = rtp;
  }
  return lost ? count (self, between, marked) : 0;
}
