/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* How full is full, what is safe elsewhere, and what goes first when room is needed. */
#include "recorder/disk/tyto-disk-limits.h"
#include "recorder/disk/tyto-disk-reclaim.h"
#include "recorder/disk/tyto-disk-reserve.h"
#include "recorder/disk/tyto-disk-space.h"
#include "recorder/spool/tyto-spool-mark.h"

#include "base/tyto-error.h"
#include "temporary-tree.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#define GIB (G_GUINT64_CONSTANT (1) << 30)
#define SHA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const TytoDiskLimits limits = { 1 * GIB, 2, 80, 90 };

static TytoDiskUsage
usage (guint64 free, guint64 used)
{
  return (TytoDiskUsage){ free, used, free + used };
}

static void
test_floor (void)
{
  const TytoDiskLimits none = { 0, 0, 80, 90 };

  g_assert_cmpuint (tyto_disk_limits_get_floor (&limits, 10 * GIB), ==, 1 * GIB);
  g_assert_cmpuint (tyto_disk_limits_get_floor (&limits, 100 * 50 * GIB), ==, 2 * 50 * GIB);
  g_assert_cmpuint (tyto_disk_limits_get_floor (&none, 10 * GIB), ==, 0);
  /* The largest of disks does not overflow. */
  g_assert_cmpuint (tyto_disk_limits_get_floor (&limits, G_MAXUINT64), ==, G_MAXUINT64 / 100 * 2);
}

static void
test_states (void)
{
  const struct {
    guint64 free, used;
    TytoDiskState before, state;
  } cases[] = {
    { 21, 79, TYTO_DISK_OK, TYTO_DISK_OK },
    { 20, 80, TYTO_DISK_OK, TYTO_DISK_WARNING },
    { 21, 79, TYTO_DISK_WARNING, TYTO_DISK_WARNING }, /* not back yet */
    { 22, 78, TYTO_DISK_WARNING, TYTO_DISK_OK },
    { 10, 90, TYTO_DISK_WARNING, TYTO_DISK_CRITICAL },
    { 12, 88, TYTO_DISK_CRITICAL, TYTO_DISK_WARNING },
    { 1, 99, TYTO_DISK_CRITICAL, TYTO_DISK_FULL }, /* 2 percent is the floor */
    { 2, 98, TYTO_DISK_CRITICAL, TYTO_DISK_CRITICAL },
    { 2, 98, TYTO_DISK_FULL, TYTO_DISK_FULL },
    { 3, 97, TYTO_DISK_FULL, TYTO_DISK_CRITICAL },
    { 50, 50, TYTO_DISK_FULL, TYTO_DISK_OK },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    TytoDiskUsage now = usage (cases[i].free * GIB, cases[i].used * GIB);

    g_test_message ("case %u", i);
    g_assert_cmpint (tyto_disk_limits_judge (&limits, &now, cases[i].before), ==, cases[i].state);
  }
  /* A disk that was not asked yet is not full. */
  g_assert_cmpint (tyto_disk_limits_judge (&limits, &(TytoDiskUsage){}, TYTO_DISK_OK), ==,
                   TYTO_DISK_OK);
}

static void
test_percent_is_of_what_users_have (void)
{
  TytoDiskUsage reserved = { .free = 75, .used = 25, .total = 400 };

  g_assert_cmpfloat (tyto_disk_usage_get_percent (&reserved), ==, 25);
  g_assert_cmpfloat (tyto_disk_usage_get_percent (&(TytoDiskUsage){}), ==, 0);
}

static void
test_shortage (void)
{
  TytoDiskUsage plenty = usage (3 * GIB, 10 * GIB), near = usage (GIB + GIB / 5, 10 * GIB),
                below = usage (GIB / 2, 10 * GIB);

  g_assert_cmpuint (tyto_disk_limits_get_shortage (&limits, &plenty), ==, 0);
  g_assert_cmpuint (tyto_disk_limits_get_shortage (&limits, &near), ==, 2 * GIB - near.free);
  g_assert_cmpuint (tyto_disk_limits_get_shortage (&limits, &below), ==, 2 * GIB - GIB / 2);
  g_assert_cmpuint (tyto_disk_limits_get_shortage (&limits, &(TytoDiskUsage){}), ==, 0);
}

