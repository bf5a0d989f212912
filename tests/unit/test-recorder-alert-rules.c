/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-json.h"
#include "recorder/alerts/tyto-alert-rules.h"
#include "recorder/alerts/tyto-event-window.h"
#include "recorder/alerts/tyto-size-anomaly.h"

#define S ((gint64) G_USEC_PER_SEC)

typedef struct {
  TytoAlerts *alerts;
  TytoAlertRules *rules;
  TytoCameraFacts facts;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  self->alerts = tyto_alerts_new ();
  self->rules = tyto_alert_rules_new ("a", self->alerts);
  self->facts
      = (TytoCameraFacts){ .state = TYTO_CAMERA_STATE_RECORDING, .error = "", .worker_pid = 1 };
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  tyto_alert_rules_free (self->rules);
  g_object_unref (self->alerts);
}

static void
judge (Fixture *self, gint64 seconds)
{
  tyto_alert_rules_judge (self->rules, &self->facts, seconds * S);
}

/* Its severity, "" when it does not stand. */
static const char *
severity (Fixture *self, const char *kind)
{
  g_autoptr (GVariant) list
      = g_variant_ref_sink (tyto_alerts_list (self->alerts, TYTO_ALERTS_STANDING, "a"));

  for (gsize i = 0; i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) alert = g_variant_get_child_value (list, i);

    if (g_str_equal (tyto_dict_string (alert, "kind", ""), kind))
      return g_intern_string (tyto_dict_string (alert, "severity", ""));
  }
  return "";
}

static void
test_well (Fixture *self, gconstpointer data)
{
  judge (self, 0);
  judge (self, 5);
  g_assert_cmpuint (tyto_alerts_get_n_standing (self->alerts), ==, 0);
}

static void
test_offline (Fixture *self, gconstpointer data)
{
  self->facts.state = TYTO_CAMERA_STATE_RETRYING;
  judge (self, 100);
  g_assert_cmpstr (severity (self, "camera-offline"), ==, "");
  self->facts.state = TYTO_CAMERA_STATE_CONNECTING;
  judge (self, 110);
  self->facts.state = TYTO_CAMERA_STATE_OFFLINE;
  self->facts.error = "No route to host";
  judge (self, 130);
  g_assert_cmpstr (severity (self, "camera-offline"), ==, "warning");
  judge (self, 399);
  g_assert_cmpstr (severity (self, "camera-offline"), ==, "warning");
  judge (self, 400);
  g_assert_cmpstr (severity (self, "camera-offline"), ==, "critical");
  g_assert_cmpstr (severity (self, "stream-restart-failed"), ==, "");
  self->facts.state = TYTO_CAMERA_STATE_RECORDING;
  judge (self, 500);
  g_assert_cmpstr (severity (self, "camera-offline"), ==, "");
  self->facts.state = TYTO_CAMERA_STATE_OFFLINE; /* the 5 minutes begin anew */
  judge (self, 600);
  g_assert_cmpstr (severity (self, "camera-offline"), ==, "warning");
}

static void
test_stream_restart (Fixture *self, gconstpointer data)
{
  tyto_alert_rules_run_ended (self->rules, "camera-stalled");
  self->facts.state = TYTO_CAMERA_STATE_RETRYING;
  judge (self, 1);
  g_assert_cmpstr (severity (self, "stream-restart-failed"), ==, "");
  self->facts.state = TYTO_CAMERA_STATE_OFFLINE;
  judge (self, 30);
  g_assert_cmpstr (severity (self, "stream-restart-failed"), ==, "critical");
  self->facts.state = TYTO_CAMERA_STATE_RECORDING;
  judge (self, 40);
  g_assert_cmpstr (severity (self, "stream-restart-failed"), ==, "");
  tyto_alert_rules_run_ended (self->rules, "camera-ended");
  self->facts.state = TYTO_CAMERA_STATE_OFFLINE;
  judge (self, 50);
  g_assert_cmpstr (severity (self, "stream-restart-failed"), ==, "");
}

