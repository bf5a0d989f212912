/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/cameras/tyto-camera-events.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-log.h"
#include "base/tyto-time.h"
#include "recorder/cameras/tyto-camera-adopt.h"
#include "recorder/cameras/tyto-camera-private.h"

#include <string.h>

static void
replace (char **member, const char *text)
{
  g_free (*member);
  *member = g_strdup (text);
}

static void
tell_wish (TytoCamera *self, gint64 start_us, gint64 end_us)
{
  g_autoptr (TytoWish) wish = tyto_wish_new (self->id, "main", start_us, end_us);

  tyto_camera_emit (self, CAMERA_SIGNAL_WISH, wish);
}

void
tyto_camera_ask (TytoCamera *self, gint64 now_us)
{
  if (self->asked_us >= 0)
    return;
  self->asked_us = now_us;
  self->settled = FALSE;
  self->interrupted = FALSE;
  tell_wish (self, now_us, -1);
  tyto_ledger_ask (self->ledger, now_us);
  tyto_camera_set_state (self, TYTO_CAMERA_STATE_CONNECTING, NULL);
}

void
tyto_camera_cease (TytoCamera *self, gint64 until_us)
{
  gint64 asked_us = self->asked_us;

  self->asked_us = -1;
  self->has_clock_offset = FALSE;
  tyto_ledger_cease (self->ledger, until_us);
  if (asked_us >= 0)
    tell_wish (self, asked_us, MAX (until_us, 0));
  tyto_camera_set_state (self, TYTO_CAMERA_STATE_OFF, NULL);
}

void
tyto_camera_set_worker (TytoCamera *self, guint pid)
{
  self->worker_pid = pid;
}

static void
end_current (TytoCamera *self)
{
  replace (&self->current_path, "");
  g_clear_pointer (&self->current, tyto_segment_unref);
}

/* Ends the present run's record, @reason a gap's reason or "stopped"; the catalogue may still be
 * reading the one it was entered with, so it is another. */
static void
end_run_record (TytoCamera *self, gint64 end_us, const char *reason)
{
  g_autoptr (TytoRun) run = g_steal_pointer (&self->run);
  g_autoptr (TytoRun) ended = NULL;
  const TytoCameraRunFigures *figures = &self->counters.run;

  if (run == NULL)
    return;
  ended = tyto_run_new (run->id, run->camera, run->stream, run->start_us);
  ended->end_us = MAX (end_us, run->start_us);
  replace (&ended->end_reason, reason);
  replace (&ended->transport, run->transport);
  replace (&ended->video_codec, run->video_codec);
  replace (&ended->audio_codec, run->audio_codec);
  ended->width = run->width;
  ended->height = run->height;
  ended->packets_received = figures->packets_received;
  ended->packets_lost = figures->packets_lost;
  ended->frames_received = MAX (figures->frames_received, figures->frames_recorded);
  ended->frames_recorded = figures->frames_recorded;
  tyto_camera_emit (self, CAMERA_SIGNAL_RUN_ENDED, ended);
}

void
tyto_camera_restarting (TytoCamera *self, const char *reason, const char *why)
{
  self->restart_reason = g_intern_string (reason);
  replace (&self->restart_why, why);
}

static void
forget_restart (TytoCamera *self)
{
  self->restart_reason = NULL;
  g_clear_pointer (&self->restart_why, g_free);
}

void
tyto_camera_worker_died (TytoCamera *self, const char *detail, const char *next, gboolean parked)
{
  g_autofree char *error = g_strdup_printf ("Its worker died: %s\n%s", detail, next);
  guint64 frames_lost;

  end_run_record (self, MAX (self->last_segment_us, -1), "worker-died");
  frames_lost = tyto_camera_counters_end_run (&self->counters);
  self->counters.worker_restarts++;
  self->interrupted = TRUE;
  self->worker_pid = 0;
  end_current (self);
  forget_restart (self);
  tyto_ledger_fail (self->ledger, "worker-died", detail, tyto_time_now (), frames_lost);
  tyto_camera_set_state (self, parked ? TYTO_CAMERA_STATE_PARKED : TYTO_CAMERA_STATE_RETRYING,
                         error);
}

