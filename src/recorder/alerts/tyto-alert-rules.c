/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/alerts/tyto-alert-rules.h"

#include "recorder/alerts/tyto-event-window.h"
#include "recorder/alerts/tyto-loss-window.h"
#include "recorder/alerts/tyto-size-anomaly.h"

#define NEVER (-1)

struct _TytoAlertRules {
  char *camera;
  TytoAlerts *alerts;
  gint64 away_us;       /* since when it cannot be reached, NEVER when it can */
  gint64 gap_us;        /* since when a gap has been seen open */
  gboolean stood_still; /* its last run ended because nothing came */
  gboolean counted;     /* the counters below have been read once */
  guint64 reconnects;
  guint64 worker_restarts;
  gboolean clock_known;
  gint64 clock_offset_us;
  TytoEventWindow reconnected;
  TytoEventWindow restarted;
  TytoEventWindow slowed;
  TytoEventWindow stepped;
  TytoSizeAnomaly sizes;
  TytoLossWindow losses;
};

TytoAlertRules *
tyto_alert_rules_new (const char *camera, TytoAlerts *alerts)
{
  TytoAlertRules *self = g_new0 (TytoAlertRules, 1);

  self->camera = g_strdup (camera);
  self->alerts = g_object_ref (alerts);
  self->away_us = NEVER;
  self->gap_us = NEVER;
  self->reconnected.span_us = TYTO_ALERT_RECONNECTS_SPAN_S * (gint64) G_USEC_PER_SEC;
  self->restarted.span_us = TYTO_ALERT_RESTARTS_SPAN_S * (gint64) G_USEC_PER_SEC;
  self->slowed.span_us = TYTO_ALERT_DISK_SLOW_SPAN_S * (gint64) G_USEC_PER_SEC;
  self->stepped.span_us = TYTO_ALERT_CLOCK_STEP_SPAN_S * (gint64) G_USEC_PER_SEC;
  return self;
}

void
tyto_alert_rules_free (TytoAlertRules *self)
{
  g_free (self->camera);
  g_object_unref (self->alerts);
  g_free (self);
}

static void
clear_alert (TytoAlertRules *self, const char *kind, const char *message)
{
  tyto_alerts_clear (self->alerts, kind, self->camera, message);
}

static void
raise_alert (TytoAlertRules *self, const char *kind, const char *severity, const char *message)
{
  tyto_alerts_raise (self->alerts, kind, severity, self->camera, message);
}

/* Raises @kind while @bad. */
static void
    G_GNUC_PRINTF (6, 7) hold (TytoAlertRules *self, gboolean bad, const char *kind,
                               const char *severity, const char *good, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  if (!bad) {
    clear_alert (self, kind, good);
    return;
  }
  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  raise_alert (self, kind, severity, message);
}

static gboolean
is_lasting (gint64 since_us, gint64 now_us, gint64 seconds)
{
  return since_us != NEVER && now_us - since_us >= seconds * G_USEC_PER_SEC;
}

static void
count (guint64 *known, guint64 value, gboolean first, TytoEventWindow *window, gint64 now_us)
{
  for (guint64 n = *known; !first && n < value && value - n <= TYTO_EVENT_WINDOW_MAX; n++)
    tyto_event_window_add (window, now_us);
  *known = value;
}

static void
judge_frequencies (TytoAlertRules *self, const TytoCameraFacts *facts, gint64 now_us)
{
  guint n;

  count (&self->reconnects, facts->reconnects, !self->counted, &self->reconnected, now_us);
  count (&self->worker_restarts, facts->worker_restarts, !self->counted, &self->restarted, now_us);
  self->counted = TRUE;
  n = tyto_event_window_count (&self->reconnected, now_us);
  hold (self, n > TYTO_ALERT_RECONNECTS_MAX, "camera-reconnects", "warning",
        "It was connected again no more than 3 times in the last hour",
        "It had to be connected again %u times in the last hour: the network, or the camera, is "
        "not steady",
        n);
  n = tyto_event_window_count (&self->restarted, now_us);
  hold (self, n > TYTO_ALERT_RESTARTS_MAX, "worker-restarts", "critical",
        "Its worker was started again no more than 5 times in the last 10 minutes",
        "Its worker was started again %u times in the last 10 minutes: the log says why", n);
  n = tyto_event_window_count (&self->slowed, now_us);
  hold (self, n > 0, "disk-slow", "warning", "The disk has kept up for 5 minutes",
        "The disk was too slow %u times in the last 5 minutes: groups of pictures were left out",
        n);
}

static void
judge_clock (TytoAlertRules *self, const TytoCameraFacts *facts, gint64 now_us)
{
  gint64 step = facts->clock_offset_us - self->clock_offset_us;
  guint n;

  if (facts->has_clock && self->clock_known
      && ABS (step) > TYTO_ALERT_CAMERA_CLOCK_STEP_S * G_USEC_PER_SEC)
    tyto_event_window_add (&self->stepped, now_us);
  self->clock_known = facts->has_clock;
  self->clock_offset_us = facts->clock_offset_us;
  n = tyto_event_window_count (&self->stepped, now_us);
  hold (self, n > 0, "clock-step", "warning",
        "The camera's clock was not set in the last 10 minutes",
        "The camera's clock against the recorder's jumped %u times in the last 10 minutes; let "
        "both follow the same NTP server",
        n);
}

