/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/cameras/tyto-camera.h"

#include "base/tyto-time.h"
#include "recorder/cameras/tyto-camera-private.h"

static void
put_time (GVariantBuilder *dict, const char *key, gint64 wall_us)
{
  g_autofree char *text = NULL;

  if (wall_us < 0)
    return;
  text = tyto_time_format (wall_us);
  g_variant_builder_add (dict, "{sv}", key, g_variant_new ("s", text));
}

static void
put_state (TytoCamera *self, GVariantBuilder *dict)
{
  g_variant_builder_add (dict, "{sv}", "state",
                         g_variant_new ("s", tyto_camera_state_to_string (self->state)));
  put_time (dict, "state_since", self->state_since_us);
  g_variant_builder_add (dict, "{sv}", "error", g_variant_new ("s", self->error));
  put_time (dict, "started_at", self->asked_us);
  g_variant_builder_add (dict, "{sv}", "run",
                         g_variant_new ("s", self->run != NULL ? self->run->id : ""));
  g_variant_builder_add (dict, "{sv}", "video_codec", g_variant_new ("s", self->video_codec));
  g_variant_builder_add (dict, "{sv}", "audio_codec", g_variant_new ("s", self->audio_codec));
  g_variant_builder_add (dict, "{sv}", "width", g_variant_new ("t", (guint64) self->width));
  g_variant_builder_add (dict, "{sv}", "height", g_variant_new ("t", (guint64) self->height));
  g_variant_builder_add (dict, "{sv}", "transport_used", g_variant_new ("s", self->transport));
  g_variant_builder_add (dict, "{sv}", "ingest_used", g_variant_new ("s", self->ingest));
  g_variant_builder_add (dict, "{sv}", "current_path", g_variant_new ("s", self->current_path));
  put_time (dict, "last_segment_at", self->last_segment_us);
  g_variant_builder_add (dict, "{sv}", "worker_pid",
                         g_variant_new ("t", (guint64) self->worker_pid));
  if (self->has_clock_offset)
    g_variant_builder_add (dict, "{sv}", "camera_clock_offset",
                           g_variant_new ("d", self->clock_offset_us / 1e6));
}

static void
put_counters (TytoCamera *self, GVariantBuilder *dict)
{
  const TytoCameraCounters *counters = &self->counters;
  const struct {
    const char *key;
    guint64 value;
  } table[] = {
    { "segments", counters->segments },
    { "bytes", counters->bytes },
    { "frames_received", tyto_camera_counters_get_frames_received (counters) },
    { "frames_recorded", tyto_camera_counters_get_frames_recorded (counters) },
    { "frames_lost", counters->frames_lost },
    { "frames_missing", tyto_camera_counters_get_frames_missing (counters) },
    { "packets_received", tyto_camera_counters_get_packets_received (counters) },
    { "packets_lost", tyto_camera_counters_get_packets_lost (counters) },
    { "gaps", tyto_ledger_get_n_gaps (self->ledger) },
    { "reconnects", counters->reconnects },
    { "worker_restarts", counters->worker_restarts },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_variant_builder_add (dict, "{sv}", table[i].key, g_variant_new ("t", table[i].value));
  g_variant_builder_add (dict, "{sv}", "loss_ratio",
                         g_variant_new ("d", tyto_camera_counters_get_loss_ratio (counters)));
  g_variant_builder_add (dict, "{sv}", "frame_loss_ratio",
                         g_variant_new ("d", tyto_camera_counters_get_frame_loss_ratio (counters)));
}

static void
put_ledger (TytoCamera *self, GVariantBuilder *dict)
{
  g_autoptr (GVariant) lengths
      = g_variant_ref_sink (tyto_ledger_get_durations (self->ledger, tyto_time_now ()));
  GVariantBuilder seconds = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GVariantIter iter;
  const char *reason;
  double length;

  g_variant_iter_init (&iter, lengths);
  while (g_variant_iter_loop (&iter, "{&sd}", &reason, &length))
    g_variant_builder_add (&seconds, "{sv}", reason, g_variant_new_double (length));
  g_variant_builder_add (dict, "{sv}", "gap_seconds", g_variant_builder_end (&seconds));
  if (self->coverage >= 0)
    g_variant_builder_add (dict, "{sv}", "coverage", g_variant_new_double (self->coverage));
}

GVariant *
tyto_camera_to_variant (TytoCamera *self)
{
  g_autoptr (TytoCameraConfig) effective = tyto_settings_resolve (self->settings, self->config);
  g_autoptr (GVariant) shown = g_variant_ref_sink (tyto_camera_config_to_variant (effective));
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GVariantIter iter;
  GVariant *member;

  /* In this order people read it. */
  g_variant_iter_init (&iter, shown);
  while ((member = g_variant_iter_next_value (&iter)) != NULL) {
    g_variant_builder_add_value (&dict, member);
    g_variant_unref (member);
  }
  put_state (self, &dict);
  put_counters (self, &dict);
  put_ledger (self, &dict);
  return g_variant_builder_end (&dict);
}
