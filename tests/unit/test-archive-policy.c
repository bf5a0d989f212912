/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The archive's rules, without an archive: waits, breaker, keys, metadata, alerts. */
#include "base/tyto-error.h"
#include "recorder/archive/tyto-archive-key.h"
#include "recorder/archive/tyto-archive-metadata.h"
#include "recorder/archive/tyto-archive-rules.h"
#include "recorder/archive/tyto-upload-schedule.h"
#include "recorder/archive/tyto-upload-stats.h"

#include <string.h>

#define S G_TIME_SPAN_SECOND

static void
test_delays (void)
{
  static const gint64 seconds[] = { 5, 10, 20, 40, 80, 80, 80 };

  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++)
    g_assert_cmpint (tyto_upload_schedule_delay (i + 1, 0.5), ==, seconds[i] * S);
  g_assert_cmpint (tyto_upload_schedule_delay (G_MAXUINT, 0.5), ==, 80 * S);
  g_assert_cmpint (tyto_upload_schedule_delay (1, 0), ==, 4500 * G_TIME_SPAN_MILLISECOND);
  g_assert_cmpint (tyto_upload_schedule_delay (5, 0.75), ==, 84 * S);
}

static void
test_breaker_costs_one_request (void)
{
  TytoUploadBreaker breaker = { 0 };
  gint64 now = 1000 * S;

  for (guint i = 1; i < TYTO_UPLOAD_BREAKER_FAILURES; i++) {
    g_assert_true (tyto_upload_breaker_try (&breaker, now));
    g_assert_false (tyto_upload_breaker_failed (&breaker, now, 0.5));
  }
  g_assert_false (tyto_upload_breaker_is_open (&breaker));
  g_assert_true (tyto_upload_breaker_failed (&breaker, now, 0.5));
  g_assert_true (tyto_upload_breaker_is_open (&breaker));
  /* One that was under way says nothing new. */
  g_assert_false (tyto_upload_breaker_failed (&breaker, now, 0.5));
  g_assert_false (tyto_upload_breaker_try (&breaker, now + 5 * S - 1));
  g_assert_true (tyto_upload_breaker_try (&breaker, now + 5 * S));
  g_assert_false (tyto_upload_breaker_try (&breaker, now + 500 * S));
  now += 5 * S;
  g_assert_false (tyto_upload_breaker_failed (&breaker, now, 0.5));
  g_assert_false (tyto_upload_breaker_try (&breaker, now + 10 * S - 1));
  g_assert_true (tyto_upload_breaker_try (&breaker, now + 10 * S));
  g_assert_true (tyto_upload_breaker_succeeded (&breaker));
  g_assert_false (tyto_upload_breaker_is_open (&breaker));
  g_assert_false (tyto_upload_breaker_succeeded (&breaker));
}

static void
test_breaker_probe (void)
{
  TytoUploadBreaker breaker = { 0 };

  for (guint i = 0; i < TYTO_UPLOAD_BREAKER_FAILURES; i++)
    tyto_upload_breaker_failed (&breaker, S, 0.5);
  tyto_upload_breaker_hurry (&breaker, 2 * S);
  g_assert_true (tyto_upload_breaker_try (&breaker, 2 * S));
  g_assert_false (tyto_upload_breaker_try (&breaker, 2 * S));
  /* The probe was called off: another one is let go. */
  tyto_upload_breaker_unknown (&breaker);
  g_assert_true (tyto_upload_breaker_is_open (&breaker));
  g_assert_true (tyto_upload_breaker_try (&breaker, 2 * S));
  for (guint i = 0; i < 10; i++) {
    tyto_upload_breaker_failed (&breaker, 2 * S, 0.5);
    tyto_upload_breaker_hurry (&breaker, 2 * S);
    g_assert_true (tyto_upload_breaker_try (&breaker, 2 * S));
  }
  tyto_upload_breaker_failed (&breaker, 2 * S, 0.5);
  g_assert_false (tyto_upload_breaker_try (&breaker, 82 * S - 1));
  g_assert_true (tyto_upload_breaker_try (&breaker, 82 * S));
}

