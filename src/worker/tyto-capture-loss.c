/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-capture-loss.h"

#define JOIN_US (10 * (gint64) G_USEC_PER_SEC)

GVariant *
tyto_capture_loss_flush (TytoCaptureLoss *self, const char *run)
{
  GVariantDict dict;

  if (!self->has_gap)
    return NULL;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "run", "s", run);
  g_variant_dict_insert (&dict, "reason", "s", "packet-loss");
  g_variant_dict_insert (&dict, "wall-start", "x", self->start_us);
  g_variant_dict_insert (&dict, "wall-end", "x", self->end_us);
  g_variant_dict_insert (&dict, "frames", "t", self->frames);
  g_variant_dict_insert (&dict, "packets", "t",
                         self->packets - MIN (self->packets, self->packets_told));
  g_variant_dict_insert (&dict, "detail", "s", "");
  self->has_gap = FALSE;
  self->frames = 0;
  self->packets_told = self->packets;
  return g_variant_dict_end (&dict);
}

GVariant *
tyto_capture_loss_add (TytoCaptureLoss *self, const char *run, gint64 start_us, gint64 end_us,
                       guint64 frames, guint64 packets)
{
  GVariant *before = NULL;

  if (self->has_gap && start_us - self->end_us > JOIN_US)
    before = tyto_capture_loss_flush (self, run);
  if (!self->has_gap)
    self->start_us = start_us;
  self->has_gap = TRUE;
  self->end_us = MAX (end_us, self->start_us);
  self->frames += frames;
  self->packets = MAX (self->packets, packets);
  return before;
}

void
tyto_capture_loss_insert (TytoCaptureLoss *self, guint64 frames, GVariantDict *segment)
{
  g_variant_dict_insert (segment, "frames-missing", "t", frames - MIN (frames, self->frames_told));
  self->frames_told = MAX (self->frames_told, frames);
}
