/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-gap.h"

#include "base/tyto-time.h"

G_DEFINE_BOXED_TYPE (TytoGap, tyto_gap, tyto_gap_ref, tyto_gap_unref)

TytoGap *
tyto_gap_new (const char *camera, const char *stream, gint64 start_us, const char *reason,
              const char *detail)
{
  TytoGap *self = g_atomic_rc_box_new0 (TytoGap);

  self->camera = g_strdup (camera);
  self->stream = g_strdup (stream);
  self->start_us = start_us;
  self->end_us = -1;
  self->reason = g_strdup (reason);
  self->detail = g_strdup (detail != NULL ? detail : "");
  return self;
}

TytoGap *
tyto_gap_ref (TytoGap *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  TytoGap *self = data;

  g_free (self->camera);
  g_free (self->stream);
  g_free (self->reason);
  g_free (self->detail);
}

void
tyto_gap_unref (TytoGap *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

GVariant *
tyto_gap_to_variant (const TytoGap *self)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  gboolean is_open = self->end_us < 0;
  gint64 end_us = is_open ? tyto_time_now () : self->end_us;

  g_variant_builder_add (&builder, "{sv}", "id", g_variant_new_int64 (self->id));
  g_variant_builder_add (&builder, "{sv}", "camera", g_variant_new_string (self->camera));
  g_variant_builder_add (&builder, "{sv}", "stream", g_variant_new_string (self->stream));
  g_variant_builder_add (&builder, "{sv}", "start",
                         g_variant_new_take_string (tyto_time_format (self->start_us)));
  if (!is_open)
    g_variant_builder_add (&builder, "{sv}", "end",
                           g_variant_new_take_string (tyto_time_format (self->end_us)));
  g_variant_builder_add (
      &builder, "{sv}", "duration",
      g_variant_new_double ((double) MAX (0, end_us - self->start_us) / G_USEC_PER_SEC));
  g_variant_builder_add (&builder, "{sv}", "open", g_variant_new_boolean (is_open));
  g_variant_builder_add (&builder, "{sv}", "reason", g_variant_new_string (self->reason));
  g_variant_builder_add (&builder, "{sv}", "detail", g_variant_new_string (self->detail));
  g_variant_builder_add (&builder, "{sv}", "packets_lost",
                         g_variant_new_uint64 (self->packets_lost));
  g_variant_builder_add (&builder, "{sv}", "frames_lost", g_variant_new_uint64 (self->frames_lost));
  return g_variant_builder_end (&builder);
}