typedef struct {
  char *directory;
  GMainLoop *loop;
  GAsyncResult *result;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->directory = g_dir_make_tmp ("tyto-disk-XXXXXX", NULL);
  f->loop = g_main_loop_new (NULL, FALSE);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  temporary_tree_remove (f->directory);
  g_free (f->directory);
  g_main_loop_unref (f->loop);
  g_clear_object (&f->result);
}

/* A file of @size bytes below the directory, last written @mtime seconds after the epoch. */
static char *
make_file (Fixture *f, const char *name, gsize size, gint64 mtime)
{
  char *path = g_build_filename (f->directory, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *bytes = g_malloc0 (size);
  struct timespec times[2] = { { .tv_sec = mtime }, { .tv_sec = mtime } };

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
  g_assert_cmpint (utimensat (AT_FDCWD, path, times, 0), ==, 0);
  return path;
}

static void
test_mark (Fixture *f, gconstpointer data)
{
  g_autofree char *path = make_file (f, "a.mp4", 1000, 1);
  g_autofree char *sha256 = NULL;
  g_autoptr (GError) error = NULL;
  guint64 size = 0;

  g_assert_false (tyto_spool_is_archived (path, NULL, NULL));
  g_assert_false (tyto_spool_mark_archived (path, 999, SHA, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (tyto_spool_mark_archived (path, 1000, "abc", &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_clear_error (&error);
  g_assert_false (tyto_spool_is_archived (path, NULL, NULL));

  g_assert_true (tyto_spool_mark_archived (path, 1000, SHA, &error));
  g_assert_no_error (error);
  g_assert_true (tyto_spool_is_archived (path, &size, &sha256));
  g_assert_cmpuint (size, ==, 1000);
  g_assert_cmpstr (sha256, ==, SHA);

  /* What is no longer the file that was archived is not safe to delete. */
  g_assert_cmpint (truncate (path, 900), ==, 0);
  g_assert_false (tyto_spool_is_archived (path, NULL, NULL));
  g_assert_false (tyto_spool_delete_archived (path, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_WRONG_STATE);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_mark_beside (Fixture *f, gconstpointer data)
{
  g_autofree char *path = make_file (f, "a.mp4", 10, 1);
  g_autofree char *mark = g_strconcat (path, TYTO_SPOOL_MARK_SUFFIX, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (mark, "10:" SHA, -1, NULL));
  g_assert_true (tyto_spool_is_archived (path, NULL, NULL));
  g_assert_true (tyto_spool_delete_archived (path, &error));
  g_assert_no_error (error);
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (mark, G_FILE_TEST_EXISTS));
  g_assert_true (tyto_spool_delete_archived (path, &error)); /* again: it is gone already */

  /* Nonsense in a mark marks nothing. */
  g_free (make_file (f, "a.mp4", 10, 1));
  for (guint i = 0; i < 4; i++) {
    static const char *const wrong[] = { "", "10", "10:xyz", "11:" SHA };

    g_assert_true (g_file_set_contents (mark, wrong[i], -1, NULL));
    g_assert_false (tyto_spool_is_archived (path, NULL, NULL));
  }
}

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  f->result = g_object_ref (result);
  g_main_loop_quit (f->loop);
}

static TytoDiskReclaimed
reclaim (Fixture *f, guint64 bytes)
{
  TytoDiskReclaimed done = { 0 };
  g_autoptr (GError) error = NULL;

  g_clear_object (&f->result);
  tyto_disk_reclaim_async (f->directory, bytes, NULL, on_result, f);
  g_main_loop_run (f->loop);
  g_assert_true (tyto_disk_reclaim_finish (f->result, &done, &error));
  g_assert_cmpuint (g_hash_table_size (done.paths), ==, done.files);
  g_clear_pointer (&done.paths, g_hash_table_unref);
  g_assert_no_error (error);
  return done;
}

static void
test_reclaim_takes_the_oldest_archived (Fixture *f, gconstpointer data)
{
  /* By when they were written, not by name: cameras are mixed. */
  static const char *const names[]
      = { "b/2.mp4", "a/1.mp4", "b/3.ts", "a/4.mkv", "kept.mp4", "notes.txt", "a/5.mp4.part" };
  char *paths[G_N_ELEMENTS (names)];
  TytoDiskReclaimed done;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    paths[i] = make_file (f, names[i], 100000, 1000 + i);
    if (!g_str_equal (names[i], "kept.mp4"))
      g_assert_true (tyto_spool_mark_archived (paths[i], 100000, SHA, NULL));
  }
  done = reclaim (f, 150000);
  g_assert_cmpuint (done.files, ==, 2);
  g_assert_cmpuint (done.bytes, >=, 200000);
  g_assert_true (done.enough);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (g_file_test (paths[i], G_FILE_TEST_EXISTS) == (i >= 2));

  done = reclaim (f, 10000000); /* all that may go, and no more */
  g_assert_cmpuint (done.files, ==, 2);
  g_assert_false (done.enough);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_assert_true (g_file_test (paths[i], G_FILE_TEST_EXISTS) == (i >= 4));
    g_free (paths[i]);
  }
}

static void
test_space_of_a_directory_to_come (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->directory, "not", "yet", NULL);
  TytoDiskUsage here = { 0 }, there = { 0 };

  g_assert_true (tyto_disk_space_read (f->directory, &here));
  g_assert_true (tyto_disk_space_read (path, &there));
  g_assert_cmpuint (here.total, >, 0);
  g_assert_cmpuint (here.total, ==, there.total);
}

static void
on_asked (TytoDiskSpace *space, GMainLoop *loop)
{
  if (tyto_disk_space_get_total (space) > 0)
    g_main_loop_quit (loop);
}

static void
test_space_is_judged (Fixture *f, gconstpointer data)
{
  g_autoptr (TytoDiskSpace) space = tyto_disk_space_new (f->directory);
  TytoDiskLimits all = { .floor_bytes = G_MAXINT64, .warn_percent = 80, .critical_percent = 90 };

  g_signal_connect (space, "asked", G_CALLBACK (on_asked), f->loop);
  g_main_loop_run (f->loop);
  tyto_disk_space_set_limits (space, &all);
  g_assert_cmpint (tyto_disk_space_get_state (space), ==, TYTO_DISK_FULL);
  all.floor_bytes = 0;
  all.warn_percent = all.critical_percent = 101;
  tyto_disk_space_set_limits (space, &all);
  g_assert_cmpint (tyto_disk_space_get_state (space), ==, TYTO_DISK_OK);
  g_signal_handlers_disconnect_by_data (space, f->loop);
}

/* A disk with room keeps its reserve. */
static void
test_reserve (Fixture *f, gconstpointer data)
{
  g_autoptr (TytoDiskReserve) reserve = tyto_disk_reserve_new (f->directory);
  g_autofree char *path = g_build_filename (f->directory, "reserve", NULL);
  GStatBuf about = { 0 };

  tyto_disk_reserve_keep (reserve);
  while (g_stat (path, &about) != 0 || about.st_size < 16 << 20)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpint (about.st_blocks * 512, >=, 16 << 20);
  g_assert_false (tyto_disk_reserve_release (reserve));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

int
main (int argc, char **argv)
{
  const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } table[] = {
    { "/disk/mark", test_mark },
    { "/disk/mark-beside", test_mark_beside },
    { "/disk/reclaim", test_reclaim_takes_the_oldest_archived },
    { "/disk/space-to-come", test_space_of_a_directory_to_come },
    { "/disk/space", test_space_is_judged },
    { "/disk/reserve", test_reserve },
  };

  g_test_init (&argc, &argv, NULL);
  (void) TYTO_ERROR;
  g_test_add_func ("/disk/floor", test_floor);
  g_test_add_func ("/disk/states", test_states);
  g_test_add_func ("/disk/percent", test_percent_is_of_what_users_have);
  g_test_add_func ("/disk/shortage", test_shortage);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_test_add (table[i].path, Fixture, NULL, set_up, table[i].test, tear_down);
  return g_test_run ();
}
