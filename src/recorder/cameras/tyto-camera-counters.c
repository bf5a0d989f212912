/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/cameras/tyto-camera-counters.h"

/* One pass, since each camera's come every 2 s. A figure never falls within a run: a late or
 * partial dictionary must not undo what is known. */
void
tyto_camera_counters_update (TytoCameraCounters *self, GVariant *dict)
{
  const struct {
    const char *key;
    guint64 *figure;
  } table[] = {
    { "packets-received", &self->run.packets_received },
    { "packets-lost", &self->run.packets_lost },
    { "frames-received", &self->run.frames_received },
    /* Of segments, too, that were entered in an earlier life of the recorder. */
    { "frames-recorded", &self->run.frames_recorded },
    { "frames-missing", &self->run.frames_missing },
  };
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, dict);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value)) {
    for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
      if (g_str_equal (key, table[i].key) && g_variant_is_of_type (value, G_VARIANT_TYPE_UINT64))
        *table[i].figure = MAX (*table[i].figure, g_variant_get_uint64 (value));
    }
  }
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