static void
test_gap (Fixture *self, gconstpointer data)
{
  self->facts.state = TYTO_CAMERA_STATE_RETRYING;
  self->facts.gap_reason = "disk-full";
  self->facts.gap_detail = "0 bytes are free";
  judge (self, 10);
  g_assert_cmpstr (severity (self, "gap-open"), ==, "info");
  g_assert_cmpstr (severity (self, "disk"), ==, "critical");
  g_assert_cmpstr (severity (self, "recording-stopped"), ==, "");
  judge (self, 69);
  g_assert_cmpstr (severity (self, "recording-stopped"), ==, "");
  judge (self, 70);
  g_assert_cmpstr (severity (self, "recording-stopped"), ==, "critical");
  self->facts.state = TYTO_CAMERA_STATE_RECORDING;
  judge (self, 71); /* connected, but nothing is in a file yet */
  g_assert_cmpstr (severity (self, "recording-stopped"), ==, "critical");
  self->facts.gap_reason = NULL;
  judge (self, 72);
  g_assert_cmpuint (tyto_alerts_get_n_standing (self->alerts), ==, 0);
}

static void
test_reconnects (Fixture *self, gconstpointer data)
{
  self->facts.reconnects = 7; /* from before: not counted */
  judge (self, 0);
  self->facts.reconnects = 10;
  judge (self, 100);
  g_assert_cmpstr (severity (self, "camera-reconnects"), ==, "");
  self->facts.reconnects = 11;
  judge (self, 3000);
  g_assert_cmpstr (severity (self, "camera-reconnects"), ==, "warning");
  judge (self, 3699);
  g_assert_cmpstr (severity (self, "camera-reconnects"), ==, "warning");
  judge (self, 3700);
  g_assert_cmpstr (severity (self, "camera-reconnects"), ==, "");
}

static void
test_worker (Fixture *self, gconstpointer data)
{
  judge (self, 0);
  self->facts.state = TYTO_CAMERA_STATE_RETRYING;
  self->facts.worker_restarts = 5;
  judge (self, 10);
  g_assert_cmpstr (severity (self, "worker-restarts"), ==, "");
  self->facts.worker_restarts = 6;
  self->facts.state = TYTO_CAMERA_STATE_PARKED;
  self->facts.error = "It rests";
  judge (self, 20);
  g_assert_cmpstr (severity (self, "worker-restarts"), ==, "critical");
  g_assert_cmpstr (severity (self, "worker-parked"), ==, "critical");
  judge (self, 610);
  g_assert_cmpstr (severity (self, "worker-restarts"), ==, "");
  g_assert_cmpstr (severity (self, "worker-parked"), ==, "critical");
}

static void
test_refused (Fixture *self, gconstpointer data)
{
  self->facts.state = TYTO_CAMERA_STATE_RETRYING;
  self->facts.worker_pid = 0;
  self->facts.gap_reason = "internal";
  judge (self, 0);
  g_assert_cmpstr (severity (self, "recording-refused"), ==, "critical");
  self->facts.state = TYTO_CAMERA_STATE_STOPPING;
  judge (self, 1);
  g_assert_cmpstr (severity (self, "recording-refused"), ==, "critical");
  self->facts.state = TYTO_CAMERA_STATE_OFF;
  judge (self, 2);
  g_assert_cmpuint (tyto_alerts_get_n_standing (self->alerts), ==, 0);
}

static void
test_slow_disk (Fixture *self, gconstpointer data)
{
  tyto_alert_rules_gap (self->rules, "packet-loss", 0);
  judge (self, 0);
  g_assert_cmpstr (severity (self, "disk-slow"), ==, "");
  tyto_alert_rules_gap (self->rules, "disk-slow", 10 * S);
  judge (self, 10);
  g_assert_cmpstr (severity (self, "disk-slow"), ==, "warning");
  judge (self, 310);
  g_assert_cmpstr (severity (self, "disk-slow"), ==, "");
}

