/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Rows whose file is in the archive alone, in the second directory, or on its way out. */
#include "base/tyto-id.h"
#include "recovery-scene.h"
#include "store/tyto-catalogue-retention.h"

#include <glib/gstdio.h>

/* (transfer full) */
static TytoSegment *
get_row (RecoveryScene *f, guint64 sequence)
{
  g_autofree char *id = tyto_segment_id_new (RECOVERY_RUN, sequence);
  TytoSegment *row;

  tyto_catalogue_get_segment_async (f->catalogue, id, NULL, recovery_scene_on_result, f);
  g_main_loop_run (f->loop);
  row = tyto_catalogue_get_segment_finish (f->catalogue, f->result, NULL);
  g_assert_nonnull (row);
  return row;
}

static void
assert_place (RecoveryScene *f, guint64 sequence, const char *tier, const char *path)
{
  g_autoptr (TytoSegment) row = get_row (f, sequence);

  g_assert_cmpstr (row->tier, ==, tier);
  g_assert_cmpstr (row->path, ==, path);
}

static void
archive (RecoveryScene *f, guint64 sequence)
{
  g_autofree char *id = tyto_segment_id_new (RECOVERY_RUN, sequence);
  g_autofree char *key = g_strdup_printf ("%" G_GUINT64_FORMAT ".mp4", sequence);

  tyto_catalogue_finish_upload_async (f->catalogue, id, key, "beef", 1, NULL,
                                      recovery_scene_on_result, f);
  g_main_loop_run (f->loop);
  g_assert_true (tyto_catalogue_enter_finish (f->catalogue, f->result, NULL));
}

static void
assert_recovers (RecoveryScene *f, const char *expected)
{
  g_autofree char *summary = recovery_scene_recover (f, TYTO_RECOVERY_START, NULL);

  g_assert_cmpstr (summary, ==, expected);
}

static void
test_the_archive_alone (RecoveryScene *f, gconstpointer data)
{
  g_autofree char *path = recovery_scene_make_file (f, "a.mp4", "yard", 1, 1, TRUE, 0);
  g_autofree char *back = NULL;
  g_autofree char *check = NULL;

  assert_recovers (f, "Entered 1 file");
  archive (f, 1);
  g_assert_cmpint (g_unlink (path), ==, 0);
  check = recovery_scene_recover (f, TYTO_RECOVERY_CHECK, NULL);
  g_assert_cmpstr (check, ==, "1 file in the archive alone");
  assert_place (f, 1, "fast", path);
  assert_recovers (f, "1 file in the archive alone");
  assert_place (f, 1, "archive", path);
  assert_recovers (f, NULL);
  back = recovery_scene_make_file (f, "a.mp4", "yard", 1, 1, TRUE, 0);
  assert_recovers (f, "Found 1 file elsewhere");
  assert_place (f, 1, "fast", path);
}

static void
test_the_slow_directory (RecoveryScene *f, gconstpointer data)
{
  g_autofree char *first = recovery_scene_make_file (f, "a.mp4", "yard", 1, 1, TRUE, 0);
  g_autofree char *second = recovery_scene_make_file (f, "b.mp4", "yard", 2, 1, TRUE, 0);
  g_autofree char *claim_dir = g_build_filename (f->directory, "slow", ".tyto", NULL);
  g_autofree char *claim_file = g_build_filename (claim_dir, "id", NULL);
  g_autofree char *slow_first = g_build_filename (f->directory, "slow", "a.mp4", NULL);
  g_autofree char *slow_second = g_build_filename (f->directory, "slow", "b.mp4", NULL);
  g_autofree char *part = g_build_filename (f->directory, "slow", "c.mp4.part", NULL);

  g_assert_cmpint (g_mkdir_with_parents (claim_dir, 0700), ==, 0);
  g_assert_true (g_file_set_contents (claim_file, "id", -1, NULL));
  g_assert_true (g_file_set_contents (part, "half", -1, NULL));
  f->slow = g_build_filename (f->directory, "slow", NULL);
  g_assert_cmpint (g_rename (second, slow_second), ==, 0);
  assert_recovers (f, "Entered 2 files");
  assert_place (f, 1, "fast", first);
  assert_place (f, 2, "slow", slow_second);
  assert_recovers (f, NULL);
  g_assert_true (g_file_test (part, G_FILE_TEST_EXISTS));

  g_assert_cmpint (g_rename (first, slow_first), ==, 0);
  assert_recovers (f, "Found 1 file elsewhere");
  assert_place (f, 1, "slow", slow_first);

  /* Its disk is taken away. */
  archive (f, 1);
  g_assert_cmpint (g_unlink (slow_first), ==, 0);
  g_assert_cmpint (g_unlink (slow_second), ==, 0);
  g_assert_cmpint (g_unlink (claim_file), ==, 0);
  assert_recovers (f, "2 rows whose disk may be away");
  g_assert_true (g_file_set_contents (claim_file, "id", -1, NULL));
  assert_recovers (f, "1 row without file, 1 file in the archive alone");
  assert_place (f, 1, "archive", slow_first);
  g_assert_cmpuint (recovery_scene_count_rows (f), ==, 1);
}

/* What is being deleted does not come back. */
static void
test_deleting (RecoveryScene *f, gconstpointer data)
{
  g_autofree char *path = recovery_scene_make_file (f, "a.mp4", "yard", 1, 1, TRUE, 0);
  g_autofree char *id = tyto_segment_id_new (RECOVERY_RUN, 1);

  assert_recovers (f, "Entered 1 file");
  tyto_catalogue_mark_deleting_async (f->catalogue, id, 1, NULL, recovery_scene_on_result, f);
  g_main_loop_run (f->loop);
  g_assert_true (tyto_catalogue_enter_finish (f->catalogue, f->result, NULL));
  assert_recovers (f, NULL);
  g_assert_cmpint (g_unlink (path), ==, 0);
  assert_recovers (f, NULL);
  g_assert_cmpuint (recovery_scene_count_rows (f), ==, 0);
}

int
main (int argc, char **argv)
{
  const struct {
    const char *path;
    void (*test) (RecoveryScene *f, gconstpointer data);
  } table[] = {
    { "/recovery-places/archive-alone", test_the_archive_alone },
    { "/recovery-places/slow", test_the_slow_directory },
    { "/recovery-places/deleting", test_deleting },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_test_add (table[i].path, RecoveryScene, NULL, recovery_scene_set_up, table[i].test,
                recovery_scene_tear_down);
  return g_test_run ();
}