static void
judge_gap (TytoAlertRules *self, const TytoCameraFacts *facts, gint64 now_us)
{
  const char *reason = facts->gap_reason;
  const char *detail = facts->gap_detail != NULL ? facts->gap_detail : "";
  const char *colon = *detail != '\0' ? ": " : "";
  gboolean disk
      = reason != NULL && (g_str_equal (reason, "disk") || g_str_equal (reason, "disk-full"));

  if (reason == NULL)
    self->gap_us = NEVER;
  else if (self->gap_us == NEVER)
    self->gap_us = now_us;
  hold (self, reason != NULL, "gap-open", "info", "It is recorded again",
        "It is not recorded (%s)%s%s", reason, colon, detail);
  hold (self, is_lasting (self->gap_us, now_us, TYTO_ALERT_STOPPED_S), "recording-stopped",
        "critical", "It is recorded again",
        "It has not been recorded for more than a minute (%s)%s%s", reason, colon, detail);
  hold (self, disk, "disk", "critical", "Its segments can be written again", "%s",
        *detail != '\0' ? detail : "Its segments cannot be written");
}

static void
judge_absence (TytoAlertRules *self, const TytoCameraFacts *facts, gint64 now_us)
{
  gboolean refused = facts->state == TYTO_CAMERA_STATE_RETRYING && facts->worker_pid == 0
                     && g_strcmp0 (facts->gap_reason, "internal") == 0;

  if (self->away_us == NEVER
      && (facts->state == TYTO_CAMERA_STATE_RETRYING || facts->state == TYTO_CAMERA_STATE_OFFLINE))
    self->away_us = now_us;
  if (facts->state == TYTO_CAMERA_STATE_OFFLINE) {
    raise_alert (self, "camera-offline",
                 is_lasting (self->away_us, now_us, TYTO_ALERT_OFFLINE_CRITICAL_S) ? "critical"
                                                                                   : "warning",
                 facts->error);
    if (self->stood_still)
      raise_alert (self, "stream-restart-failed", "critical", facts->error);
  }
  if (facts->state == TYTO_CAMERA_STATE_PARKED)
    raise_alert (self, "worker-parked", "critical", facts->error);
  if (refused)
    raise_alert (self, "recording-refused", "critical", facts->error);
}

static void
judge_presence (TytoAlertRules *self)
{
  static const char *const kinds[]
      = { "camera-offline", "stream-restart-failed", "worker-parked", "recording-refused" };

  self->away_us = NEVER;
  self->stood_still = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    clear_alert (self, kinds[i], "It records again");
}

static void
judge_loss (TytoAlertRules *self, const TytoCameraFacts *facts, gint64 now_us)
{
  double percent
      = 100 * tyto_loss_window_take (&self->losses, now_us, facts->frames_sent, facts->frames_lost);

  hold (self, percent > TYTO_ALERT_LOSS_PERCENT, "frame-loss", "warning",
        "No more than 1 % of the frames of the last 10 minutes are lost",
        "%.1f %% of the frames of the last 10 minutes are lost: see its gaps for when and why",
        percent);
}

void
tyto_alert_rules_judge (TytoAlertRules *self, const TytoCameraFacts *facts, gint64 now_us)
{
  if (facts->state == TYTO_CAMERA_STATE_STOPPING)
    return;
  if (facts->state == TYTO_CAMERA_STATE_OFF) {
    self->away_us = self->gap_us = NEVER;
    self->stood_still = self->clock_known = FALSE;
    self->reconnected.n = self->restarted.n = self->slowed.n = self->stepped.n = 0;
    tyto_alerts_clear_camera (self->alerts, self->camera, "It is no longer to be recorded");
    return;
  }
  if (facts->state == TYTO_CAMERA_STATE_RECORDING)
    judge_presence (self);
  else
    judge_absence (self, facts, now_us);
  judge_gap (self, facts, now_us);
  judge_frequencies (self, facts, now_us);
  judge_clock (self, facts, now_us);
  judge_loss (self, facts, now_us);
}

void
tyto_alert_rules_run_ended (TytoAlertRules *self, const char *reason)
{
  static const char *const standstills[]
      = { "camera-stalled", "camera-silent", "no-segment", NULL };

  /* What is stopped to be started anew has stood still all the same. */
  if (!g_str_equal (reason, "stopped") && !g_str_equal (reason, "internal"))
    self->stood_still = g_strv_contains (standstills, reason);
}

void
tyto_alert_rules_gap (TytoAlertRules *self, const char *reason, gint64 now_us)
{
  if (g_str_equal (reason, "disk-slow"))
    tyto_event_window_add (&self->slowed, now_us);
}

void
tyto_alert_rules_segment (TytoAlertRules *self, guint64 bytes, double duration)
{
  double rate = 0, median = 0;
  TytoSizeVerdict verdict = tyto_size_anomaly_judge (&self->sizes, bytes, duration, &rate, &median);

  if (verdict == TYTO_SIZE_UNKNOWN)
    return;
  hold (self, verdict != TYTO_SIZE_NORMAL, "segment-size", "warning",
        "The last segment is of the usual size",
        "The last segment is unusually %s: %.0f kB/s, where %.0f kB/s are usual",
        verdict == TYTO_SIZE_SMALL ? "small" : "large", rate / 1000, median / 1000);
}
