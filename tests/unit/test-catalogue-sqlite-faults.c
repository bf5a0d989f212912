/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The disk fills up, fails, or loses power. SQLite's own system calls are stood in for: those of
 * this program come before the C library's. */
#include "base/tyto-error.h"
#include "store/tyto-catalogue-sqlite.h"
#include "test-catalogue-suite.h"

#include <errno.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Writes that still go well; -1 for all. Then they fail with write_errno. */
static int writes_left = -1;
static int write_errno = ENOSPC;
/* Syncs that still go well; -1 for all. */
static int syncs_left = -1;
static int n_syncs;
/* While held, syncs wait. */
static GMutex sync_gate;
/* What of the write-ahead log would be there after a power cut: what the last sync saw. */
static GMutex synced_lock;
static GByteArray *synced_wal;

ssize_t pwrite64 (int fd, const void *data, size_t size, off64_t offset);
int fdatasync (int fd);
int fsync (int fd);

static gboolean
spend (int *left)
{
  int value = g_atomic_int_get (left);

  if (value > 0)
    g_atomic_int_add (left, -1);
  return value != 0;
}

ssize_t
pwrite64 (int fd, const void *data, size_t size, off64_t offset)
{
  if (!spend (&writes_left)) {
    errno = write_errno;
    return -1;
  }
  return syscall (SYS_pwrite64, fd, data, size, offset);
}

static void
keep_synced (int fd)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree char *name = g_file_read_link (link, NULL);
  struct stat info;

  if (name == NULL || !g_str_has_suffix (name, "-wal") || fstat (fd, &info) != 0)
    return;
  g_mutex_lock (&synced_lock);
  g_clear_pointer (&synced_wal, g_byte_array_unref);
  synced_wal = g_byte_array_sized_new ((guint) info.st_size);
  g_byte_array_set_size (synced_wal, (guint) info.st_size);
  g_assert_cmpint (pread (fd, synced_wal->data, synced_wal->len, 0), ==, info.st_size);
  g_mutex_unlock (&synced_lock);
}

static int
count_sync (int fd, long number)
{
  g_mutex_lock (&sync_gate);
  g_mutex_unlock (&sync_gate);
  g_atomic_int_inc (&n_syncs);
  if (!spend (&syncs_left)) {
    errno = EIO;
    return -1;
  }
  keep_synced (fd);
  return (int) syscall (number, fd);
}

int
fdatasync (int fd)
{
  return count_sync (fd, SYS_fdatasync);
}

int
fsync (int fd)
{
  return count_sync (fd, SYS_fsync);
}

typedef struct {
  char *storage;
  char *path;
  TytoCatalogue *catalogue;
} Fixture;

static void
open_catalogue (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->catalogue = tyto_catalogue_sqlite_new (fixture->path);
  catalogue_open (fixture->catalogue, &error);
  g_assert_no_error (error);
}

static void
close_catalogue (Fixture *fixture)
{
  tyto_catalogue_close (fixture->catalogue);
  g_assert_finalize_object (fixture->catalogue);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_atomic_int_set (&writes_left, -1);
  g_atomic_int_set (&syncs_left, -1);
  fixture->storage = catalogue_suite_new_storage ();
  fixture->path = g_build_filename (fixture->storage, "catalogue.db", NULL);
  open_catalogue (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  close_catalogue (fixture);
  catalogue_suite_remove_storage (fixture->storage);
  g_free (fixture->storage);
  g_free (fixture->path);
}

static gboolean
enter (Fixture *fixture, guint64 sequence, GError **error)
{
  g_autoptr (TytoSegment) segment
      = catalogue_test_segment ("door", sequence, (gint64) sequence * 1000, 1000);

  return catalogue_enter_segment (fixture->catalogue, segment, error);
}

/* Queues segments 1 to @n behind one another; which were entered is in @entered. */
static void
enter_burst (Fixture *fixture, guint n, gboolean *entered)
{
  g_autofree GAsyncResult **results = g_new0 (GAsyncResult *, n);

  for (guint i = 0; i < n; i++) {
    g_autoptr (TytoSegment) segment
        = catalogue_test_segment ("door", i + 1, (gint64) i * 1000, 1000);

    tyto_catalogue_enter_segment_async (fixture->catalogue, segment, NULL, catalogue_keep_result,
                                        &results[i]);
  }
  for (guint i = 0; i < n; i++) {
    g_autoptr (GError) error = NULL;

    catalogue_await (&results[i]);
    entered[i] = tyto_catalogue_enter_finish (fixture->catalogue, results[i], &error);
    if (!entered[i])
      g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
    g_object_unref (results[i]);
  }
}

static gboolean
is_there (TytoCatalogue *catalogue, guint64 sequence)
{
  g_autofree char *id = g_strdup_printf ("RUN-door.%06" G_GUINT64_FORMAT, sequence);
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoSegment) segment = catalogue_get_segment (catalogue, id, &error);

  if (segment == NULL)
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  return segment != NULL;
}

