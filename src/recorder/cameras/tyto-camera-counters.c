/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/cameras/tyto-camera-counters.h"

/* A figure never falls within a run: one that comes late must not undo what is known. */
void
tyto_camera_counters_take (TytoCameraCounters *self, const TytoCameraRunFigures *figures)
{
  TytoCameraRunFigures *run = &self->run;

  run->packets_received = MAX (run->packets_received, figures->packets_received);
  run->packets_lost = MAX (run->packets_lost, figures->packets_lost);
  run->frames_received = MAX (run->frames_received, figures->frames_received);
  /* Of segments, too, that were entered in an earlier life of the recorder. */
  run->frames_recorded = MAX (run->frames_recorded, figures->frames_recorded);
  run->frames_missing = MAX (run->frames_missing, figures->frames_missing);
}

void
tyto_camera_counters_update (TytoCameraCounters *self, GVariant *dict)
{
  TytoCameraRunFigures figures = { 0 };

  g_variant_lookup (dict, "packets-received", "t", &figures.packets_received);
  g_variant_lookup (dict, "packets-lost", "t", &figures.packets_lost);
  g_variant_lookup (dict, "frames-received", "t", &figures.frames_received);
  g_variant_lookup (dict, "frames-recorded", "t", &figures.frames_recorded);
  g_variant_lookup (dict, "frames-missing", "t", &figures.frames_missing);
  tyto_camera_counters_take (self, &figures);
}

void
tyto_camera_counters_add_segment (TytoCameraCounters *self, const TytoSegment *segment)
{
  self->segments++;
  self->bytes += segment->bytes;
  self->run.frames_recorded += segment->frames;
}

void
tyto_camera_counters_recover_segment (TytoCameraCounters *self, const TytoSegment *segment)
{
  guint64 unknown = segment->frames - MIN (segment->frames, self->frames_lost);

  self->segments++;
  self->bytes += segment->bytes;
  self->past.frames_recorded += segment->frames;
  self->past.frames_received += unknown; /* came after the last Statistics */
  self->frames_lost -= segment->frames - unknown;
}

guint64
tyto_camera_counters_end_run (TytoCameraCounters *self)
{
  TytoCameraRunFigures *run = &self->run;
  guint64 lost = 0;

  /* A worker that died between two Statistics may have recorded more than it told it received. */
  run->frames_received = MAX (run->frames_received, run->frames_recorded);
  lost = run->frames_received - run->frames_recorded;

  self->past.packets_received += run->packets_received;
  self->past.packets_lost += run->packets_lost;
  self->past.frames_received += run->frames_received;
  self->past.frames_recorded += run->frames_recorded;
  self->past.frames_missing += run->frames_missing;
  self->frames_lost += lost;
  *run = (TytoCameraRunFigures){ 0 };
  return lost;
}

guint64
tyto_camera_counters_get_frames_received (const TytoCameraCounters *self)
{
  return self->past.frames_received + MAX (self->run.frames_received, self->run.frames_recorded);
}

guint64
tyto_camera_counters_get_frames_recorded (const TytoCameraCounters *self)
{
  return self->past.frames_recorded + self->run.frames_recorded;
}

guint64
tyto_camera_counters_get_packets_received (const TytoCameraCounters *self)
{
  return self->past.packets_received + self->run.packets_received;
}

guint64
tyto_camera_counters_get_packets_lost (const TytoCameraCounters *self)
{
  return self->past.packets_lost + self->run.packets_lost;
}

double
tyto_camera_counters_get_loss_ratio (const TytoCameraCounters *self)
{
  guint64 lost = tyto_camera_counters_get_packets_lost (self);
  guint64 sent = tyto_camera_counters_get_packets_received (self) + lost;

  return sent > 0 ? (double) lost / (double) sent : 0.0;
}

guint64
tyto_camera_counters_get_frames_missing (const TytoCameraCounters *self)
{
  return self->past.frames_missing + self->run.frames_missing;
}

double
tyto_camera_counters_get_frame_loss_ratio (const TytoCameraCounters *self)
{
  guint64 missing = tyto_camera_counters_get_frames_missing (self);
  guint64 sent = tyto_camera_counters_get_frames_received (self) + missing;

  return sent > 0 ? (double) MIN (missing + self->frames_lost, sent) / (double) sent : 0.0;
}
