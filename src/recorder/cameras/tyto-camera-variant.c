/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/cameras/tyto-camera.h"

#include "base/tyto-time.h"
#include "recorder/cameras/tyto-camera-private.h"

static void
describe_state (TytoCamera *self, TytoMembers *members)
{
  tyto_members_string (members, "state", tyto_camera_state_to_string (self->state));
  tyto_members_time (members, "state_since", self->state_since_us);
  tyto_members_string (members, "error", self->error);
  tyto_members_time (members, "started_at", self->asked_us);
  tyto_members_string (members, "run", self->run != NULL ? self->run->id : "");
  tyto_members_string (members, "video_codec", self->video_codec);
  tyto_members_string (members, "audio_codec", self->audio_codec);
  tyto_members_uint (members, "width", self->width);
  tyto_members_uint (members, "height", self->height);
  tyto_members_string (members, "transport_used", self->transport);
  tyto_members_string (members, "ingest_used", self->ingest);
  tyto_members_string (members, "current_path", self->current_path);
  tyto_members_time (members, "last_segment_at", self->last_segment_us);
  tyto_members_uint (members, "worker_pid", self->worker_pid);
  if (self->has_clock_offset)
    tyto_members_double (members, "camera_clock_offset", self->clock_offset_us / 1e6);
}

static void
describe_counters (TytoCamera *self, TytoMembers *members)
{
  const TytoCameraCounters *counters = &self->counters;

  tyto_members_uint (members, "segments", counters->segments);
  tyto_members_uint (members, "bytes", counters->bytes);
  tyto_members_uint (members, "frames_received",
                     tyto_camera_counters_get_frames_received (counters));
  tyto_members_uint (members, "frames_recorded",
                     tyto_camera_counters_get_frames_recorded (counters));
  tyto_members_uint (members, "frames_lost", counters->frames_lost);
  tyto_members_uint (members, "frames_missing", tyto_camera_counters_get_frames_missing (counters));
  tyto_members_uint (members, "packets_received",
                     tyto_camera_counters_get_packets_received (counters));
  tyto_members_uint (members, "packets_lost", tyto_camera_counters_get_packets_lost (counters));
  tyto_members_uint (members, "gaps", tyto_ledger_get_n_gaps (self->ledger));
  tyto_members_uint (members, "reconnects", counters->reconnects);
  tyto_members_uint (members, "worker_restarts", counters->worker_restarts);
  tyto_members_double (members, "loss_ratio", tyto_camera_counters_get_loss_ratio (counters));
  tyto_members_double (members, "frame_loss_ratio",
                       tyto_camera_counters_get_frame_loss_ratio (counters));
}

static void
describe_duration (const char *reason, double seconds, gpointer members)
{
  tyto_members_double (members, reason, seconds);
}

static void
describe_ledger (TytoCamera *self, TytoMembers *members)
{
  tyto_members_begin (members, "gap_seconds");
  tyto_ledger_foreach_duration (self->ledger, tyto_time_now (), describe_duration, members);
  tyto_members_end (members);
  if (self->coverage >= 0)
    tyto_members_double (members, "coverage", self->coverage);
}

void
tyto_camera_describe (TytoCamera *self, TytoMembers *members)
{
  g_autoptr (TytoCameraConfig) effective = tyto_settings_resolve (self->settings, self->config);

  /* In this order people read it. */
  tyto_camera_config_describe (effective, members);
  describe_state (self, members);
  describe_counters (self, members);
  describe_ledger (self, members);
}

GVariant *
tyto_camera_to_variant (TytoCamera *self)
{
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  TytoMembers members = { .dict = &dict };

  tyto_camera_describe (self, &members);
  return g_variant_builder_end (&dict);
}