/* Full: said so, with what to do; what is there can be read; with room, everything goes on. */
static void
test_disk_full (Fixture *fixture, gconstpointer data)
{
  gboolean entered[20];
  g_autoptr (GError) error = NULL;

  g_assert_true (enter (fixture, 100, NULL));
  g_atomic_int_set (&writes_left, 0);
  g_assert_false (enter (fixture, 101, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "full"));
  g_assert_nonnull (strstr (tyto_error_hint (error), "space"));
  enter_burst (fixture, G_N_ELEMENTS (entered), entered);
  for (gsize i = 0; i < G_N_ELEMENTS (entered); i++)
    g_assert_false (entered[i]);
  g_assert_true (is_there (fixture->catalogue, 100));

  g_atomic_int_set (&writes_left, -1);
  g_assert_true (enter (fixture, 101, NULL));
  enter_burst (fixture, G_N_ELEMENTS (entered), entered);
  close_catalogue (fixture);
  open_catalogue (fixture);
  g_assert_true (is_there (fixture->catalogue, 101));
  for (gsize i = 0; i < G_N_ELEMENTS (entered); i++)
    g_assert_true (entered[i] && is_there (fixture->catalogue, i + 1));
}

/* Wherever in a burst it begins to fail: rows that were told of are there, the others are not. */
static void
test_failing_at_each_write (Fixture *fixture, gconstpointer data)
{
  gboolean entered[12];
  guint n_mixed = 0;

  write_errno = GPOINTER_TO_INT (data);
  for (int good = 0; good < 40; good++) {
    guint n_entered = 0;

    g_atomic_int_set (&writes_left, good);
    enter_burst (fixture, G_N_ELEMENTS (entered), entered);
    g_atomic_int_set (&writes_left, -1);
    for (gsize i = 0; i < G_N_ELEMENTS (entered); i++) {
      n_entered += (guint) entered[i];
      g_assert_cmpint (is_there (fixture->catalogue, i + 1), ==, entered[i]);
    }
    n_mixed += n_entered > 0 && n_entered < G_N_ELEMENTS (entered);

    close_catalogue (fixture);
    catalogue_suite_remove_storage (fixture->storage);
    open_catalogue (fixture);
  }
  write_errno = ENOSPC;
  g_test_message ("%u bursts were cut in the middle", n_mixed);
}

