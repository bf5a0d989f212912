/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files that were left behind, and a real catalogue that is brought to know them. */
#include "media/tyto-mp4-writer.h"
#include "recorder/spool/tyto-recovery-file.h"
#include "recorder/spool/tyto-recovery.h"
#include "store/tyto-catalogue-sqlite.h"
#include "store/tyto-catalogue-upkeep.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "temporary-tree.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define RUN    "20261121T020800Z-4f2a9c01d3e7"
#define START  G_GINT64_CONSTANT (1795226880123456)
#define FRAMES 5 /* a fragment */
#define SIZE   100

typedef struct {
  char *directory;
  TytoCatalogue *catalogue;
  TytoSpool *spool;
  GMainLoop *loop;
  GAsyncResult *result;
  GPtrArray *told; /* (element-type TytoSegment) */
} Fixture;

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  g_set_object (&f->result, result);
  g_main_loop_quit (f->loop);
}

static void
claim (Fixture *f)
{
  g_autofree char *id = NULL;

  tyto_catalogue_get_id_async (f->catalogue, NULL, on_result, f);
  g_main_loop_run (f->loop);
  id = tyto_catalogue_get_id_finish (f->catalogue, f->result, NULL);
  g_assert_nonnull (id);
  tyto_spool_claim_async (f->spool, id, TRUE, NULL, on_result, f);
  g_main_loop_run (f->loop);
  g_assert_true (tyto_spool_claim_finish (f->spool, f->result, NULL, NULL));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *database = NULL;
  g_autofree char *recordings = NULL;

  f->directory = g_dir_make_tmp ("tyto-recovery-XXXXXX", NULL);
  f->loop = g_main_loop_new (NULL, FALSE);
  f->told = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_segment_unref);
  database = g_build_filename (f->directory, "catalogue.db", NULL);
  recordings = g_build_filename (f->directory, "recordings", NULL);
  f->catalogue = tyto_catalogue_sqlite_new (database);
  f->spool = tyto_spool_new (recordings);
  tyto_catalogue_open_async (f->catalogue, NULL, on_result, f);
  g_main_loop_run (f->loop);
  g_assert_true (tyto_catalogue_open_finish (f->catalogue, f->result, NULL));
  claim (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->result);
  g_object_unref (f->spool);
  tyto_catalogue_close (f->catalogue);
  g_object_unref (f->catalogue);
  g_main_loop_unref (f->loop);
  g_ptr_array_unref (f->told);
  temporary_tree_remove (f->directory);
  g_free (f->directory);
}