static void
test_clock (Fixture *self, gconstpointer data)
{
  self->facts.has_clock = TRUE;
  self->facts.clock_offset_us = 3600 * S; /* wrong, but steady */
  judge (self, 0);
  self->facts.clock_offset_us += S / 2;
  judge (self, 5);
  g_assert_cmpstr (severity (self, "clock-step"), ==, "");
  self->facts.clock_offset_us = 0;
  judge (self, 10);
  g_assert_cmpstr (severity (self, "clock-step"), ==, "warning");
  judge (self, 609);
  g_assert_cmpstr (severity (self, "clock-step"), ==, "warning");
  judge (self, 610);
  g_assert_cmpstr (severity (self, "clock-step"), ==, "");
}

static void
test_loss (Fixture *self, gconstpointer data)
{
  self->facts.frames_lost = 50; /* of before, as counters that go on */
  for (gint64 t = 0; t <= 600; t += 5) {
    self->facts.frames_sent = 25 * t;
    judge (self, t);
    g_assert_cmpstr (severity (self, "frame-loss"), ==, "");
  }
  self->facts.frames_lost += 149; /* of 15000 in 10 minutes */
  judge (self, 600);
  g_assert_cmpstr (severity (self, "frame-loss"), ==, "");
  self->facts.frames_lost += 2;
  judge (self, 600);
  g_assert_cmpstr (severity (self, "frame-loss"), ==, "warning");
  self->facts.frames_lost -= 2; /* mended */
  judge (self, 600);
  g_assert_cmpstr (severity (self, "frame-loss"), ==, "");
  self->facts.frames_lost += 500;
  for (gint64 t = 605; t <= 1300; t += 5) {
    self->facts.frames_sent = 25 * t;
    judge (self, t);
    if (t <= 1200 || t > 1240) /* it forgets in steps of half a minute */
      g_assert_cmpstr (severity (self, "frame-loss"), ==, t <= 1200 ? "warning" : "");
  }
}

static void
test_sizes (Fixture *self, gconstpointer data)
{
  for (guint i = 0; i < 4; i++)
    tyto_alert_rules_segment (self->rules, 1000000 + i * 50000, 10);
  tyto_alert_rules_segment (self->rules, 100, 10); /* too few to tell */
  g_assert_cmpstr (severity (self, "segment-size"), ==, "");
  tyto_alert_rules_segment (self->rules, 240000, 10);
  g_assert_cmpstr (severity (self, "segment-size"), ==, "warning");
  tyto_alert_rules_segment (self->rules, 10, 0.5); /* too short to tell */
  g_assert_cmpstr (severity (self, "segment-size"), ==, "warning");
  tyto_alert_rules_segment (self->rules, 500000, 5); /* short, but as dense */
  g_assert_cmpstr (severity (self, "segment-size"), ==, "");
  tyto_alert_rules_segment (self->rules, 5000000, 10);
  g_assert_cmpstr (severity (self, "segment-size"), ==, "warning");
  for (guint i = 0; i < 10; i++)
    tyto_alert_rules_segment (self->rules, 5000000, 10); /* the camera was set so */
  g_assert_cmpstr (severity (self, "segment-size"), ==, "");
}

static void
test_window (void)
{
  TytoEventWindow window = { .span_us = 10 };

  for (gint64 t = 0; t < 100; t++)
    tyto_event_window_add (&window, t);
  g_assert_cmpuint (tyto_event_window_count (&window, 99), ==, 10);
  g_assert_cmpuint (tyto_event_window_count (&window, 104), ==, 5);
  g_assert_cmpuint (tyto_event_window_count (&window, 1000), ==, 0);
}

int
main (int argc, char **argv)
{
  const struct {
    const char *name;
    void (*test) (Fixture *, gconstpointer);
  } tests[] = {
    { "well", test_well },
    { "offline", test_offline },
    { "stream-restart", test_stream_restart },
    { "gap", test_gap },
    { "reconnects", test_reconnects },
    { "worker", test_worker },
    { "refused", test_refused },
    { "slow-disk", test_slow_disk },
    { "clock", test_clock },
    { "loss", test_loss },
    { "sizes", test_sizes },
  };

  g_test_init (&argc, &argv, NULL);
  /* Alerts are logged as warnings, as they shall be. */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/alert-rules/", tests[i].name, NULL);

    g_test_add (path, Fixture, NULL, set_up, tests[i].test, tear_down);
  }
  g_test_add_func ("/alert-rules/window", test_window);
  return g_test_run ();
}
