/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What alerts follow from: the cameras, the catalogue, the clock; and the list of them. */
#include "recorder/tyto-recorder-private.h"

#include "recorder/alerts/tyto-alert-rules.h"

#define TICK_S 5

/* The system's clock is set, not slewed (adjtimex(2): at most 500 ppm), when it moves by more. */
#define CLOCK_STEP_US   G_USEC_PER_SEC
#define CLOCK_STEADY_US (TYTO_ALERT_CLOCK_STEP_SPAN_S * (gint64) G_USEC_PER_SEC)

/* A rebuild of the catalogue keeps it busy, but not for as long as this at a time. */
#define CATALOGUE_ANSWER_US (60 * (gint64) G_USEC_PER_SEC)

static TytoAlertRules *
get_rules (TytoRecorder *self, TytoCamera *camera)
{
  const char *id = tyto_camera_get_id (camera);
  TytoAlertRules *rules = g_hash_table_lookup (self->alert_rules, id);

  if (rules == NULL) {
    rules = tyto_alert_rules_new (id, self->alerts);
    g_hash_table_insert (self->alert_rules, g_strdup (id), rules);
  }
  return rules;
}

void
tyto_recorder_judge_camera (TytoRecorder *self, TytoCamera *camera)
{
  TytoCameraFacts facts;

  tyto_camera_get_facts (camera, &facts);
  tyto_alert_rules_judge (get_rules (self, camera), &facts, g_get_monotonic_time ());
}

static void
on_run_ended (TytoCamera *camera, TytoRun *run, TytoRecorder *self)
{
  tyto_alert_rules_run_ended (get_rules (self, camera), run->end_reason);
  tyto_worker_watch_run_ended (self->watch, camera, run->end_reason);
}

static void
on_segment_closed (TytoCamera *camera, TytoSegment *segment, TytoRecorder *self)
{
  tyto_alert_rules_segment (get_rules (self, camera), segment->bytes,
                            (double) (segment->end_us - segment->start_us) / G_USEC_PER_SEC);
  tyto_worker_watch_segment_closed (self->watch, camera);
}

static void
on_gap_opened (TytoCamera *camera, TytoGap *gap, TytoRecorder *self)
{
  tyto_alert_rules_gap (get_rules (self, camera), gap->reason, g_get_monotonic_time ());
  tyto_recorder_judge_camera (self, camera);
}

static void
on_gap_closed (TytoCamera *camera, TytoGap *gap, TytoRecorder *self)
{
  tyto_recorder_judge_camera (self, camera);
}

void
tyto_recorder_watch_camera (TytoRecorder *self, TytoCamera *camera)
{
  const struct {
    const char *signal;
    GCallback handler;
  } table[] = {
    { "run-ended", G_CALLBACK (on_run_ended) },
    { "segment-closed", G_CALLBACK (on_segment_closed) },
    { "gap-opened", G_CALLBACK (on_gap_opened) },
    { "gap-closed", G_CALLBACK (on_gap_closed) },
  };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_signal_connect (camera, table[i].signal, table[i].handler, self);
}

void
tyto_recorder_unwatch_camera (TytoRecorder *self, TytoCamera *camera)
{
  const char *id = tyto_camera_get_id (camera);

  tyto_alerts_clear_camera (self->alerts, id, "The camera was removed");
  g_hash_table_remove (self->alert_rules, id);
  tyto_worker_watch_forget (self->watch, camera);
}

/* The wall clock minus one that nobody sets and that goes on while the machine sleeps. */
static gint64
get_clock_offset (void)
{
  struct timespec boot;

  clock_gettime (CLOCK_BOOTTIME, &boot);
  return g_get_real_time () - (boot.tv_sec * (gint64) G_USEC_PER_SEC + boot.tv_nsec / 1000);
}

static void
judge_clock (TytoRecorder *self)
{
  gint64 offset = get_clock_offset ();
  gint64 step = offset - self->clock_offset_us;
  gint64 now_us = g_get_monotonic_time ();
  g_autofree char *message = NULL;

  self->clock_offset_us = offset;
  if (ABS (step) > CLOCK_STEP_US) {
    self->clock_step_us = now_us;
    message = g_strdup_printf ("The recorder's clock was set by %+.3f s: a segment was cut there; "
                               "see that NTP keeps it",
                               step / 1e6);
    tyto_alerts_raise (self->alerts, "clock-step", "warning", "", message);
  } else if (now_us - self->clock_step_us >= CLOCK_STEADY_US) {
    tyto_alerts_clear (self->alerts, "clock-step", "",
                       "The recorder's clock was not set in the last 10 minutes");
  }
}

