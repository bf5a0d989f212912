/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/cameras/tyto-camera-facts.h"

#include "recorder/cameras/tyto-camera-private.h"

void
tyto_camera_get_facts (TytoCamera *self, TytoCameraFacts *facts)
{
  TytoGap *gap = tyto_ledger_get_open_gap (self->ledger);
  guint64 missing = tyto_camera_counters_get_frames_missing (&self->counters);

  *facts = (TytoCameraFacts){
    .state = self->state,
    .error = self->error,
    .worker_pid = self->worker_pid,
    .gap_reason = gap != NULL ? gap->reason : NULL,
    .gap_detail = gap != NULL ? gap->detail : NULL,
    .reconnects = self->counters.reconnects,
    .worker_restarts = self->counters.worker_restarts,
    .segments = self->counters.segments,
    .frames_sent = tyto_camera_counters_get_frames_received (&self->counters) + missing,
    .frames_lost = missing + self->counters.frames_lost,
    .segment_seconds = self->config->segment_seconds,
    .current_path = self->current_path,
    .last_path = self->last_path,
    .has_clock = self->has_clock_offset,
    .clock_offset_us = self->clock_offset_us,
  };
  if (facts->segment_seconds == 0)
    facts->segment_seconds = tyto_settings_get_uint (self->settings, "segment-seconds");
}
