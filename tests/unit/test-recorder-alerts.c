/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-json.h"
#include "recorder/alerts/tyto-alert-kinds.h"
#include "recorder/alerts/tyto-alerts.h"

static void
on_alert (TytoAlerts *alerts, GVariant *alert, GPtrArray *told)
{
  g_ptr_array_add (told, g_strdup_printf ("%s/%s %s %d: %s", tyto_dict_string (alert, "kind", "?"),
                                          tyto_dict_string (alert, "camera", "?"),
                                          tyto_dict_string (alert, "severity", "?"),
                                          tyto_dict_boolean (alert, "raised", FALSE),
                                          tyto_dict_string (alert, "message", "?")));
}

static const char *
last (GPtrArray *told)
{
  return told->len > 0 ? told->pdata[told->len - 1] : "";
}

static GVariant *
get (TytoAlerts *alerts, TytoAlertsWhich which, const char *camera, guint n, guint of)
{
  g_autoptr (GVariant) list = g_variant_ref_sink (tyto_alerts_list (alerts, which, camera));

  g_assert_cmpuint (g_variant_n_children (list), ==, of);
  return g_variant_get_child_value (list, n);
}

static void
test_raise_and_clear (void)
{
  g_autoptr (TytoAlerts) alerts = tyto_alerts_new ();
  g_autoptr (GPtrArray) told = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GVariant) first = NULL;
  g_autoptr (GVariant) cleared = NULL;
  g_autoptr (GVariant) again = NULL;

  g_signal_connect (alerts, "alert", G_CALLBACK (on_alert), told);
  tyto_alerts_clear (alerts, "disk", "a", "nothing stands");
  g_assert_cmpuint (told->len, ==, 0);

  tyto_alerts_raise (alerts, "disk", "critical", "a", "EIO");
  tyto_alerts_raise (alerts, "disk", "critical", "a", "EIO");
  g_assert_cmpuint (told->len, ==, 1);
  g_assert_cmpstr (last (told), ==, "disk/a critical 1: EIO");
  g_assert_true (tyto_alerts_stands (alerts, "disk", "a"));
  g_assert_false (tyto_alerts_stands (alerts, "disk", "b"));
  first = get (alerts, TYTO_ALERTS_STANDING, NULL, 0, 1);
  g_assert_true (tyto_dict_boolean (first, "standing", FALSE));
  g_assert_null (tyto_dict_string (first, "cleared_at", NULL));

  tyto_alerts_clear (alerts, "disk", "a", "It records again");
  g_assert_cmpstr (last (told), ==, "disk/a critical 0: It records again");
  g_assert_cmpuint (tyto_alerts_get_n_standing (alerts), ==, 0);
  cleared = get (alerts, TYTO_ALERTS_CLEARED, NULL, 0, 1);
  g_assert_cmpstr (tyto_dict_string (cleared, "id", ""), ==, tyto_dict_string (first, "id", "?"));
  g_assert_nonnull (tyto_dict_string (cleared, "cleared_at", NULL));
  g_assert_cmpuint (tyto_dict_uint (cleared, "count", 0), ==, 1);

  tyto_alerts_raise (alerts, "disk", "critical", "a", "EIO");
  again = get (alerts, TYTO_ALERTS_ALL, "a", 0, 2);
  g_assert_cmpuint (tyto_dict_uint (again, "count", 0), ==, 2);
  g_assert_cmpstr (tyto_dict_string (again, "id", ""), !=, tyto_dict_string (first, "id", "?"));
}

static void
test_severity (void)
{
  g_autoptr (TytoAlerts) alerts = tyto_alerts_new ();
  g_autoptr (GPtrArray) told = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GVariant) now = NULL;

  g_signal_connect (alerts, "alert", G_CALLBACK (on_alert), told);
  tyto_alerts_raise (alerts, "disk-space", "warning", "", "81 %");
  tyto_alerts_raise (alerts, "disk-space", "warning", "", "82 %");
  g_assert_cmpuint (told->len, ==, 1); /* other words are no news */
  tyto_alerts_raise (alerts, "disk-space", "critical", "", "91 %");
  g_assert_cmpstr (last (told), ==, "disk-space/ critical 1: 91 %");
  tyto_alerts_raise (alerts, "disk-space", "warning", "", "89 %");
  g_assert_cmpstr (last (told), ==, "disk-space/ warning 1: 89 %");
  now = get (alerts, TYTO_ALERTS_ALL, NULL, 0, 1);
  g_assert_cmpuint (tyto_dict_uint (now, "count", 0), ==, 1);
  g_assert_cmpstr (tyto_dict_string (now, "message", ""), ==, "89 %");
}

static void
test_clear_camera (void)
{
  g_autoptr (TytoAlerts) alerts = tyto_alerts_new ();
  g_autoptr (GVariant) left = NULL;

  tyto_alerts_raise (alerts, "disk", "critical", "a", "x");
  tyto_alerts_raise (alerts, "disk", "critical", "b", "x");
  tyto_alerts_raise (alerts, "gap-open", "info", "a", "x");
  tyto_alerts_raise (alerts, "catalogue", "critical", "", "x");
  tyto_alerts_clear_camera (alerts, "a", "It is off");
  g_assert_cmpuint (tyto_alerts_get_n_standing (alerts), ==, 2);
  left = get (alerts, TYTO_ALERTS_STANDING, "b", 0, 1);
  g_assert_cmpstr (tyto_dict_string (left, "kind", ""), ==, "disk");
}

static void
test_keeps_the_last_cleared (void)
{
  g_autoptr (TytoAlerts) alerts = tyto_alerts_new ();
  g_autoptr (GVariant) newest = NULL;

  for (guint i = 0; i < 250; i++) {
    g_autofree char *message = g_strdup_printf ("%u", i);

    tyto_alerts_raise (alerts, "gap-open", "info", "a", "x");
    tyto_alerts_clear (alerts, "gap-open", "a", message);
  }
  newest = get (alerts, TYTO_ALERTS_CLEARED, NULL, 0, 200);
  g_assert_cmpstr (tyto_dict_string (newest, "message", ""), ==, "249");
}

static void
test_kinds (void)
{
  const TytoAlertKind *kinds;
  guint n;

  kinds = tyto_alert_kinds (&n);
  for (guint i = 0; i < n; i++) {
    g_test_message ("%s", kinds[i].kind);
    g_assert_true (tyto_alert_kind_find (kinds[i].kind) == &kinds[i]); /* no two of a name */
    g_assert_cmpint (tyto_alert_severity_rank (kinds[i].severity), >=, 0);
    g_assert_cmpint (tyto_alert_severity_rank (kinds[i].worst), >=,
                     tyto_alert_severity_rank (kinds[i].severity));
    g_assert_true (g_str_has_suffix (kinds[i].meaning, "."));
  }
  g_assert_null (tyto_alert_kind_find ("none"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Alerts are logged as warnings, as they shall be. */
  g_log_set_always_fatal (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR);
  g_test_add_func ("/alerts/raise-and-clear", test_raise_and_clear);
  g_test_add_func ("/alerts/severity", test_severity);
  g_test_add_func ("/alerts/clear-camera", test_clear_camera);
  g_test_add_func ("/alerts/keeps-the-last-cleared", test_keeps_the_last_cleared);
  g_test_add_func ("/alerts/kinds", test_kinds);
  return g_test_run ();
}
