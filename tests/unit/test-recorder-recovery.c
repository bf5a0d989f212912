/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that were left behind, and a real catalogue that is brought to know them. */
#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "recorder/spool/tyto-recovery-file.h"
#include "recovery-scene.h"
#include "store/tyto-catalogue-upkeep.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void
test_part (RecoveryScene *f, gconstpointer data)
{
  g_autofree char *part = recovery_scene_make_file (f, "a.mp4.part", "yard", 1, 3, FALSE, 10);
  g_autofree char *taken = recovery_scene_make_file (f, "a.mp4", "yard", 9, 1, TRUE, 0);
  g_autofree char *path = NULL;
  g_autoptr (TytoMediaFile) file = NULL;
  g_autoptr (TytoSegment) segment = NULL;
  g_autoptr (GError) error = NULL;
  TytoPartState state;
  int fd = open (part, O_RDWR);

  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
  g_assert_false (tyto_recovery_part_is_left (part));
  g_assert_cmpint (tyto_recovery_mend_part (part, TRUE, &path, &file, &error), ==, TYTO_PART_BUSY);
  close (fd);
  g_assert_true (tyto_recovery_part_is_left (part));
  state = tyto_recovery_mend_part (part, FALSE, &path, &file, &error);
  g_assert_no_error (error);
  g_assert_cmpint (state, ==, TYTO_PART_MENDED);
  g_assert_true (g_str_has_suffix (path, "/a-1.mp4"));
  g_assert_false (g_file_test (part, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (file->frames, ==, 2 * RECOVERY_FRAMES);

  segment = tyto_recovery_make_segment (file, path, NULL, TRUE, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (segment->id, ==, RECOVERY_RUN ".000001");
  g_assert_cmpstr (segment->camera, ==, "yard");
  g_assert_cmpint (segment->start_us, ==, RECOVERY_START + G_USEC_PER_SEC);
  g_assert_cmpint (segment->end_us, ==, segment->start_us + 2 * RECOVERY_FRAMES * 40000);
  g_assert_true (segment->recovered && !segment->archived);
  g_assert_cmpint (tyto_recovery_mend_part (part, TRUE, &path, &file, &error), ==, TYTO_PART_GONE);
}

static void
test_young_and_empty_parts (RecoveryScene *f, gconstpointer data)
{
  g_autofree char *young = recovery_scene_make_file (f, "young.mp4.part", "yard", 1, 1, FALSE, 0);
  g_autofree char *none = recovery_scene_make_file (f, "none.mp4.part", "yard", 2, 0, FALSE, 0);
  g_autofree char *nothing
      = recovery_scene_make_file (f, "nothing.mp4.part", "yard", 3, 0, FALSE, 0);
  g_autofree char *path = NULL;
  g_autoptr (TytoMediaFile) file = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (utimensat (AT_FDCWD, young, NULL, 0), ==, 0);
  g_assert_cmpint (tyto_recovery_mend_part (young, FALSE, &path, &file, &error), ==,
                   TYTO_PART_YOUNG);
  g_assert_true (g_file_test (young, G_FILE_TEST_EXISTS));

  g_assert_cmpint (tyto_recovery_mend_part (none, FALSE, &path, &file, &error), ==,
                   TYTO_PART_EMPTY);
  g_assert_true (g_str_has_suffix (path, "/none.mp4.empty"));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_clear_pointer (&path, g_free);

  g_assert_cmpint (truncate (nothing, 0), ==, 0);
  g_assert_cmpint (tyto_recovery_mend_part (nothing, TRUE, &path, &file, &error), ==,
                   TYTO_PART_EMPTY);
  g_assert_null (path);
  g_assert_false (g_file_test (nothing, G_FILE_TEST_EXISTS));
  g_assert_no_error (error);
}

static void
test_a_file_that_names_no_camera (RecoveryScene *f, gconstpointer data)
{
  g_autofree char *path = recovery_scene_make_file (f, "a.mp4", "", 1, 1, TRUE, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoMediaFile) file = tyto_media_file_read (path, &error);
  g_autoptr (TytoSegment) open = tyto_segment_new ();
  g_autoptr (TytoSegment) segment = NULL;

  g_assert_no_error (error);
  g_assert_null (tyto_recovery_make_segment (file, path, NULL, FALSE, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  open->camera = g_strdup ("gate");
  open->stream = g_strdup ("main");
  open->run = g_strdup (RECOVERY_RUN);
  open->sequence = 4;
  open->start_us = RECOVERY_START;
  segment = tyto_recovery_make_segment (file, path, open, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (segment->id, ==, RECOVERY_RUN ".000004");
  g_assert_cmpstr (segment->camera, ==, "gate");
  g_assert_cmpstr (segment->video_codec, ==, "h264");
  g_assert_cmpuint (segment->frames, ==, RECOVERY_FRAMES);
}

static void
test_all_is_brought_together (RecoveryScene *f, gconstpointer data)
{
  g_autofree char *part = recovery_scene_make_file (f, "a.mp4.part", "yard", 1, 3, FALSE, 10);
  g_autofree char *finished = recovery_scene_make_file (f, "b.mp4", "yard", 2, 2, TRUE, 0);
  g_autofree char *foreign = recovery_scene_make_file (f, "c.mp4", "", 3, 2, TRUE, 0);
  g_autofree char *checked = NULL, *recovered = NULL, *again = NULL, *moved = NULL, *gone = NULL,
                  *away = NULL;
  const char *root = tyto_spool_get_directory (f->spool);
  g_autofree char *lock = g_build_filename (root, ".tyto", "lock", NULL);
  g_autofree char *hidden = g_build_filename (root, ".tyto", "hidden", NULL);
  g_autofree char *elsewhere
      = g_build_filename (tyto_spool_get_directory (f->spool), "elsewhere.mp4", NULL);

  checked = recovery_scene_recover (f, TYTO_RECOVERY_CHECK, NULL);
  g_assert_cmpstr (checked, ==, "1 unfinished file, 1 file without row, 1 unknown file");
  g_assert_cmpuint (recovery_scene_count_rows (f), ==, 0);
  g_assert_true (g_file_test (part, G_FILE_TEST_EXISTS));

  recovered = recovery_scene_recover (f, TYTO_RECOVERY_START, NULL);
  g_assert_cmpstr (recovered, ==, "Recovered 1 segment, entered 1 file, 1 unknown file");
  g_assert_cmpuint (recovery_scene_count_rows (f), ==, 2);
  g_assert_cmpuint (f->told->len, ==, 1);
  again = recovery_scene_recover (f, TYTO_RECOVERY_START, NULL);
  g_assert_cmpstr (again, ==, "1 unknown file");

  g_assert_cmpint (g_rename (finished, elsewhere), ==, 0);
  moved = recovery_scene_recover (f, TYTO_RECOVERY_START, NULL);
  g_assert_cmpstr (moved, ==, "Found 1 file elsewhere, 1 unknown file");
  g_assert_cmpint (g_unlink (elsewhere), ==, 0);

  /* The disk is taken away, and an empty directory is left. */
  g_assert_cmpint (g_rename (lock, hidden), ==, 0);
  away = recovery_scene_recover (f, TYTO_RECOVERY_REBUILD, NULL);
  g_assert_cmpstr (away, ==, "1 row whose disk may be away, 1 unknown file");
  g_assert_cmpint (g_rename (hidden, lock), ==, 0);
  gone = recovery_scene_recover (f, TYTO_RECOVERY_REBUILD, NULL);
  g_assert_cmpstr (gone, ==, "1 row without file, 1 unknown file");
  g_assert_cmpuint (recovery_scene_count_rows (f), ==, 1);
}

static void
open_row (RecoveryScene *f, const char *path)
{
  g_autoptr (TytoSegment) open = tyto_segment_new ();

  open->camera = g_strdup ("yard");
  open->stream = g_strdup ("main");
  open->run = g_strdup (RECOVERY_RUN);
  open->sequence = 1;
  open->id = tyto_segment_id_new (RECOVERY_RUN, 1);
  open->path = g_strdup (path);
  open->format = g_strdup ("mp4");
  open->start_us = RECOVERY_START;
  tyto_catalogue_open_segment_async (f->catalogue, open, NULL, recovery_scene_on_result, f);
  g_main_loop_run (f->loop);
  g_assert_true (tyto_catalogue_enter_finish (f->catalogue, f->result, NULL));
}

static void
test_what_lives_is_left_alone (RecoveryScene *f, gconstpointer data)
{
  g_autofree char *part = recovery_scene_make_file (f, "a.mp4.part", "yard", 1, 2, FALSE, 0);
  g_autofree char *path = g_strndup (part, strlen (part) - strlen (".part"));
  g_autofree char *alive = NULL, *dead = NULL;
  int fd = open (part, O_RDWR);

  open_row (f, path);
  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
  alive = recovery_scene_recover (f, TYTO_RECOVERY_OPEN, RECOVERY_RUN);
  g_assert_null (alive);
  close (fd); /* its worker gave it up and lives */
  g_assert_cmpint (g_rename (part, path), ==, 0);
  alive = recovery_scene_recover (f, TYTO_RECOVERY_OPEN, RECOVERY_RUN);
  g_assert_null (alive); /* finished: it will be told */
  dead = recovery_scene_recover (f, TYTO_RECOVERY_OPEN, NULL);
  g_assert_cmpstr (dead, ==, "Entered 1 file");
  g_assert_cmpuint (f->told->len, ==, 1);
  g_assert_cmpuint (recovery_scene_count_rows (f), ==, 1);
}

/* A worker died between the making of a file and the word of it. */
static void
test_untold_parts (RecoveryScene *f, gconstpointer data)
{
  g_autofree char *told = recovery_scene_make_file (f, "a.mp4.part", "yard", 1, 2, FALSE, 0);
  g_autofree char *path = g_strndup (told, strlen (told) - strlen (".part"));
  g_autofree char *untold = recovery_scene_make_file (f, "b.mp4.part", "yard", 2, 2, FALSE, 0);
  g_autofree char *empty = recovery_scene_make_file (f, "c.mp4.part", "yard", 3, 0, FALSE, 0);
  g_autofree char *finished = recovery_scene_make_file (f, "d.mp4", "yard", 4, 2, TRUE, 0);
  g_autofree char *first = NULL, *second = NULL, *third = NULL;
  TytoRecovery *again = tyto_recovery_new (f->catalogue, f->spool, TYTO_RECOVERY_OPEN);
  struct timespec long_ago[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

  g_assert_cmpint (truncate (empty, 0), ==, 0);
  open_row (f, path);
  first = recovery_scene_recover (f, TYTO_RECOVERY_OPEN, NULL); /* "c" is young still */
  g_assert_cmpstr (first, ==, "Recovered 2 segments");
  g_assert_true (g_file_test (empty, G_FILE_TEST_EXISTS));
  g_assert_cmpint (utimensat (AT_FDCWD, empty, long_ago, 0), ==, 0);
  second = recovery_scene_recover (f, TYTO_RECOVERY_OPEN, NULL); /* nothing says where it is */
  g_assert_null (second);
  tyto_recovery_add_path (again, path);
  third = recovery_scene_run (f, again, NULL);
  g_assert_nonnull (third);
  g_assert_false (g_file_test (empty, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (finished, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (recovery_scene_count_rows (f), ==, 2);
}

static void
test_report (void)
{
  g_autoptr (TytoRecoveryReport) report = tyto_recovery_report_new (TYTO_RECOVERY_CHECK);
  g_autoptr (GError) error = g_error_new_literal (TYTO_ERROR, TYTO_ERROR_STORAGE, "away");
  g_autoptr (GVariant) shown = NULL;
  g_autoptr (GVariant) findings = NULL;
  g_autofree char *summary = tyto_recovery_report_summary (report);

  g_assert_null (summary);
  for (guint i = 0; i < 1500; i++)
    tyto_recovery_report_add (report, TYTO_FINDING_UNKNOWN, "/a\xff", NULL, NULL);
  g_assert_true (tyto_recovery_report_is_well (report));
  tyto_recovery_report_add (report, TYTO_FINDING_ABSENT, "/b", "id", "why");
  g_assert_false (tyto_recovery_report_is_well (report));
  summary = tyto_recovery_report_summary (report);
  g_assert_cmpstr (summary, ==, "1 row whose disk may be away, 1500 unknown files");
  tyto_recovery_report_end (report, error);
  shown = g_variant_ref_sink (tyto_recovery_report_to_variant (report));
  findings = g_variant_lookup_value (shown, "findings", NULL);
  g_assert_cmpuint (g_variant_n_children (findings), ==, 1000);
}

int
main (int argc, char **argv)
{
  const struct {
    const char *path;
    void (*test) (RecoveryScene *f, gconstpointer data);
  } table[] = {
    { "/recovery/part", test_part },
    { "/recovery/young-and-empty", test_young_and_empty_parts },
    { "/recovery/names-no-camera", test_a_file_that_names_no_camera },
    { "/recovery/together", test_all_is_brought_together },
    { "/recovery/live", test_what_lives_is_left_alone },
    { "/recovery/untold", test_untold_parts },
  };

  g_test_init (&argc, &argv, NULL);
  (void) TYTO_ERROR;
  g_test_add_func ("/recovery/report", test_report);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_test_add (table[i].path, RecoveryScene, NULL, recovery_scene_set_up, table[i].test,
                recovery_scene_tear_down);
  return g_test_run ();
}