/* --- Keys --- */

/* The camera cam1's segment 3 of 15 minutes from 2025-12-13 14:30:00.250 UTC on. */
static TytoUpload *
make_upload (void)
{
  TytoUpload *upload = tyto_upload_new ();

  g_free (upload->id);
  upload->id = g_strdup ("20251213T143000Z-4f2a9c01d3e7.000003");
  upload->camera = g_strdup ("cam1");
  upload->stream = g_strdup ("main");
  upload->run = g_strdup ("20251213T143000Z-4f2a9c01d3e7");
  upload->sequence = 3;
  upload->format = g_strdup ("mp4");
  upload->start_us = G_GINT64_CONSTANT (1765636200250000);
  upload->end_us = upload->start_us + 900 * S;
  return upload;
}

static TytoUpload *
make_thumbnail (void)
{
  TytoUpload *upload = make_upload ();

  upload->kind = TYTO_UPLOAD_THUMBNAIL;
  g_free (upload->format);
  upload->format = g_strdup ("jpg");
  upload->end_us = upload->start_us;
  return upload;
}

static void
test_keys (void)
{
  static const struct {
    const char *template;
    const char *key;
    const char *thumbnail;
  } table[] = {
    { "camera-{camera}/%Y-%m-%d/%H-%M-%S_15min.mp4", "camera-cam1/2025-12-13/14-30-00_15min.mp4",
      "camera-cam1/2025-12-13/14-30-00_15min.jpg" },
    { "{camera}/%Y-%m-%d/%H-%M-%S_{minutes}min.{format}", "cam1/2025-12-13/14-30-00_15min.mp4",
      "cam1/2025-12-13/14-30-00_0min.jpg" },
    { "recordings/{camera}/%Y/%m/%d/%H/{stream}_%s.{format}",
      "recordings/cam1/2025/12/13/14/main_1765636200.mp4",
      "recordings/cam1/2025/12/13/14/main_1765636200.jpg" },
    { "{camera}/{run}/{sequence}.{format}", "cam1/20251213T143000Z-4f2a9c01d3e7/000003.mp4",
      "cam1/thumbnail/thumbnail.jpg" },
    { "50%%/{camera}-{seconds}", "50%/cam1-900", "50%/cam1-0" },
  };
  g_autoptr (TytoUpload) upload = make_upload ();
  g_autoptr (TytoUpload) thumbnail = make_thumbnail ();

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *key = tyto_archive_key_make (table[i].template, upload);
    g_autofree char *of_thumbnail = tyto_archive_key_make (table[i].template, thumbnail);
    g_autoptr (GError) error = NULL;

    tyto_archive_key_check (table[i].template, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (key, ==, table[i].key);
    g_assert_cmpstr (of_thumbnail, ==, table[i].thumbnail);
  }
}

static void
test_unique_keys (void)
{
  g_autoptr (TytoUpload) upload = make_upload ();
  g_autoptr (TytoUpload) thumbnail = make_thumbnail ();
  g_autofree char *key = tyto_archive_key_make_unique ("a.b/14-30.mp4", upload);
  g_autofree char *bare = tyto_archive_key_make_unique ("a.b/14-30", upload);
  g_autofree char *picture = tyto_archive_key_make_unique ("cam1/t.jpg", thumbnail);

  g_assert_cmpstr (key, ==, "a.b/14-30-20251213T143000Z-4f2a9c01d3e7-000003.mp4");
  g_assert_cmpstr (bare, ==, "a.b/14-30-20251213T143000Z-4f2a9c01d3e7-000003");
  g_assert_cmpstr (picture, ==, "cam1/t-1765636200250000.jpg");
  g_assert_true (tyto_archive_key_is_unique ("{run}/{sequence}"));
  g_assert_false (tyto_archive_key_is_unique ("{camera}/%H-%M-%S_{sequence}.{format}"));
}