void
tyto_camera_refused (TytoCamera *self, const GError *error)
{
  g_autofree char *why = tyto_error_why (error);

  tyto_ledger_fail (self->ledger, "internal", why, tyto_time_now (), 0);
  tyto_camera_set_state (self, TYTO_CAMERA_STATE_RETRYING, error->message);
}

/* A gap's detail is what and why; what to do next is for the person who looks now. */
static void
fail (TytoCamera *self, GVariant *details, const char *error)
{
  g_autofree char *why = g_strndup (error, strcspn (error, "\n"));

  tyto_ledger_fail (self->ledger, tyto_dict_string (details, "reason", "internal"), why,
                    tyto_time_now (), 0);
}

void
tyto_camera_worker_state (TytoCamera *self, const char *name, GVariant *details)
{
  TytoCameraState state = tyto_camera_state_from_worker (name);
  const char *error = tyto_dict_string (details, "error", "");

  if (state == TYTO_CAMERA_STATE_RETRYING || state == TYTO_CAMERA_STATE_OFFLINE)
    fail (self, details, error);
  /* While it stops, what its worker still tries is nobody's business. */
  if (state == TYTO_CAMERA_STATE_OFF || self->state == TYTO_CAMERA_STATE_STOPPING)
    return;
  /* A connect that follows a failed one is a part of that trouble: its reason stays visible. */
  if (state == TYTO_CAMERA_STATE_CONNECTING && *error == '\0' && self->settled)
    error = self->error;
  tyto_camera_set_state (self, state, error);
}

void
tyto_camera_run_started (TytoCamera *self, GVariant *dict)
{
  gint64 start_us = tyto_dict_int (dict, "wall-start", tyto_time_now ());
  TytoRun *run = tyto_run_new (tyto_dict_string (dict, "run", ""), self->id, "main", start_us);

  g_clear_pointer (&self->run, tyto_run_unref);
  self->run = run;
  replace (&self->transport, tyto_dict_string (dict, "transport", ""));
  replace (&self->ingest, tyto_dict_string (dict, "ingest", ""));
  replace (&self->video_codec, tyto_dict_string (dict, "video-codec", ""));
  replace (&self->audio_codec, tyto_dict_string (dict, "audio-codec", ""));
  self->width = tyto_dict_uint (dict, "width", 0);
  self->height = tyto_dict_uint (dict, "height", 0);
  replace (&run->transport, self->transport);
  replace (&run->video_codec, self->video_codec);
  replace (&run->audio_codec, self->audio_codec);
  run->width = self->width;
  run->height = self->height;
  if (self->interrupted)
    self->counters.reconnects++;
  self->interrupted = FALSE;
  tyto_ledger_start_run (self->ledger);
  tyto_camera_emit (self, CAMERA_SIGNAL_RUN_STARTED, run);
}

void
tyto_camera_run_ended (TytoCamera *self, GVariant *dict)
{
  const char *reason = tyto_dict_string (dict, "reason", "internal");
  gint64 end_us = tyto_dict_int (dict, "wall-end", self->last_segment_us);
  const char *detail = tyto_dict_string (dict, "detail", "");
  g_autofree char *why = g_strndup (detail, strcspn (detail, "\n"));
  guint64 frames_lost;

  if (self->restart_reason != NULL && g_str_equal (reason, "stopped")) {
    reason = self->restart_reason;
    replace (&why, self->restart_why);
  }
  forget_restart (self);
  self->interrupted = !g_str_equal (reason, "stopped");
  tyto_camera_restore_run (self, dict); /* it may be told to a later life of the recorder */
  tyto_camera_counters_update (&self->counters, dict);
  end_run_record (self, end_us, reason);
  frames_lost = tyto_camera_counters_end_run (&self->counters);
  end_current (self);
  if (frames_lost > 0)
    tyto_log_camera (self->id, G_LOG_LEVEL_WARNING,
                     "%" G_GUINT64_FORMAT " frames of the run that ended were received and are in "
                     "no segment",
                     frames_lost);
  /* Not stopped by a person: it is about to be recorded with other settings. */
  if (g_str_equal (reason, "stopped") && self->asked_us >= 0
      && self->state != TYTO_CAMERA_STATE_STOPPING)
    tyto_ledger_end_run (self->ledger, "settings", "it was started anew, as asked", end_us,
                         frames_lost);
  else
    tyto_ledger_end_run (self->ledger, reason, why, end_us, frames_lost);
}

