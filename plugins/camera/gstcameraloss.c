/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcameraloss.h"

#include <string.h>

/* 10 s of the 90 kHz clock; a longer way is a jump of the timestamps: by then a silent camera has
 * been given up. */
#define JUMP (10 * 90000)

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

/* Pictures that fit between the highest one and the one @distance after it. */
static guint
count_between (const GstCameraLoss *self, gint32 distance)
{
  guint usual, fitting;

  if (distance <= 0 || self->n_distances == 0)
    return 0;
  usual = usual_distance (self);
  fitting = ((guint) distance + usual / 2) / usual;
  return fitting - MIN (fitting, 1);
}

static gboolean
begins_picture (const GstCameraLoss *self, const GstCameraPacket *packet)
{
  guint64 kind = G_GUINT64_CONSTANT (1) << packet->kind;

  return packet->opening && (self->kinds == 0 || (self->kinds & kind) != 0);
}

/* @gap packets are missing before @packet, which is of another picture than the last. */
static guint
count_over (GstCameraLoss *self, const GstCameraPacket *packet, guint gap, gint32 distance)
{
  gboolean cut = self->marks && !self->ended; /* the end of the last picture is missing */
  guint before = cut && !self->counted ? 1 : 0;
  guint between = MIN (count_between (self, distance), gap - before);
  guint left = gap - before - between;

  self->counted = left > 0 && (!begins_picture (self, packet) || (between == 0 && !cut));
  return before + between + (self->counted ? 1 : 0);
}

static void
restart (GstCameraLoss *self, const GstCameraPacket *packet)
{
  self->started = TRUE;
  self->counted = FALSE;
  self->highest = packet->timestamp;
}

/* The first packet that came of another picture. */
static guint
next_picture (GstCameraLoss *self, const GstCameraPacket *packet, guint gap)
{
  gint32 distance = (gint32) (packet->timestamp - self->highest); /* right over a wrap */
  guint count = 0;

  if (gap > 0) {
    count = count_over (self, packet, gap, distance);
  } else {
    self->counted = FALSE;
    if (distance > 0)
      learn (self, (guint32) distance);
    if (packet->opening)
      self->kinds |= G_GUINT64_CONSTANT (1) << packet->kind;
  }
  if (distance > 0)
    self->highest = packet->timestamp;
  return count;
}

guint
gst_camera_loss_next (GstCameraLoss *self, const GstCameraPacket *packet)
{
  guint gap = (guint16) (packet->sequence - self->sequence - 1);
  gint64 distance = (gint32) (packet->timestamp - self->rtp);
  guint count = 0;

  if (!self->started || gap > G_MAXINT16 || ABS (distance) > JUMP) {
    restart (self, packet);
  } else if (distance != 0) {
    count = next_picture (self, packet, gap);
  } else if (gap > 0) {
    count = self->counted ? 0 : 1;
    self->counted = TRUE;
  }
  self->sequence = packet->sequence;
  self->rtp = packet->timestamp;
  self->ended = packet->last;
  self->marks |= packet->last;
  return count;
}
