/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A process is killed in the middle of entering: every row whose call completed is there. */
#include "store/tyto-catalogue-sqlite.h"
#include "test-catalogue-suite.h"

#include <stdlib.h>
#include <unistd.h>

#define ROUNDS    8
#define IN_FLIGHT 40

typedef struct {
  TytoCatalogue *catalogue;
  guint64 sequence;
} Child;

typedef struct {
  Child *child;
  guint64 sequence;
} Call;

static void enter_next (Child *self);

/* Says the sequence number of the row that is entered: one write(2), nothing is held back. */
static void
on_entered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Call *call = data;
  g_autoptr (GError) error = NULL;
  char line[32];
  int length;

  if (!tyto_catalogue_enter_finish (call->child->catalogue, result, &error))
    g_error ("%s", error->message);
  length = g_snprintf (line, sizeof line, "%" G_GUINT64_FORMAT "\n", call->sequence);
  if (write (STDOUT_FILENO, line, (gsize) length) != length)
    exit (1);
  enter_next (call->child);
}

static void
enter_next (Child *self)
{
  Call *call = g_new (Call, 1);
  guint64 sequence = ++self->sequence;
  g_autoptr (TytoSegment) segment
      = catalogue_test_segment ("door", sequence, (gint64) sequence * 1000, 1000);

  *call = (Call){ self, sequence };
  tyto_catalogue_enter_segment_async (self->catalogue, segment, NULL, on_entered, call);
}

/* Enters segments from @first on until it is killed. */
static void
run_child (const char *path, guint64 first)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Child self = { tyto_catalogue_sqlite_new (path), first - 1 };
  g_autoptr (GError) error = NULL;

  if (!catalogue_open (self.catalogue, &error))
    g_error ("%s", error->message);
  for (int i = 0; i < IN_FLIGHT; i++)
    enter_next (&self);
  g_main_loop_run (loop);
}

/* Kills a child after @n_lines rows; adds all it said to @entered. */
static void
kill_child (const char *path, guint64 first, guint n_lines, GArray *entered)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, first);
  g_autoptr (GSubprocess) child = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "/proc/self/exe", "--enter", path, number, NULL);
  g_autoptr (GDataInputStream) lines = NULL;
  guint n_read = 0;
  char *line;

  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (child));
  while ((line = g_data_input_stream_read_line (lines, NULL, NULL, &error)) != NULL) {
    guint64 sequence = g_ascii_strtoull (line, NULL, 10);

    g_array_append_val (entered, sequence);
    g_free (line);
    if (++n_read == n_lines)
      g_subprocess_force_exit (child);
  }
  g_assert_no_error (error);
  g_subprocess_wait (child, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_subprocess_get_if_signaled (child), ==, TRUE);
  g_assert_cmpuint (n_read, >=, n_lines);
}

static void
test_killed (void)
{
  g_autofree char *storage = catalogue_suite_new_storage ();
  g_autofree char *path = g_build_filename (storage, "catalogue.db", NULL);
  g_autoptr (GArray) entered = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) totals = NULL;
  TytoCatalogue *catalogue;
  const TytoCatalogueTotals *door;

  for (guint round = 0; round < ROUNDS; round++)
    kill_child (path, 1 + round * G_GUINT64_CONSTANT (1000000), 1 + round * 61, entered);

  catalogue = tyto_catalogue_sqlite_new (path);
  catalogue_open (catalogue, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < entered->len; i++) {
    g_autofree char *id
        = g_strdup_printf ("RUN-door.%06" G_GUINT64_FORMAT, g_array_index (entered, guint64, i));
    g_autoptr (TytoSegment) segment = catalogue_get_segment (catalogue, id, &error);

    g_assert_no_error (error);
    g_assert_nonnull (segment);
  }
  /* The totals are of the same transactions as the rows. */
  totals = catalogue_list_totals (catalogue, NULL);
  door = totals->pdata[0];
  g_test_message ("%u rows were told of, %" G_GUINT64_FORMAT " are there", entered->len,
                  door->segments);
  g_assert_cmpuint (door->segments, >=, entered->len);
  g_assert_cmpuint (door->bytes, ==, 1000 * door->segments);
  tyto_catalogue_close (catalogue);
  g_assert_finalize_object (catalogue);
  catalogue_suite_remove_storage (storage);
}

int
main (int argc, char **argv)
{
  if (argc == 4 && g_str_equal (argv[1], "--enter")) {
    run_child (argv[2], g_ascii_strtoull (argv[3], NULL, 10));
    return 1;
  }
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sqlite-kill/every-row-that-was-told", test_killed);
  return g_test_run ();
}
