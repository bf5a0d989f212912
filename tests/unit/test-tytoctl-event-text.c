/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-event-text.h"

#include <locale.h>
#include <string.h>

#include "base/tyto-json.h"

static char *
line_of (CtlEventText *text, const char *type, const char *json)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) data = tyto_json_to_variant (json, -1, &error);

  g_assert_no_error (error);
  return ctl_event_text_line (text, type, data);
}

static void
test_segment (void)
{
  g_autoptr (CtlEventText) text = ctl_event_text_new (FALSE, FALSE);
  g_autofree char *line
      = line_of (text, "segment-closed",
                 "{\"camera\":\"yard\",\"start\":\"2026-11-21T02:08:00.000Z\",\"duration\":12.0,"
                 "\"frames\":300,\"bytes\":6000000,\"path\":\"/rec/yard/02-08-00.mp4\"}");

  g_assert_true (g_str_has_prefix (line, "2026-11-21 02:08:00  yard      "));
  g_assert_nonnull (strstr (line, "12.0 s"));
  g_assert_nonnull (strstr (line, "300 frames"));
  g_assert_nonnull (strstr (line, "6.0 MB"));
  g_assert_true (g_str_has_suffix (line, "  /rec/yard/02-08-00.mp4"));
  g_assert_null (strchr (line, '\n'));
}

#define CAMERA(state, error)                                                                       \
  "{\"id\":\"yard\",\"state\":\"" state "\",\"state_since\":\"2026-11-21T02:08:00.000Z\","         \
  "\"error\":\"" error "\"}"

static void
test_state_only_when_new (void)
{
  g_autoptr (CtlEventText) text = ctl_event_text_new (FALSE, FALSE);
  g_autofree char *first = line_of (text, "camera-changed", CAMERA ("recording", ""));
  g_autofree char *same = line_of (text, "camera-changed", CAMERA ("recording", ""));
  g_autofree char *other
      = line_of (text, "camera-changed", CAMERA ("retrying", "It hung up.\\nSee its cable."));

  g_assert_cmpstr (first, ==, "2026-11-21 02:08:00  yard      recording");
  g_assert_null (same);
  g_assert_cmpstr (other, ==,
                   "2026-11-21 02:08:00  yard      retrying: It hung up. See its cable.");
}

static void
test_gap_and_alert (void)
{
  g_autoptr (CtlEventText) text = ctl_event_text_new (FALSE, FALSE);
  g_autofree char *opened = line_of (text, "gap-opened",
                                     "{\"camera\":\"yard\",\"start\":\"2026-11-21T02:08:00Z\","
                                     "\"reason\":\"worker-died\",\"detail\":\"signal 9\"}");
  g_autofree char *closed
      = line_of (text, "gap-closed",
                 "{\"camera\":\"yard\",\"start\":\"2026-11-21T02:08:00Z\",\"end\":"
                 "\"2026-11-21T02:08:03Z\",\"duration\":3.0,\"reason\":\"worker-died\"}");
  g_autofree char *alert = line_of (text, "alert",
                                    "{\"camera\":\"\",\"at\":\"2026-11-21T02:08:00Z\",\"raised\":"
                                    "true,\"kind\":\"disk\",\"message\":\"full\"}");

  g_assert_cmpstr (opened, ==, "2026-11-21 02:08:00  yard      gap opened: worker died: signal 9");
  g_assert_cmpstr (closed, ==, "2026-11-21 02:08:03  yard      gap of 3.0 s closed: worker died");
  g_assert_cmpstr (alert, ==, "2026-11-21 02:08:00  –         ALERT disk: full");
}

static void
test_segments_only (void)
{
  g_autoptr (CtlEventText) text = ctl_event_text_new (TRUE, FALSE);
  g_autofree char *state = line_of (text, "camera-changed", CAMERA ("offline", ""));
  g_autofree char *segment = line_of (text, "segment-closed", "{\"camera\":\"yard\"}");
  g_autofree char *unknown = line_of (text, "brand-new", "{}");

  g_assert_null (state);
  g_assert_nonnull (segment);
  g_assert_null (unknown);
}

#define BROADCAST(status, more)                                                                    \
  "{\"id\":\"0d5a\",\"stream_key\":\"lecture-7\",\"status\":\"" status "\"" more "}"

static void
test_broadcasts (void)
{
  g_autoptr (CtlEventText) text = ctl_event_text_new (FALSE, FALSE);
  g_autofree char *added = line_of (text, "broadcast-added", BROADCAST ("recording", ""));
  g_autofree char *counts
      = line_of (text, "broadcast-changed", BROADCAST ("recording", ",\"segments\":7"));
  g_autofree char *completed = line_of (
      text, "broadcast-completed", BROADCAST ("completed", ",\"duration\":12.0,\"bytes\":6000000"));
  g_autofree char *failed = line_of (text, "broadcast-failed",
                                     BROADCAST ("failed", ",\"last_error\":\"Nothing usable\""));
  g_autofree char *removed = line_of (text, "broadcast-removed", "{\"id\":\"0d5a\"}");

  g_assert_true (g_str_has_suffix (added, "lecture-7  broadcast recording"));
  g_assert_null (counts);
  g_assert_true (g_str_has_suffix (completed, "broadcast completed: 12.0 s, 6.0 MB"));
  g_assert_true (g_str_has_suffix (failed, "broadcast failed: Nothing usable"));
  g_assert_true (g_str_has_suffix (removed, "broadcast 0d5a deleted"));
}

int
main (int argc, char **argv)
{
  g_setenv ("TZ", "UTC", TRUE);
  setlocale (LC_ALL, "C.UTF-8");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tytoctl/event-text/segment", test_segment);
  g_test_add_func ("/tytoctl/event-text/state-only-when-new", test_state_only_when_new);
  g_test_add_func ("/tytoctl/event-text/gap-and-alert", test_gap_and_alert);
  g_test_add_func ("/tytoctl/event-text/segments-only", test_segments_only);
  g_test_add_func ("/tytoctl/event-text/broadcasts", test_broadcasts);
  return g_test_run ();
}
