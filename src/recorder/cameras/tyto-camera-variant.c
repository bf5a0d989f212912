/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/cameras/tyto-camera.h"

#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "recorder/cameras/tyto-camera-private.h"

static void
put_time (GVariantBuilder *dict, const char *key, gint64 wall_us)
{
  g_autofree char *text = NULL;

  if (wall_us < 0)
    return;
  text = tyto_time_format (wall_us);
  tyto_dict_put (dict, key, g_variant_new_string (text));
}

static void
put_state (TytoCamera *self, GVariantBuilder *dict)
{
  tyto_dict_put (dict, "state", g_variant_new_string (tyto_camera_state_to_string (self->state)));
  put_time (dict, "state_since", self->state_since_us);
  tyto_dict_put (dict, "error", g_variant_new_string (self->error));
  put_time (dict, "started_at", self->asked_us);
  tyto_dict_put (dict, "run", g_variant_new_string (self->run != NULL ? self->run->id : ""));
  tyto_dict_put (dict, "video_codec", g_variant_new_string (self->video_codec));
  tyto_dict_put (dict, "audio_codec", g_variant_new_string (self->audio_codec));
  tyto_dict_put (dict, "width", g_variant_new_uint64 (self->width));
  tyto_dict_put (dict, "height", g_variant_new_uint64 (self->height));
  tyto_dict_put (dict, "transport_used", g_variant_new_string (self->transport));
  tyto_dict_put (dict, "ingest_used", g_variant_new_string (self->ingest));
  tyto_dict_put (dict, "current_path", g_variant_new_string (self->current_path));
  put_time (dict, "last_segment_at", self->last_segment_us);
  tyto_dict_put (dict, "worker_pid", g_variant_new_uint64 (self->worker_pid));
  if (self->has_clock_offset)
    tyto_dict_put (dict, "camera_clock_offset", g_variant_new_double (self->clock_offset_us / 1e6));
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
    tyto_dict_put (dict, table[i].key, g_variant_new_uint64 (table[i].value));
  tyto_dict_put (dict, "loss_ratio",
                 g_variant_new_double (tyto_camera_counters_get_loss_ratio (counters)));
  tyto_dict_put (dict, "frame_loss_ratio",
                 g_variant_new_double (tyto_camera_counters_get_frame_loss_ratio (counters)));
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
  tyto_dict_put (dict, "gap_seconds", g_variant_builder_end (&seconds));
  if (self->coverage >= 0)
    tyto_dict_put (dict, "coverage", g_variant_new_double (self->coverage));
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