static void
on_catalogue_alive (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoRecorder) self = data;
  g_autoptr (TytoSegment) none
      = tyto_catalogue_get_segment_finish (TYTO_CATALOGUE (source), result, NULL);

  self->asked_us = 0; /* that there is none such is an answer, too */
}

/* What it is asked is little work. */
static void
ask_catalogue (TytoRecorder *self)
{
  if (self->phase != RECORDER_STARTED || self->asked_us != 0)
    return;
  self->asked_us = g_get_monotonic_time ();
  tyto_catalogue_get_segment_async (self->catalogue, "alive", NULL, on_catalogue_alive,
                                    g_object_ref (self));
}

gboolean
tyto_recorder_is_alive (TytoRecorder *self, gint64 limit_us, char **why)
{
  *why = NULL;
  if (self->phase != RECORDER_STARTED)
    return TRUE;
  if (self->asked_us != 0 && g_get_monotonic_time () - self->asked_us > CATALOGUE_ANSWER_US)
    *why = g_strdup ("The catalogue does not answer");
  else if (!tyto_worker_watch_is_writing (self->watch, limit_us))
    *why = g_strdup ("Cameras are recorded, and nothing is written");
  return *why == NULL;
}

static gboolean
on_tick (gpointer data)
{
  TytoRecorder *self = data;
  GHashTableIter iter;
  gpointer camera;

  judge_clock (self);
  ask_catalogue (self);
  g_hash_table_iter_init (&iter, self->cameras);
  while (g_hash_table_iter_next (&iter, NULL, &camera))
    tyto_recorder_judge_camera (self, camera);
  return G_SOURCE_CONTINUE;
}

static void
on_alert (TytoAlerts *alerts, GVariant *alert, TytoRecorder *self)
{
  tyto_recorder_emit (self, RECORDER_SIGNAL_ALERT, alert);
}

void
tyto_recorder_init_alerts (TytoRecorder *self)
{
  self->alerts = tyto_alerts_new ();
  self->alert_rules = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                             (GDestroyNotify) tyto_alert_rules_free);
  self->clock_offset_us = get_clock_offset ();
  self->alert_source = g_timeout_add_seconds (TICK_S, on_tick, self);
  g_signal_connect (self->alerts, "alert", G_CALLBACK (on_alert), self);
}

static void
on_restart_worker (TytoWorkerWatch *watch, TytoCamera *camera, const char *why, TytoRecorder *self)
{
  if (self->phase == RECORDER_STARTED)
    tyto_supervisor_restart_worker (self->supervisor, camera, why);
}

static void
on_restart_camera (TytoWorkerWatch *watch, TytoCamera *camera, const char *why, TytoRecorder *self)
{
  if (self->phase != RECORDER_STARTED)
    return;
  tyto_alert_rules_run_ended (get_rules (self, camera), "no-segment");
  tyto_supervisor_restart_camera (self->supervisor, camera, why);
}

void
tyto_recorder_init_watch (TytoRecorder *self)
{
  self->watch = tyto_worker_watch_new (self->settings, self->cameras, self->alerts);
  g_signal_connect (self->watch, "restart-worker", G_CALLBACK (on_restart_worker), self);
  g_signal_connect (self->watch, "restart-camera", G_CALLBACK (on_restart_camera), self);
}

void
tyto_recorder_dispose_alerts (TytoRecorder *self)
{
  if (self->watch != NULL) {
    g_signal_handlers_disconnect_by_data (self->watch, self);
    g_object_run_dispose (G_OBJECT (self->watch)); /* a look may be under way */
  }
  g_clear_object (&self->watch);
  g_clear_handle_id (&self->alert_source, g_source_remove);
  if (self->alerts != NULL)
    g_signal_handlers_disconnect_by_data (self->alerts, self);
  g_clear_pointer (&self->alert_rules, g_hash_table_unref);
}

GVariant *
tyto_recorder_list_alerts (TytoRecorder *self, TytoAlertsWhich which, const char *camera)
{
  return tyto_alerts_list (self->alerts, which, camera);
}

GArray *
tyto_recorder_list_watch (TytoRecorder *self)
{
  return tyto_worker_watch_list (self->watch);
}