void
tyto_camera_segment_opened (TytoCamera *self, GVariant *dict)
{
  gint64 start_us = tyto_dict_int (dict, "wall-start", tyto_time_now ());
  g_autofree char *start = tyto_time_format (start_us);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) shown = NULL;
  GVariantDict out;

  end_current (self);
  replace (&self->current_path, tyto_dict_string (dict, "path", ""));
  replace (&self->last_path, self->current_path);
  self->current = tyto_segment_new_open_from_worker (dict, &error);
  if (self->current == NULL)
    tyto_log_camera (self->id, G_LOG_LEVEL_CRITICAL, "The worker told a segment wrongly: %s",
                     error->message);
  else
    tyto_camera_emit (self, CAMERA_SIGNAL_SEGMENT_BEGUN, self->current);
  tyto_ledger_open_segment (self->ledger, start_us);

  g_variant_dict_init (&out, NULL);
  g_variant_dict_insert (&out, "camera", "s", self->id);
  g_variant_dict_insert (&out, "run", "s", tyto_dict_string (dict, "run", ""));
  g_variant_dict_insert (&out, "sequence", "t", tyto_dict_uint (dict, "sequence", 0));
  g_variant_dict_insert (&out, "path", "s", self->current_path);
  g_variant_dict_insert (&out, "start", "s", start);
  g_variant_dict_insert (&out, "format", "s", tyto_dict_string (dict, "format", ""));
  shown = g_variant_ref_sink (g_variant_dict_end (&out));
  tyto_camera_emit (self, CAMERA_SIGNAL_SEGMENT_OPENED, shown);
}

void
tyto_camera_segment_closed (TytoCamera *self, GVariant *dict)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSegment) segment = tyto_segment_new_from_worker (dict, &error);

  if (segment == NULL) {
    tyto_log_camera (self->id, G_LOG_LEVEL_CRITICAL, "The worker told a segment wrongly: %s",
                     error->message);
    return;
  }
  if (g_str_equal (self->current_path, segment->path))
    end_current (self);
  self->last_segment_us = MAX (self->last_segment_us, segment->end_us);
  tyto_camera_counters_add_segment (&self->counters, segment);
  /* The row goes in before the gap within it, as it happened. */
  tyto_camera_emit (self, CAMERA_SIGNAL_SEGMENT_CLOSED, segment);
  tyto_ledger_close_segment (self->ledger, segment);
}

void
tyto_camera_gap (TytoCamera *self, GVariant *dict)
{
  gint64 start_us = tyto_dict_int (dict, "wall-start", -1);
  const char *detail = tyto_dict_string (dict, "detail", "");
  g_autofree char *why = g_strndup (detail, strcspn (detail, "\n"));

  if (start_us < 0) {
    tyto_log_camera (self->id, G_LOG_LEVEL_CRITICAL, "The worker told a gap without its start");
    return;
  }
  tyto_ledger_note (self->ledger, tyto_dict_string (dict, "reason", "internal"), why, start_us,
                    tyto_dict_int (dict, "wall-end", -1), tyto_dict_uint (dict, "packets", 0),
                    tyto_dict_uint (dict, "frames", 0));
}

void
tyto_camera_segment_recovered (TytoCamera *self, TytoSegment *segment)
{
  self->last_segment_us = MAX (self->last_segment_us, segment->end_us);
  tyto_camera_counters_recover_segment (&self->counters, segment);
  tyto_camera_emit (self, CAMERA_SIGNAL_SEGMENT_CLOSED, segment);
  tyto_ledger_recovered (self->ledger, segment);
}

void
tyto_camera_thumbnail_taken (TytoCamera *self, GVariant *dict)
{
  tyto_camera_emit (self, CAMERA_SIGNAL_THUMBNAIL_TAKEN, dict);
}

void
tyto_camera_statistics (TytoCamera *self, const TytoCameraFigures *figures)
{
  if (self->run == NULL || !g_str_equal (figures->run, self->run->id))
    return;
  tyto_camera_counters_take (&self->counters, &figures->counted);
  if (figures->last_frame_us > 0)
    self->last_frame_us = figures->last_frame_us;
  self->has_clock_offset = figures->has_clock_offset;
  self->clock_offset_us = figures->clock_offset_us;
}
