/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whose a directory of recordings is, and what lies in it. */
#include "recorder/spool/tyto-spool-walk.h"
#include "recorder/spool/tyto-spool.h"

#include "base/tyto-error.h"
#include "temporary-tree.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define OURS   "6f1c1e0a-8f5e-4a3f-9f53-0a9a8a3b6f0e"
#define OTHERS "00000000-0000-4000-8000-000000000000"

typedef struct {
  char *directory;
  GMainLoop *loop;
  GAsyncResult *result;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->directory = g_dir_make_tmp ("tyto-spool-XXXXXX", NULL);
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

static void
on_result (GObject *source, GAsyncResult *result, gpointer data)
{
  Fixture *f = data;

  g_set_object (&f->result, result);
  g_main_loop_quit (f->loop);
}

static gboolean
claim (Fixture *f, TytoSpool *spool, const char *id, gboolean empty, TytoSpoolClaim *claimed,
       GError **error)
{
  tyto_spool_claim_async (spool, id, empty, NULL, on_result, f);
  g_main_loop_run (f->loop);
  return tyto_spool_claim_finish (spool, f->result, claimed, error);
}

/* Unrefs @spool and waits until it is gone: its task's thread may hold it a moment longer. */
static void
let_go (Fixture *f, TytoSpool *spool)
{
  GWeakRef weak;
  TytoSpool *left;

  g_weak_ref_init (&weak, spool);
  g_clear_object (&f->result);
  g_object_unref (spool);
  while ((left = g_weak_ref_get (&weak)) != NULL) {
    g_object_unref (left);
    g_thread_yield ();
  }
  g_weak_ref_clear (&weak);
}

static void
test_a_new_directory_is_ours_from_then_on (Fixture *f, gconstpointer data)
{
  g_autofree char *path = g_build_filename (f->directory, "new", "recordings", NULL);
  TytoSpoolClaim claimed;
  gint64 since_us = 0;

  for (guint i = 0; i < 2; i++) {
    TytoSpool *spool = tyto_spool_new (path);

    g_assert_false (tyto_spool_is_claimed (spool));
    g_assert_true (claim (f, spool, OURS, FALSE, &claimed, NULL));
    g_assert_cmpint (claimed, ==, i == 0 ? TYTO_SPOOL_NEW : TYTO_SPOOL_OURS);
    g_assert_true (tyto_spool_is_claimed (spool));
    g_assert_true (tyto_spool_is_there (spool));
    g_assert_cmpint (tyto_spool_get_since_us (spool), >, 0);
    g_assert_true (i == 0 || tyto_spool_get_since_us (spool) == since_us);
    since_us = tyto_spool_get_since_us (spool);
    g_assert_true (claim (f, spool, OURS, FALSE, &claimed, NULL)); /* again is no error */
    let_go (f, spool);
  }
}

static void
test_two_recorders (Fixture *f, gconstpointer data)
{
  g_autoptr (TytoSpool) first = tyto_spool_new (f->directory);
  g_autoptr (TytoSpool) second = tyto_spool_new (f->directory);
  g_autoptr (GError) error = NULL;

  g_assert_true (claim (f, first, OURS, FALSE, NULL, NULL));
  g_assert_false (claim (f, second, OURS, FALSE, NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS);
  g_assert_nonnull (strstr (error->message, "Another recorder"));
  g_assert_false (tyto_spool_is_claimed (second));
  let_go (f, g_steal_pointer (&first));
  g_assert_true (claim (f, second, OURS, FALSE, NULL, NULL));
}

static void
test_another_catalogue (Fixture *f, gconstpointer data)
{
  g_autoptr (TytoSpool) first = tyto_spool_new (f->directory);
  g_autoptr (TytoSpool) second = tyto_spool_new (f->directory);
  g_autoptr (GError) error = NULL;
  TytoSpoolClaim claimed;

  g_assert_true (claim (f, first, OTHERS, TRUE, &claimed, NULL));
  g_assert_cmpint (claimed, ==, TYTO_SPOOL_NEW);
  let_go (f, g_steal_pointer (&first));

  g_assert_false (claim (f, second, OURS, FALSE, NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS);
  g_assert_nonnull (strstr (error->message, OTHERS));
  g_assert_nonnull (tyto_error_hint (error));

  /* A catalogue that knows nothing yet takes the place of the one that was lost. */
  g_assert_true (claim (f, second, OURS, TRUE, &claimed, NULL));
  g_assert_cmpint (claimed, ==, TYTO_SPOOL_INHERITED);
}

static void
test_a_directory_that_cannot_be_made (Fixture *f, gconstpointer data)
{
  g_autofree char *file = g_build_filename (f->directory, "file", NULL);
  g_autofree char *path = g_build_filename (file, "recordings", NULL);
  g_autoptr (TytoSpool) spool = tyto_spool_new (path);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (file, "", 0, NULL));
  g_assert_false (claim (f, spool, OURS, FALSE, NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_assert_nonnull (strstr (error->message, path));
}

static void
test_contains (Fixture *f, gconstpointer data)
{
  g_autoptr (TytoSpool) spool = tyto_spool_new ("/srv/video/");

  g_assert_cmpstr (tyto_spool_get_directory (spool), ==, "/srv/video");
  g_assert_true (tyto_spool_contains (spool, "/srv/video/front/a.mp4"));
  g_assert_false (tyto_spool_contains (spool, "/srv/video2/front/a.mp4"));
  g_assert_false (tyto_spool_contains (spool, "/srv"));
}

static void
test_classify (void)
{
  const struct {
    const char *name;
    TytoSpoolKind kind;
  } cases[] = {
    { "12-00-00.mp4", TYTO_SPOOL_MEDIA }, { "12-00-00-1.ts", TYTO_SPOOL_MEDIA },
    { "a.mkv", TYTO_SPOOL_MEDIA },        { "a.mp4.part", TYTO_SPOOL_PART },
    { "a.mkv.part", TYTO_SPOOL_PART },    { "a.mp4.archived", TYTO_SPOOL_MARK },
    { "a.mp4.empty", TYTO_SPOOL_EMPTY },  { "download.part", TYTO_SPOOL_OTHER },
    { ".part", TYTO_SPOOL_OTHER },        { ".mp4", TYTO_SPOOL_OTHER },
    { "a.mp4.bak", TYTO_SPOOL_OTHER },    { "", TYTO_SPOOL_OTHER },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_test_message ("%s", cases[i].name);
    g_assert_cmpint (tyto_spool_classify (cases[i].name), ==, cases[i].kind);
  }
}

static void
make_file (Fixture *f, const char *name)
{
  g_autofree char *path = g_build_filename (f->directory, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
}

static gboolean
note (const char *path, TytoSpoolKind kind, const struct stat *about, gpointer data)
{
  g_autofree char *name = g_path_get_basename (path);

  g_string_append_printf (data, "%s:%d ", name, kind);
  return TRUE;
}

static gboolean
stop (const char *path, TytoSpoolKind kind, const struct stat *about, gpointer data)
{
  guint *n = data;

  return ++*n < 2;
}

static void
test_walk (Fixture *f, gconstpointer data)
{
  static const char *const names[] = { "yard/2026-11-21/02.mp4",
                                       "yard/2026-11-21/01.mp4",
                                       "yard/2026-11-20/03.mp4",
                                       "front/04.ts.part",
                                       ".tyto/id",
                                       "thumbnails/yard/05.jpg",
                                       "notes.txt",
                                       "yard/.tyto/06.mp4" };
  g_autofree char *link = g_build_filename (f->directory, "loop.mp4", NULL);
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GCancellable) cancelled = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    make_file (f, names[i]);
  g_assert_cmpint (symlink (f->directory, link), ==, 0);
  g_assert_true (tyto_spool_walk (f->directory, note, seen, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (seen->str, ==,
                   "04.ts.part:0 loop.mp4:4 notes.txt:4 06.mp4:1 03.mp4:1 01.mp4:1 "
                   "02.mp4:1 ");

  g_assert_false (tyto_spool_walk (f->directory, stop, &n, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n, ==, 2);
  g_cancellable_cancel (cancelled);
  g_assert_false (tyto_spool_walk (f->directory, note, seen, cancelled, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  const struct {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } table[] = {
    { "/spool/new", test_a_new_directory_is_ours_from_then_on },
    { "/spool/two-recorders", test_two_recorders },
    { "/spool/another-catalogue", test_another_catalogue },
    { "/spool/cannot-be-made", test_a_directory_that_cannot_be_made },
    { "/spool/contains", test_contains },
    { "/spool/walk", test_walk },
  };

  g_test_init (&argc, &argv, NULL);
  (void) TYTO_ERROR;
  g_test_add_func ("/spool/classify", test_classify);
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    g_test_add (table[i].path, Fixture, NULL, set_up, table[i].test, tear_down);
  return g_test_run ();
}
