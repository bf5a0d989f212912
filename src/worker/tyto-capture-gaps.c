/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-capture-gaps.h"

#include "base/tyto-json.h"

/* Between the last frame of one and the first of the next there may be a frame's length. */
#define JOIN_US G_USEC_PER_SEC

void
tyto_capture_gaps_clear (TytoCaptureGaps *self)
{
  g_clear_pointer (&self->end, g_variant_unref);
}

void
tyto_capture_gaps_flush (TytoCaptureGaps *self, TytoCaptureGapsTell tell, gpointer owner)
{
  g_autoptr (GVariant) end = g_steal_pointer (&self->end);

  if (end != NULL)
    tell (owner, end);
}

void
tyto_capture_gaps_segment_opened (TytoCaptureGaps *self, gint64 start_us, TytoCaptureGapsTell tell,
                                  gpointer owner)
{
  self->opened_us = start_us;
  tyto_capture_gaps_flush (self, tell, owner);
}

static gboolean
goes_on (const TytoCaptureGaps *self, GVariant *gap)
{
  return self->end != NULL
         && g_str_equal (tyto_dict_string (self->end, "reason", ""),
                         tyto_dict_string (gap, "reason", ""))
         && tyto_dict_int (gap, "wall-start", 0) - tyto_dict_int (self->end, "wall-end", 0)
                <= JOIN_US;
}

static void
begin (TytoCaptureGaps *self, GVariant *gap, TytoCaptureGapsTell tell, gpointer owner)
{
  if (goes_on (self, gap)) {
    self->frames = tyto_dict_uint (self->end, "frames", 0);
    self->bytes = tyto_dict_uint (self->end, "bytes", 0);
    tyto_capture_gaps_clear (self);
    return;
  }
  tyto_capture_gaps_flush (self, tell, owner);
  self->start_us = tyto_dict_int (gap, "wall-start", 0);
  self->frames = self->bytes = 0;
  tell (owner, gap);
}

/* The end of all that was joined. (transfer full) */
static GVariant *
join (const TytoCaptureGaps *self, GVariant *gap)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (gap);

  g_variant_dict_insert (&dict, "wall-start", "x", self->start_us);
  g_variant_dict_insert (&dict, "frames", "t", self->frames + tyto_dict_uint (gap, "frames", 0));
  g_variant_dict_insert (&dict, "bytes", "t", self->bytes + tyto_dict_uint (gap, "bytes", 0));
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

void
tyto_capture_gaps_take (TytoCaptureGaps *self, GVariant *taken, TytoCaptureGapsTell tell,
                        gpointer owner)
{
  g_autoptr (GVariant) gap = g_variant_ref_sink (taken);
  gint64 end_us = tyto_dict_int (gap, "wall-end", -1);

  if (end_us < 0) {
    begin (self, gap, tell, owner);
    return;
  }
  tyto_capture_gaps_clear (self);
  self->end = join (self, gap);
  if (self->opened_us >= end_us)
    tyto_capture_gaps_flush (self, tell, owner);
}
