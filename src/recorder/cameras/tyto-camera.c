/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/cameras/tyto-camera.h"

#include "base/tyto-log.h"
#include "base/tyto-time.h"
#include "recorder/cameras/tyto-camera-private.h"

G_DEFINE_FINAL_TYPE (TytoCamera, tyto_camera, G_TYPE_OBJECT)

static guint signals[CAMERA_N_SIGNALS];

static const char *const state_names[]
    = { "off", "connecting", "recording", "retrying", "offline", "parked", "stopping" };

const char *
tyto_camera_state_to_string (TytoCameraState state)
{
  return state_names[state];
}

TytoCameraState
tyto_camera_state_from_worker (const char *name)
{
  for (guint i = TYTO_CAMERA_STATE_CONNECTING; i <= TYTO_CAMERA_STATE_OFFLINE; i++) {
    if (g_strcmp0 (name, state_names[i]) == 0)
      return i;
  }
  return TYTO_CAMERA_STATE_OFF;
}

void
tyto_camera_emit (TytoCamera *self, CameraSignal signal, gpointer argument)
{
  if (signal == CAMERA_SIGNAL_CHANGED)
    g_signal_emit (self, signals[signal], 0);
  else
    g_signal_emit (self, signals[signal], 0, argument);
}

static void
on_gap_opened (TytoLedger *ledger, TytoGap *gap, TytoCamera *self)
{
  tyto_camera_emit (self, CAMERA_SIGNAL_GAP_OPENED, gap);
}

static void
on_gap_closed (TytoLedger *ledger, TytoGap *gap, TytoCamera *self)
{
  tyto_camera_emit (self, CAMERA_SIGNAL_GAP_CLOSED, gap);
}

static void
on_gap_moved (TytoLedger *ledger, TytoGap *gap, TytoCamera *self)
{
  tyto_camera_emit (self, CAMERA_SIGNAL_GAP_MOVED, gap);
}

TytoCamera *
tyto_camera_new (TytoSettings *settings, TytoCameraConfig *config)
{
  TytoCamera *self = g_object_new (TYTO_TYPE_CAMERA, NULL);

  self->id = g_strdup (config->id);
  self->settings = g_object_ref (settings);
  self->config = tyto_camera_config_ref (config);
  self->ledger = tyto_ledger_new (config->id, "main");
  g_signal_connect (self->ledger, "gap-opened", G_CALLBACK (on_gap_opened), self);
  g_signal_connect (self->ledger, "gap-closed", G_CALLBACK (on_gap_closed), self);
  g_signal_connect (self->ledger, "gap-moved", G_CALLBACK (on_gap_moved), self);
  return self;
}

const char *
tyto_camera_get_id (TytoCamera *self)
{
  return self->id;
}

TytoCameraConfig *
tyto_camera_get_config (TytoCamera *self)
{
  return self->config;
}

void
tyto_camera_set_config (TytoCamera *self, TytoCameraConfig *config)
{
  g_autoptr (TytoCameraConfig) old = g_steal_pointer (&self->config);

  self->config = tyto_camera_config_ref (config);
  if (!tyto_camera_config_equal (old, config))
    tyto_camera_emit (self, CAMERA_SIGNAL_CHANGED, NULL);
}

TytoCameraState
tyto_camera_get_state (TytoCamera *self)
{
  return self->state;
}

const char *
tyto_camera_get_error (TytoCamera *self)
{
  return self->error;
}

static void
log_state (TytoCamera *self)
{
  /* The worker says the others itself, with the reason. */
  GLogLevelFlags level
      = self->state == TYTO_CAMERA_STATE_OFF || self->state == TYTO_CAMERA_STATE_STOPPING
            ? G_LOG_LEVEL_MESSAGE
            : G_LOG_LEVEL_DEBUG;

  tyto_log_camera (self->id, level, "%s", tyto_camera_state_to_string (self->state));
}

void
tyto_camera_set_state (TytoCamera *self, TytoCameraState state, const char *error)
{
  gboolean same_state = self->state == state;
  char *text;

  if (error == NULL)
    error = "";
  if (same_state && g_str_equal (self->error, error))
    return;

  if (!same_state) {
    self->state = state;
    self->state_since_us = tyto_time_now ();
    log_state (self);
  }
  if (state != TYTO_CAMERA_STATE_CONNECTING && state != TYTO_CAMERA_STATE_OFF)
    self->settled = TRUE;
  text = g_strdup (error); /* may be what we have */
  g_free (self->error);
  self->error = text;
  tyto_camera_emit (self, CAMERA_SIGNAL_CHANGED, NULL);
}