static void
test_bad_templates (void)
{
  g_autofree char *long_one = g_strnfill (1000, 'a');
  const char *const table[]
      = { "",           "/{camera}", "{camera}/",   "{camera}//x", "../{camera}", "{camera}/..",
          "./{camera}", "{cam}",     "{camera",     "camera}",     "%Q",          "a%",
          "a\nb",       "a\\b",      "{camera}/%D", "%",           "\xff",        long_one };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (tyto_archive_key_check (table[i], &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    g_assert_nonnull (tyto_error_hint (error));
  }
  g_assert_true (tyto_archive_key_check ("{camera}/%Y-%m-%d/%H-%M-%S_{sequence}.{format}", NULL));
}

static void
test_prefixes (void)
{
  static const char *const table[][2] = { { "{camera}/%Y/%m.mp4", "cam1/" },
                                          { "a/camera-{camera}/x-{run}", "a/camera-cam1/" },
                                          { "%Y/{camera}", "" },
                                          { "rec/%Y/{camera}", "rec/" },
                                          { "{stream}/{camera}", "" },
                                          { "plain-{camera}.mp4", "" } };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *prefix = tyto_archive_key_prefix (table[i][0], "cam1");

    g_assert_cmpstr (prefix, ==, table[i][1]);
  }
}

/* --- Metadata --- */

static TytoSegment *
make_segment (void)
{
  TytoSegment *segment = tyto_segment_new ();
  const struct {
    char **member;
    const char *text;
  } texts[] = {
    { &segment->id, "20251213T143000Z-4f2a9c01d3e7.000003" },
    { &segment->camera, "cam1" },
    { &segment->stream, "sub" },
    { &segment->run, "20251213T143000Z-4f2a9c01d3e7" },
    { &segment->format, "mp4" },
    { &segment->path, "/data/Höfe/100 %.mp4" },
    { &segment->video_codec, "h264" },
    { &segment->cut_reason, "boundary" },
    { &segment->clock_source, "camera" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_free (*texts[i].member);
    *texts[i].member = g_strdup (texts[i].text);
  }
  segment->sequence = 3;
  segment->start_us = G_GINT64_CONSTANT (1765636200250000);
  segment->end_us = segment->start_us + 900 * S;
  segment->duration_ns = 900 * G_GUINT64_CONSTANT (1000000000);
  segment->camera_time_us = segment->start_us - 7;
  segment->clock_offset_us = -12;
  segment->frames = 22500;
  segment->recovered = TRUE;
  return segment;
}

static void
test_metadata_makes_the_row_again (void)
{
  g_autoptr (TytoUpload) upload = make_upload ();
  g_autoptr (TytoSegment) segment = make_segment ();
  g_autoptr (GHashTable) metadata = tyto_archive_metadata_make (upload, segment, "ab12");
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSegment) read = tyto_archive_metadata_read (metadata, &error);
  GHashTableIter iter;
  gpointer name, value;
  gsize size = 0;

  g_assert_no_error (error);
  g_assert_cmpstr (read->id, ==, segment->id);
  g_assert_cmpstr (read->path, ==, segment->path);
  g_assert_cmpstr (read->stream, ==, "sub");
  g_assert_cmpstr (read->clock_source, ==, "camera");
  g_assert_cmpint (read->start_us, ==, segment->start_us);
  g_assert_cmpint (read->end_us, ==, segment->end_us);
  g_assert_cmpint (read->camera_time_us, ==, segment->camera_time_us);
  g_assert_cmpint (read->clock_offset_us, ==, -12);
  g_assert_cmpuint (read->duration_ns, ==, segment->duration_ns);
  g_assert_cmpuint (read->frames, ==, 22500);
  g_assert_true (read->recovered);
  g_assert_cmpstr (g_hash_table_lookup (metadata, TYTO_ARCHIVE_METADATA_SHA256), ==, "ab12");

  g_hash_table_iter_init (&iter, metadata);
  while (g_hash_table_iter_next (&iter, &name, &value)) {
    g_assert_true (g_str_is_ascii (value));
    size += strlen (name) + strlen (value);
  }
  g_assert_cmpuint (size, <, 2048); /* S3's limit */
}