/* A sync that fails: the row was not promised; entering it again is no error. */
static void
test_failing_sync (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (enter (fixture, 1, NULL));
  g_atomic_int_set (&syncs_left, 0);
  g_assert_false (enter (fixture, 2, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_test_message ("%s", error->message);
  g_atomic_int_set (&syncs_left, -1);
  g_assert_true (enter (fixture, 2, NULL));
  close_catalogue (fixture);
  open_catalogue (fixture);
  g_assert_true (is_there (fixture->catalogue, 1));
  g_assert_true (is_there (fixture->catalogue, 2));
}

/* What waited behind a slow sync is committed together. */
static void
test_group_commit (Fixture *fixture, gconstpointer data)
{
  gboolean entered[256];
  int before;
  g_autoptr (TytoSegment) first = catalogue_test_segment ("door", 1000, 1, 1);
  g_autoptr (GAsyncResult) result = NULL;
  GAsyncResult *results[256] = { NULL };

  g_assert_true (enter (fixture, 2000, NULL));
  before = g_atomic_int_get (&n_syncs);
  g_mutex_lock (&sync_gate);
  tyto_catalogue_enter_segment_async (fixture->catalogue, first, NULL, catalogue_keep_result,
                                      &result);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++) {
    g_autoptr (TytoSegment) segment = catalogue_test_segment ("door", i + 1, (gint64) i, 1);

    tyto_catalogue_enter_segment_async (fixture->catalogue, segment, NULL, catalogue_keep_result,
                                        &results[i]);
  }
  g_mutex_unlock (&sync_gate);
  catalogue_await (&result);
  for (guint i = 0; i < G_N_ELEMENTS (results); i++) {
    catalogue_await (&results[i]);
    entered[i] = tyto_catalogue_enter_finish (fixture->catalogue, results[i], NULL);
    g_assert_true (entered[i]);
    g_object_unref (results[i]);
  }
  g_test_message ("%d syncs for 257 rows", g_atomic_int_get (&n_syncs) - before);
  g_assert_cmpint (g_atomic_int_get (&n_syncs) - before, >=, 1);
  g_assert_cmpint (g_atomic_int_get (&n_syncs) - before, <=, 8);
}

static gboolean
on_release (gpointer db)
{
  g_assert_cmpint (sqlite3_exec (db, "COMMIT", NULL, NULL, NULL), ==, SQLITE_OK);
  return G_SOURCE_REMOVE;
}

/* Another program holds the database for a moment: entering waits, the main loop does not. */
static void
test_held_by_another (Fixture *fixture, gconstpointer data)
{
  sqlite3 *db;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (sqlite3_open (fixture->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  g_timeout_add (200, on_release, db);
  enter (fixture, 1, &error);
  g_assert_no_error (error);
  g_assert_true (sqlite3_get_autocommit (db));
  sqlite3_close (db);
}

static void
copy (const char *from, const char *to)
{
  /* By another process: closing the file in this one would drop SQLite's locks on it. */
  const char *const argv[] = { "cp", from, to, NULL };
  int status;

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, &status, NULL));
  g_assert_cmpint (status, ==, 0);
}

/* After each call, the power goes: only what had been synced is there. */
static void
test_power_cut (Fixture *fixture, gconstpointer data)
{
  for (guint64 i = 1; i <= 15; i++) {
    Fixture after = { catalogue_suite_new_storage (), NULL, NULL };
    g_autofree char *wal = NULL;

    g_assert_true (enter (fixture, i, NULL));
    after.path = g_build_filename (after.storage, "catalogue.db", NULL);
    wal = g_strconcat (after.path, "-wal", NULL);
    copy (fixture->path, after.path);
    g_mutex_lock (&synced_lock);
    g_assert_nonnull (synced_wal);
    g_assert_true (
        g_file_set_contents (wal, (const char *) synced_wal->data, synced_wal->len, NULL));
    g_mutex_unlock (&synced_lock);

    open_catalogue (&after);
    for (guint64 k = 1; k <= i; k++)
      g_assert_true (is_there (after.catalogue, k));
    tear_down (&after, NULL);
    g_clear_pointer (&synced_wal, g_byte_array_unref);
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *path;
    int error;
    void (*run) (Fixture *, gconstpointer);
  } cases[] = {
    { "/sqlite-faults/disk-full", 0, test_disk_full },
    { "/sqlite-faults/full-at-each-write", ENOSPC, test_failing_at_each_write },
    { "/sqlite-faults/broken-at-each-write", EIO, test_failing_at_each_write },
    { "/sqlite-faults/failing-sync", 0, test_failing_sync },
    { "/sqlite-faults/group-commit", 0, test_group_commit },
    { "/sqlite-faults/held-by-another", 0, test_held_by_another },
    { "/sqlite-faults/power-cut", 0, test_power_cut },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, GINT_TO_POINTER (cases[i].error), set_up, cases[i].run,
                tear_down);
  return g_test_run ();
}
