/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-clip.h"

#include "base/tyto-time.h"

G_DEFINE_BOXED_TYPE (TytoClip, tyto_clip, tyto_clip_ref, tyto_clip_unref)

TytoClip *
tyto_clip_new (const char *camera, const char *name, gint64 start_us, gint64 end_us)
{
  TytoClip *self = g_atomic_rc_box_new0 (TytoClip);

  self->id = g_uuid_string_random ();
  self->camera = g_strdup (camera);
  self->broadcast = g_strdup ("");
  self->name = g_strdup (name != NULL ? name : "");
  self->start_us = start_us;
  self->end_us = end_us;
  self->created_us = tyto_time_now ();
  return self;
}

TytoClip *
tyto_clip_new_of_broadcast (const char *broadcast, const char *name, gint64 start_us, gint64 end_us)
{
  TytoClip *self = tyto_clip_new ("", name, start_us, end_us);

  g_free (self->broadcast);
  self->broadcast = g_strdup (broadcast);
  return self;
}

TytoClip *
tyto_clip_ref (TytoClip *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
clear (gpointer data)
{
  TytoClip *self = data;

  g_free (self->id);
  g_free (self->camera);
  g_free (self->broadcast);
  g_free (self->name);
}

void
tyto_clip_unref (TytoClip *self)
{
  g_atomic_rc_box_release_full (self, clear);
}

static void
add_time (GVariantBuilder *builder, const char *key, gint64 wall_us)
{
  g_variant_builder_add (builder, "{sv}", key,
                         g_variant_new_take_string (tyto_time_format (wall_us)));
}

GVariant *
tyto_clip_to_variant (const TytoClip *self)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&builder, "{sv}", "id", g_variant_new_string (self->id));
  if (*self->broadcast != '\0')
    g_variant_builder_add (&builder, "{sv}", "broadcast", g_variant_new_string (self->broadcast));
  else
    g_variant_builder_add (&builder, "{sv}", "camera", g_variant_new_string (self->camera));
  g_variant_builder_add (&builder, "{sv}", "name", g_variant_new_string (self->name));
  add_time (&builder, "start", self->start_us);
  add_time (&builder, "end", self->end_us);
  g_variant_builder_add (
      &builder, "{sv}", "duration",
      g_variant_new_double ((double) (self->end_us - self->start_us) / G_USEC_PER_SEC));
  add_time (&builder, "created", self->created_us);
  return g_variant_builder_end (&builder);
}