static void
test_metadata_of_others (void)
{
  g_autoptr (TytoUpload) upload = make_upload ();
  g_autoptr (TytoUpload) thumbnail = make_thumbnail ();
  g_autoptr (TytoSegment) segment = make_segment ();
  g_autoptr (GHashTable) none = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) picture = tyto_archive_metadata_make (thumbnail, NULL, "ab12");
  const char *const spoilt[][2] = { { "tyto-run", "another" },
                                    { "tyto-start", "soon" },
                                    { "tyto-camera", "a/b" },
                                    { "tyto-id", "%zz" },
                                    { "tyto-end", "0" } };

  g_assert_null (tyto_archive_metadata_read (none, NULL));
  g_assert_null (tyto_archive_metadata_read (NULL, NULL));
  g_assert_null (tyto_archive_metadata_read (picture, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (spoilt); i++) {
    g_autoptr (GHashTable) metadata = tyto_archive_metadata_make (upload, segment, "ab12");
    g_autoptr (GError) error = NULL;

    g_hash_table_replace (metadata, g_strdup (spoilt[i][0]), g_strdup (spoilt[i][1]));
    g_assert_null (tyto_archive_metadata_read (metadata, &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  }
}

/* --- Alerts --- */

static char *
standing (TytoAlerts *alerts)
{
  g_autoptr (GVariant) list
      = g_variant_ref_sink (tyto_alerts_list (alerts, TYTO_ALERTS_STANDING, NULL));
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < g_variant_n_children (list); i++) {
    g_autoptr (GVariant) alert = g_variant_get_child_value (list, i);
    const char *kind, *severity;

    g_variant_lookup (alert, "kind", "&s", &kind);
    g_variant_lookup (alert, "severity", "&s", &severity);
    g_string_append_printf (text, "%s%s:%s", i > 0 ? " " : "", kind, severity);
  }
  return g_string_free (text, FALSE);
}

#define assert_standing(alerts, text)                                                              \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autofree char *_found = standing (alerts);                                                   \
    g_assert_cmpstr (_found, ==, text);                                                            \
  }                                                                                                \
  G_STMT_END

static void
test_failing_alert (void)
{
  g_autoptr (TytoAlerts) alerts = tyto_alerts_new ();
  g_autoptr (TytoArchiveRules) rules = tyto_archive_rules_new (alerts);
  g_autoptr (GError) error = g_error_new (TYTO_ERROR, TYTO_ERROR_UNAVAILABLE, "It is away");
  TytoUploadTotals some = { .segments = 2, .oldest_us = 0 };
  TytoUploadTotals none = { .oldest_us = -1 };
  gint64 now = 10 * S;

  for (guint tries = 1; tries < 5; tries++)
    tyto_archive_rules_failed (rules, "a", tries, error, now);
  assert_standing (alerts, "");
  tyto_archive_rules_failed (rules, "a", 5, error, now);
  assert_standing (alerts, "upload-failing:warning");
  g_assert_cmpstr (tyto_archive_rules_get_last_error (rules), ==, "It is away");
  for (guint i = 0; i < 6; i++)
    tyto_archive_rules_failed (rules, "b", 1, error, now);
  assert_standing (alerts, "upload-failing:critical");
  tyto_archive_rules_succeeded (rules, "a", now);
  g_assert_cmpstr (tyto_archive_rules_get_last_error (rules), ==, "");
  tyto_archive_rules_judge (rules, &some, -1, now + 3599 * S);
  assert_standing (alerts, "upload-failing:critical");
  tyto_archive_rules_judge (rules, &some, -1, now + 3601 * S);
  assert_standing (alerts, "");
  for (guint i = 0; i < 11; i++)
    tyto_archive_rules_failed (rules, "b", 1, error, now + 4000 * S);
  assert_standing (alerts, "upload-failing:critical");
  tyto_archive_rules_judge (rules, &none, -1, now + 4001 * S);
  assert_standing (alerts, "");
}