static void
append (GByteArray *to, GBytes *taken)
{
  g_autoptr (GBytes) bytes = taken;

  g_byte_array_append (to, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
}

static TytoMp4Writer *
make_writer (const char *camera, guint64 sequence)
{
  static const guint8 avcc[] = { 1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 0, 1, 0, 0 };
  const TytoMediaIdentity identity = { .camera = (char *) camera,
                                       .stream = (char *) "main",
                                       .run = (char *) (*camera != '\0' ? RUN : ""),
                                       .sequence = sequence,
                                       .wall_start_us = START + (gint64) sequence * G_USEC_PER_SEC,
                                       .camera_time_us = -1 };
  g_autoptr (GBytes) codec_data = g_bytes_new_static (avcc, sizeof avcc);
  TytoMp4Track track = { .codec = TYTO_MP4_H264,
                         .codec_data = codec_data,
                         .timescale = 90000,
                         .width = 640,
                         .height = 360 };

  return tyto_mp4_writer_new (&identity, &track, 1);
}

/* Writes @fragments of FRAMES frames of 25 a second. @lacking: bytes left out at the end, when it
 * is not @complete. */
static char *
make_file (Fixture *f, const char *name, const char *camera, guint64 sequence, guint fragments,
           gboolean complete, guint lacking)
{
  g_autoptr (TytoMp4Writer) writer = make_writer (camera, sequence);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  char *path = g_build_filename (tyto_spool_get_directory (f->spool), name, NULL);
  struct timespec long_ago[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
  guint8 media[FRAMES * SIZE];

  append (bytes, tyto_mp4_writer_header (writer));
  for (guint i = 0; i < fragments; i++) {
    for (guint n = 0; n < FRAMES; n++) {
      TytoMp4Sample sample = {
        .dts = (i * FRAMES + n) * 3600, .duration = 3600, .size = SIZE, .key = i == 0 && n == 0
      };

      tyto_mp4_writer_add (writer, 0, &sample);
    }
    append (bytes, tyto_mp4_writer_end_fragment (writer, 0));
    memset (media, 0x55, sizeof media);
    for (guint n = 0; n < FRAMES; n++) /* one NAL unit a sample */
      memcpy (media + n * SIZE, (guint8[]){ 0, 0, 0, SIZE - 4, 0x65 }, 5);
    g_byte_array_append (bytes, media, sizeof media);
  }
  if (complete)
    append (bytes, tyto_mp4_writer_trailer (writer));
  g_byte_array_set_size (bytes, bytes->len - lacking);
  g_assert_true (g_file_set_contents (path, (char *) bytes->data, bytes->len, NULL));
  g_assert_cmpint (utimensat (AT_FDCWD, path, long_ago, 0), ==, 0);
  return path;
}

static void
test_part (Fixture *f, gconstpointer data)
{
  g_autofree char *part = make_file (f, "a.mp4.part", "yard", 1, 3, FALSE, 10);
  g_autofree char *taken = make_file (f, "a.mp4", "yard", 9, 1, TRUE, 0);
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
  g_assert_cmpuint (file->frames, ==, 2 * FRAMES);

  segment = tyto_recovery_make_segment (file, path, NULL, TRUE, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (segment->id, ==, RUN ".000001");
  g_assert_cmpstr (segment->camera, ==, "yard");
  g_assert_cmpint (segment->start_us, ==, START + G_USEC_PER_SEC);
  g_assert_cmpint (segment->end_us, ==, segment->start_us + 2 * FRAMES * 40000);
  g_assert_true (segment->recovered && !segment->archived);
  g_assert_cmpint (tyto_recovery_mend_part (part, TRUE, &path, &file, &error), ==, TYTO_PART_GONE);
}

static void
test_young_and_empty_parts (Fixture *f, gconstpointer data)
{
  g_autofree char *young = make_file (f, "young.mp4.part", "yard", 1, 1, FALSE, 0);
  g_autofree char *none = make_file (f, "none.mp4.part", "yard", 2, 0, FALSE, 0);
  g_autofree char *nothing = make_file (f, "nothing.mp4.part", "yard", 3, 0, FALSE, 0);
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
test_a_file_that_names_no_camera (Fixture *f, gconstpointer data)
{
  g_autofree char *path = make_file (f, "a.mp4", "", 1, 1, TRUE, 0);
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
  open->run = g_strdup (RUN);
  open->sequence = 4;
  open->start_us = START;
  segment = tyto_recovery_make_segment (file, path, open, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (segment->id, ==, RUN ".000004");
  g_assert_cmpstr (segment->camera, ==, "gate");
  g_assert_cmpstr (segment->video_codec, ==, "h264");
  g_assert_cmpuint (segment->frames, ==, FRAMES);
}

static void
on_segment (TytoRecovery *recovery, TytoSegment *segment, Fixture *f)
{
  g_ptr_array_add (f->told, tyto_segment_ref (segment));
}

/* Runs @recovery and gives its summary. (transfer full) */
static char *
run (Fixture *f, TytoRecovery *taken, const char *live)
{
  g_autoptr (TytoRecovery) recovery = taken;
  g_autoptr (GError) error = NULL;

  g_signal_connect (recovery, "segment", G_CALLBACK (on_segment), f);
  if (live != NULL)
    tyto_recovery_add_live (recovery, live);
  tyto_recovery_run_async (recovery, NULL, on_result, f);
  g_main_loop_run (f->loop);
  g_assert_true (tyto_recovery_run_finish (recovery, f->result, &error));
  g_assert_no_error (error);
  while (g_main_context_iteration (NULL, FALSE))
    ; /* "segment" may come after the end */
  return tyto_recovery_report_summary (tyto_recovery_get_report (recovery));
}

static char *
recover (Fixture *f, TytoRecoveryMode mode, const char *live)
{
  return run (f, tyto_recovery_new (f->catalogue, f->spool, mode), live);
}

static guint
count_rows (Fixture *f)
{
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;
  g_autoptr (GPtrArray) rows = NULL;
  g_autofree char *cursor = NULL;

  tyto_catalogue_list_segments_async (f->catalogue, &query, NULL, on_result, f);
  g_main_loop_run (f->loop);
  rows = tyto_catalogue_list_segments_finish (f->catalogue, f->result, &cursor, NULL);
  return rows->len;
}

static void
test_all_is_brought_together (Fixture *f, gconstpointer data)
{
  g_autofree char *part = make_file (f, "a.mp4.part", "yard", 1, 3, FALSE, 10);
  g_autofree char *finished = make_file (f, "b.mp4", "yard", 2, 2, TRUE, 0);
  g_autofree char *foreign = make_file (f, "c.mp4", "", 3, 2, TRUE, 0);
  g_autofree char *checked = NULL, *recovered = NULL, *again = NULL, *moved = NULL, *gone = NULL,
                  *away = NULL;
  const char *root = tyto_spool_get_directory (f->spool);
  g_autofree char *lock = g_build_filename (root, ".tyto", "lock", NULL);
  g_autofree char *hidden = g_build_filename (root, ".tyto", "hidden", NULL);
  g_autofree char *elsewhere
      = g_build_filename (tyto_spool_get_directory (f->spool), "elsewhere.mp4", NULL);

  checked = recover (f, TYTO_RECOVERY_CHECK, NULL);
  g_assert_cmpstr (checked, ==, "1 unfinished file, 1 file without row, 1 unknown file");
  g_assert_cmpuint (count_rows (f), ==, 0);
  g_assert_true (g_file_test (part, G_FILE_TEST_EXISTS));

  recovered = recover (f, TYTO_RECOVERY_START, NULL);
  g_assert_cmpstr (recovered, ==, "Recovered 1 segment, entered 1 file, 1 unknown file");
  g_assert_cmpuint (count_rows (f), ==, 2);
  g_assert_cmpuint (f->told->len, ==, 1);
  again = recover (f, TYTO_RECOVERY_START, NULL);
  g_assert_cmpstr (again, ==, "1 unknown file");

  g_assert_cmpint (g_rename (finished, elsewhere), ==, 0);
  moved = recover (f, TYTO_RECOVERY_START, NULL);
  g_assert_cmpstr (moved, ==, "Found 1 file elsewhere, 1 unknown file");
  g_assert_cmpint (g_unlink (elsewhere), ==, 0);

  /* The disk is taken away, and an empty directory is left. */
  g_assert_cmpint (g_rename (lock, hidden), ==, 0);
  away = recover (f, TYTO_RECOVERY_REBUILD, NULL);
  g_assert_cmpstr (away, ==, "1 row whose disk may be away, 1 unknown file");
  g_assert_cmpint (g_rename (hidden, lock), ==, 0);
  gone = recover (f, TYTO_RECOVERY_REBUILD, NULL);
  g_assert_cmpstr (gone, ==, "1 row without file, 1 unknown file");
  g_assert_cmpuint (count_rows (f), ==, 1);
}

static void
open_row (Fixture *f, const char *path)
{
  g_autoptr (TytoSegment) open = tyto_segment_new ();

  open->camera = g_strdup ("yard");
  open->stream = g_strdup ("main");
  open->run = g_strdup (RUN);
  open->sequence = 1;
  open->id = tyto_segment_id_new (RUN, 1);
  open->path = g_strdup (path);
  open->format = g_strdup ("mp4");
  open->start_us = START;
  tyto_catalogue_open_segment_async (f->catalogue, open, NULL, on_result, f);
  g_main_loop_run (f->loop);
  g_assert_true (tyto_catalogue_enter_finish (f->catalogue, f->result, NULL));
}

static void
test_what_lives_is_left_alone (Fixture *f, gconstpointer data)
{
  g_autofree char *part = make_file (f, "a.mp4.part", "yard", 1, 2, FALSE, 0);
  g_autofree char *path = g_strndup (part, strlen (part) - strlen (".part"));
  g_autofree char *alive = NULL, *dead = NULL;
  int fd = open (part, O_RDWR);

  open_row (f, path);
  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
  alive = recover (f, TYTO_RECOVERY_OPEN, RUN);
  g_assert_null (alive);
  close (fd); /* its worker gave it up and lives */
  g_assert_cmpint (g_rename (part, path), ==, 0);
  alive = recover (f, TYTO_RECOVERY_OPEN, RUN);
  g_assert_null (alive); /* finished: it will be told */
  dead = recover (f, TYTO_RECOVERY_OPEN, NULL);
  g_assert_cmpstr (dead, ==, "Entered 1 file");
  g_assert_cmpuint (f->told->len, ==, 1);
  g_assert_cmpuint (count_rows (f), ==, 1);
}

/* A worker died between the making of a file and the word of it. */
static void
test_untold_parts (Fixture *f, gconstpointer data)
{
  g_autofree char *told = make_file (f, "a.mp4.part", "yard", 1, 2, FALSE, 0);
  g_autofree char *path = g_strndup (told, strlen (told) - strlen (".part"));
  g_autofree char *untold = make_file (f, "b.mp4.part", "yard", 2, 2, FALSE, 0);
  g_autofree char *empty = make_file (f, "c.mp4.part", "yard", 3, 0, FALSE, 0);
  g_autofree char *finished = make_file (f, "d.mp4", "yard", 4, 2, TRUE, 0);
  g_autofree char *first = NULL, *second = NULL, *third = NULL;
  TytoRecovery *again = tyto_recovery_new (f->catalogue, f->spool, TYTO_RECOVERY_OPEN);
  struct timespec long_ago[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

  g_assert_cmpint (truncate (empty, 0), ==, 0);
  open_row (f, path);
  first = recover (f, TYTO_RECOVERY_OPEN, NULL); /* "c" is young still */
  g_assert_cmpstr (first, ==, "Recovered 2 segments");
  g_assert_true (g_file_test (empty, G_FILE_TEST_EXISTS));
  g_assert_cmpint (utimensat (AT_FDCWD, empty, long_ago, 0), ==, 0);
  second = recover (f, TYTO_RECOVERY_OPEN, NULL); /* nothing says where it is */
  g_assert_null (second);
  tyto_recovery_add_path (again, path);
  third = run (f, again, NULL);
  g_assert_nonnull (third);
  g_assert_false (g_file_test (empty, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (finished, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (count_rows (f), ==, 2);
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
    void (*test) (Fixture *f, gconstpointer data);
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
    g_test_add (table[i].path, Fixture, NULL, set_up, table[i].test, tear_down);
  return g_test_run ();
}