gboolean
tyto_camera_is_settled (TytoCamera *self)
{
  return self->settled || self->state == TYTO_CAMERA_STATE_OFF;
}

TytoLedger *
tyto_camera_get_ledger (TytoCamera *self)
{
  return self->ledger;
}

TytoSegment *
tyto_camera_get_open_segment (TytoCamera *self)
{
  TytoSegment *segment;

  if (self->current == NULL)
    return NULL;
  segment = tyto_segment_copy (self->current);
  segment->end_us = MAX (self->last_frame_us, segment->start_us);
  segment->duration_ns = (guint64) (segment->end_us - segment->start_us) * 1000;
  segment->frames = self->counters.run.frames_received
                    - MIN (self->counters.run.frames_received, self->counters.run.frames_recorded);
  return segment;
}

void
tyto_camera_set_coverage (TytoCamera *self, double ratio)
{
  self->coverage = ratio;
}

double
tyto_camera_get_coverage (TytoCamera *self)
{
  return self->coverage;
}

const TytoCameraCounters *
tyto_camera_get_counters (TytoCamera *self)
{
  return &self->counters;
}

static void
tyto_camera_finalize (GObject *object)
{
  TytoCamera *self = TYTO_CAMERA (object);

  g_signal_handlers_disconnect_by_data (self->ledger, self);
  g_object_unref (self->ledger);
  g_object_unref (self->settings);
  tyto_camera_config_unref (self->config);
  g_clear_pointer (&self->run, tyto_run_unref);
  g_clear_pointer (&self->current, tyto_segment_unref);
  g_free (self->id);
  g_free (self->restart_why);
  g_free (self->error);
  g_free (self->video_codec);
  g_free (self->audio_codec);
  g_free (self->transport);
  g_free (self->ingest);
  g_free (self->current_path);
  g_free (self->last_path);
  G_OBJECT_CLASS (tyto_camera_parent_class)->finalize (object);
}

static void
tyto_camera_class_init (TytoCameraClass *klass)
{
  const struct {
    const char *name;
    GType argument;
  } table[CAMERA_N_SIGNALS] = {
    [CAMERA_SIGNAL_CHANGED] = { "changed", G_TYPE_NONE },
    [CAMERA_SIGNAL_RUN_STARTED] = { "run-started", TYTO_TYPE_RUN },
    [CAMERA_SIGNAL_RUN_ENDED] = { "run-ended", TYTO_TYPE_RUN },
    [CAMERA_SIGNAL_WISH] = { "wish", TYTO_TYPE_WISH },
    [CAMERA_SIGNAL_SEGMENT_BEGUN] = { "segment-begun", TYTO_TYPE_SEGMENT },
    [CAMERA_SIGNAL_SEGMENT_OPENED] = { "segment-opened", G_TYPE_VARIANT },
    [CAMERA_SIGNAL_SEGMENT_CLOSED] = { "segment-closed", TYTO_TYPE_SEGMENT },
    [CAMERA_SIGNAL_THUMBNAIL_TAKEN] = { "thumbnail-taken", G_TYPE_VARIANT },
    [CAMERA_SIGNAL_GAP_OPENED] = { "gap-opened", TYTO_TYPE_GAP },
    [CAMERA_SIGNAL_GAP_CLOSED] = { "gap-closed", TYTO_TYPE_GAP },
    [CAMERA_SIGNAL_GAP_MOVED] = { "gap-moved", TYTO_TYPE_GAP },
  };

  G_OBJECT_CLASS (klass)->finalize = tyto_camera_finalize;
  for (guint i = 0; i < CAMERA_N_SIGNALS; i++) {
    guint n = table[i].argument == G_TYPE_NONE ? 0 : 1;

    signals[i] = g_signal_new (table[i].name, G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST, 0,
                               NULL, NULL, NULL, G_TYPE_NONE, n, table[i].argument);
  }
}

static void
tyto_camera_init (TytoCamera *self)
{
  self->error = g_strdup ("");
  self->video_codec = g_strdup ("");
  self->audio_codec = g_strdup ("");
  self->transport = g_strdup ("");
  self->ingest = g_strdup ("");
  self->current_path = g_strdup ("");
  self->last_path = g_strdup ("");
  self->state_since_us = tyto_time_now ();
  self->asked_us = -1;
  self->last_segment_us = -1;
  self->last_frame_us = -1;
  self->coverage = -1;
}