static void
test_late_and_refused_alerts (void)
{
  g_autoptr (TytoAlerts) alerts = tyto_alerts_new ();
  g_autoptr (TytoArchiveRules) rules = tyto_archive_rules_new (alerts);
  g_autoptr (GError) error
      = g_error_new (TYTO_ERROR, TYTO_ERROR_FORBIDDEN, "Wrong keys\nCorrect them.");
  TytoUploadTotals some = { .segments = 2, .bytes = 1000, .oldest_us = 0 };

  tyto_archive_rules_judge (rules, &some, 300 * S, S);
  assert_standing (alerts, "");
  tyto_archive_rules_judge (rules, &some, 300 * S + 1, S);
  assert_standing (alerts, "upload-late:warning");
  tyto_archive_rules_judge (rules, &some, 10 * S, S);
  assert_standing (alerts, "");
  tyto_archive_rules_failed (rules, "a", 1, error, S);
  assert_standing (alerts, "archive-refused:critical");
  g_assert_cmpstr (tyto_archive_rules_get_refusal (rules), ==, "Wrong keys. Correct them.");
  tyto_archive_rules_succeeded (rules, "b", S);
  assert_standing (alerts, "");
  g_assert_null (tyto_archive_rules_get_refusal (rules));
  tyto_archive_rules_refused (rules, "No bucket");
  tyto_archive_rules_judge (rules, &some, 301 * S, S);
  tyto_archive_rules_off (rules);
  assert_standing (alerts, "");
}

static void
test_stats (void)
{
  g_autoptr (TytoUploadStats) stats = tyto_upload_stats_new ();
  const TytoUploadCounts *counts;

  tyto_upload_stats_succeeded (stats, "a", 100, 0.05);
  tyto_upload_stats_succeeded (stats, "a", 200, 0.06);
  tyto_upload_stats_succeeded (stats, "b", 300, 1000);
  tyto_upload_stats_failed (stats, "b");
  g_assert_cmpuint (stats->buckets[0], ==, 1);
  g_assert_cmpuint (stats->buckets[1], ==, 1);
  g_assert_cmpuint (stats->all.succeeded, ==, 3);
  g_assert_cmpuint (stats->all.failed, ==, 1);
  g_assert_cmpuint (stats->all.bytes, ==, 600);
  counts = g_hash_table_lookup (stats->cameras, "b");
  g_assert_cmpuint (counts->failed, ==, 1);
  g_assert_cmpfloat (counts->seconds, ==, 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL); /* alerts are logged */
  g_test_add_func ("/archive/schedule/delays", test_delays);
  g_test_add_func ("/archive/breaker/costs-one-request", test_breaker_costs_one_request);
  g_test_add_func ("/archive/breaker/probe", test_breaker_probe);
  g_test_add_func ("/archive/key/templates", test_keys);
  g_test_add_func ("/archive/key/unique", test_unique_keys);
  g_test_add_func ("/archive/key/bad", test_bad_templates);
  g_test_add_func ("/archive/key/prefix", test_prefixes);
  g_test_add_func ("/archive/metadata/row-again", test_metadata_makes_the_row_again);
  g_test_add_func ("/archive/metadata/of-others", test_metadata_of_others);
  g_test_add_func ("/archive/rules/failing", test_failing_alert);
  g_test_add_func ("/archive/rules/late-refused", test_late_and_refused_alerts);
  g_test_add_func ("/archive/stats", test_stats);
  return g_test_run ();
}
