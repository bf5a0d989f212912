/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-error.h"
#include "media/hls/tyto-hls-journal.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* What was said in the log last. */
static char *warning;

static GLogWriterOutput
keep_warning (GLogLevelFlags level, const GLogField *fields, gsize n, gpointer user_data)
{
  if (!(level & G_LOG_LEVEL_WARNING))
    return g_log_writer_default (level, fields, n, user_data);
  for (gsize i = 0; i < n; i++)
    if (g_str_equal (fields[i].key, "MESSAGE")) {
      g_free (warning);
      warning = g_strdup (fields[i].value);
    }
  return G_LOG_WRITER_HANDLED;
}

typedef struct {
  char *directory;
  char *path;
} Scene;

static void
set_up (Scene *scene, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  scene->directory = g_dir_make_tmp ("tyto-journal-XXXXXX", &error);
  g_assert_no_error (error);
  scene->path = g_build_filename (scene->directory, "journal", NULL);
}

static void
tear_down (Scene *scene, gconstpointer data)
{
  g_assert_null (warning);
  g_unlink (scene->path);
  g_assert_cmpint (g_rmdir (scene->directory), ==, 0);
  g_free (scene->directory);
  g_free (scene->path);
}

static TytoHlsJournal *
open_journal (Scene *scene)
{
  g_autoptr (GError) error = NULL;
  TytoHlsJournal *journal = tyto_hls_journal_open (scene->directory, &error);

  g_assert_no_error (error);
  g_assert_nonnull (journal);
  return journal;
}

static void
note (TytoHlsJournal *journal, const TytoHlsSegment *segment)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (tyto_hls_journal_note (journal, segment, &error));
  g_assert_no_error (error);
}

static GPtrArray *
read_journal (Scene *scene, gboolean *ended)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *segments = tyto_hls_journal_read (scene->directory, ended, &error);

  g_assert_no_error (error);
  g_assert_nonnull (segments);
  return segments;
}

static void
write_text (Scene *scene, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (scene->path, text, -1, &error);
  g_assert_no_error (error);
}

static char *
read_text (Scene *scene)
{
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (scene->path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static TytoHlsSegment *
segment_at (GPtrArray *segments, guint i)
{
  g_assert_cmpuint (i, <, segments->len);
  return g_ptr_array_index (segments, i);
}

static TytoHlsSegment *
make_segment (guint64 position, guint rendition, const char *name)
{
  TytoHlsSegment *segment = tyto_hls_segment_new (position, rendition);

  g_free (segment->name);
  segment->name = g_strdup (name);
  return segment;
}

static void
set_fetched (TytoHlsSegment *segment, const char *file, guint64 bytes)
{
  segment->state = TYTO_HLS_FETCHED;
  g_free (segment->file);
  segment->file = g_strdup (file);
  segment->bytes = bytes;
}

static void
assert_equal (const TytoHlsSegment *a, const TytoHlsSegment *b)
{
  g_assert_cmpuint (a->position, ==, b->position);
  g_assert_cmpuint (a->rendition, ==, b->rendition);
  g_assert_cmpint (a->state, ==, b->state);
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpint (a->sequence, ==, b->sequence);
  g_assert_cmpint (a->duration_us, ==, b->duration_us);
  g_assert_cmpint (a->discontinuity, ==, b->discontinuity);
  g_assert_cmpstr (a->init, ==, b->init);
  g_assert_cmpint (a->time_us, ==, b->time_us);
  g_assert_cmpstr (a->file, ==, b->file);
  g_assert_cmpuint (a->bytes, ==, b->bytes);
  g_assert_cmpstr (a->etag, ==, b->etag);
  g_assert_cmpint (a->made_us, ==, b->made_us);
  g_assert_cmpstr (a->reason, ==, b->reason);
  g_assert_cmpuint (a->count, ==, b->count);
}

/* All of a segment comes back, in each state, across closing and opening. */
static void
test_states (Scene *scene, gconstpointer data)
{
  g_autoptr (TytoHlsSegment) full = make_segment (17, 0, "a/live \"017\".ts");
  g_autoptr (TytoHlsSegment) missing = make_segment (18, 0, "live_018.ts");
  g_autoptr (TytoHlsSegment) unlisted = tyto_hls_segment_new (19, 0);
  g_autoptr (TytoHlsSegment) audio = make_segment (17, 1, "sound.aac");
  g_autoptr (TytoHlsJournal) journal = open_journal (scene);
  g_autoptr (GPtrArray) segments = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ended = TRUE;

  full->sequence = 0;
  full->duration_us = 4000000;
  full->discontinuity = TRUE;
  g_free (full->init);
  full->init = g_strdup ("init-0.mp4");
  full->time_us = 0;
  g_free (full->etag);
  full->etag = g_strdup ("\"abc\"");
  full->made_us = G_GINT64_CONSTANT (1795226880123456);
  note (journal, full);
  note (journal, audio);
  segments = read_journal (scene, &ended);
  g_assert_false (ended);
  g_assert_cmpuint (segments->len, ==, 2);
  assert_equal (segment_at (segments, 0), full);
  assert_equal (segment_at (segments, 1), audio);

  tyto_hls_journal_close (g_steal_pointer (&journal));
  journal = open_journal (scene);
  missing->state = TYTO_HLS_MISSING;
  g_free (missing->reason);
  missing->reason = g_strdup ("404 Not Found, 3 tries");
  unlisted->state = TYTO_HLS_UNLISTED;
  unlisted->count = 2;
  note (journal, unlisted);
  note (journal, missing);
  set_fetched (full, "000017-0.ts", G_GUINT64_CONSTANT (5000000000));
  full->discontinuity = FALSE;
  note (journal, full);
  g_assert_true (tyto_hls_journal_note_end (journal, &error));
  g_assert_true (tyto_hls_journal_sync (journal, &error));
  g_ptr_array_unref (segments);
  segments = read_journal (scene, &ended);
  g_assert_true (ended);
  g_assert_cmpuint (segments->len, ==, 4);
  assert_equal (segment_at (segments, 0), full);
  assert_equal (segment_at (segments, 1), audio);
  assert_equal (segment_at (segments, 2), missing);
  assert_equal (segment_at (segments, 3), unlisted);
}

/* Lines as the header file shows them: what is not named stays. */
static void
test_partial_lines (Scene *scene, gconstpointer data)
{
  g_autoptr (GPtrArray) segments = NULL;
  gboolean ended;
  TytoHlsSegment *segment;

  write_text (scene,
              "{\"journal\":1}\n"
              "{\"position\":17,\"rendition\":0,\"state\":\"listed\",\"name\":\"live_017.ts\","
              "\"sequence\":17,\"duration_us\":4000000,\"discontinuity\":true,\"init\":\"\","
              "\"time_us\":-1}\n"
              "{\"position\":17,\"state\":\"fetched\",\"file\":\"000017-0.ts\",\"bytes\":812348,"
              "\"etag\":\"x\",\"unknown\":\"\\u00e4\\ud83d\\ude00\\n\\/\",\"sequence\":null}\n"
              "{\"position\":18,\"rendition\":0,\"state\":\"missing\",\"reason\":\"404\"}\n"
              "{\"ended\":true}\n"
              "{\"position\":18,\"rendition\":0,\"state\":\"listed\"}\n");
  segments = read_journal (scene, &ended);
  g_assert_false (ended);
  g_assert_cmpuint (segments->len, ==, 2);
  segment = segment_at (segments, 0);
  g_assert_cmpint (segment->state, ==, TYTO_HLS_FETCHED);
  g_assert_cmpstr (segment->name, ==, "live_017.ts");
  g_assert_cmpint (segment->sequence, ==, 17);
  g_assert_cmpint (segment->duration_us, ==, 4000000);
  g_assert_true (segment->discontinuity);
  g_assert_cmpint (segment->time_us, ==, -1);
  g_assert_cmpint (segment->made_us, ==, -1);
  g_assert_cmpuint (segment->bytes, ==, 812348);
  segment = segment_at (segments, 1);
  g_assert_cmpint (segment->state, ==, TYTO_HLS_LISTED);
  g_assert_cmpstr (segment->reason, ==, "");
  g_assert_cmpint (segment->sequence, ==, -1);
}

/* What is no JSON, has no place or leads out of the directory costs its line only. */
static void
test_nonsense (Scene *scene, gconstpointer data)
{
  static const char *const lines[] = {
    "",
    "x",
    "[]",
    "{}",
    "{\"position\":-1,\"state\":\"listed\"}",
    "{\"position\":1,\"state\":\"gone\"}",
    "{\"position\":1}",
    "{\"position\":1,\"rendition\":2,\"state\":\"listed\"}",
    "{\"position\":1,\"rendition\":1.5,\"state\":\"listed\"}",
    "{\"position\":1,\"state\":\"fetched\"}",
    "{\"position\":1,\"state\":\"fetched\",\"file\":\"\"}",
    "{\"position\":1,\"state\":\"fetched\",\"file\":\"../a.ts\"}",
    "{\"position\":1,\"state\":\"fetched\",\"file\":\"/etc/passwd\"}",
    "{\"position\":1,\"state\":\"fetched\",\"file\":\".hidden\"}",
    "{\"position\":1,\"state\":\"fetched\",\"file\":\"journal\"}",
    "{\"position\":1,\"state\":\"fetched\",\"file\":\"a\\u0000b\"}",
    "{\"position\":1,\"state\":\"listed\",\"init\":\"a/b\"}",
    "{\"position\":1,\"state\":\"listed\",\"sequence\":-2}",
    "{\"position\":1,\"state\":\"listed\",\"name\":7}",
    "{\"position\":18446744073709551615,\"state\":\"listed\"}",
    "{\"position\":1,\"state\":\"listed\",\"nested\":[1]}",
    "{\"position\":1,\"state\":\"listed\"",
    "{\"position\":1,\"state\":\"listed\"} x",
    "{\"position\":1,\"state\":\"listed\",}",
    "{\"position\":1 \"state\":\"listed\"}",
    "{\"position\":01,\"state\":\"listed\"}",
    "{\"position\":1,\"state\":\"listed\",\"name\":\"\\ud83d\"}",
    "{\"position\":1,\"state\":\"listed\",\"name\":\"\\x\"}",
    "{\"position\":1,\"state\":\"listed\",\"name\":\"\xff\"}",
    "{\"position\":1,\"state\":\"listed\",\"name\":\"\t\"}",
    "{\"position\":1,\"state\":\"listed\",\"name\":tru}",
    "{\"position\":1,\"state\":\"listed\",\"sequence\":-}",
    "{\"position\":1,\"state\":\"listed\",\"sequence\":9223372036854775808}",
  };
  g_autoptr (GPtrArray) segments = NULL;
  g_autoptr (GString) text = g_string_new ("{\"journal\":1}\n");
  g_autofree char *expected = g_strdup_printf ("%u lines make no sense", //
                                               (guint) G_N_ELEMENTS (lines) + 1);

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    g_string_append_printf (text, "%s\n", lines[i]);
  g_string_append (text, "{\"position\":2,\"state\":\"listed\",\"name\":\"");
  for (guint i = 0; i < 300000; i++)
    g_string_append_c (text, 'n');
  g_string_append (text, "\"}\n{\"position\":3,\"state\":\"listed\"}\n");
  write_text (scene, text->str);
  segments = read_journal (scene, NULL);
  g_assert_nonnull (warning);
  g_assert_nonnull (strstr (warning, expected));
  g_clear_pointer (&warning, g_free);
  g_assert_cmpuint (segments->len, ==, 1);
  g_assert_cmpuint (segment_at (segments, 0)->position, ==, 3);
}

/* Cut anywhere, a journal holds the lines before; it goes on behind them. */
static void
test_cut (Scene *scene, gconstpointer data)
{
  g_autoptr (TytoHlsJournal) journal = open_journal (scene);
  g_autofree char *whole = NULL;
  gsize length;

  for (guint i = 0; i < 3; i++) {
    g_autoptr (TytoHlsSegment) segment = make_segment (i, 0, "ä.ts");

    note (journal, segment);
  }
  tyto_hls_journal_close (g_steal_pointer (&journal));
  whole = read_text (scene);
  length = strlen (whole);
  for (gsize cut = 0; cut <= length; cut++) {
    g_autofree char *part = g_strndup (whole, cut);
    g_autoptr (TytoHlsSegment) next = make_segment (9, 0, "next.ts");
    g_autoptr (GPtrArray) segments = NULL;
    g_autofree char *text = NULL;
    guint lines = 0;

    write_text (scene, part);
    for (gsize i = 0; i < cut; i++)
      lines += part[i] == '\n' ? 1 : 0;
    segments = read_journal (scene, NULL);
    g_assert_cmpuint (segments->len, ==, lines > 0 ? lines - 1 : 0);
    journal = open_journal (scene);
    note (journal, next);
    tyto_hls_journal_close (g_steal_pointer (&journal));
    g_ptr_array_unref (segments);
    segments = read_journal (scene, NULL);
    g_assert_cmpuint (segments->len, ==, lines > 0 ? lines : 1);
    assert_equal (segment_at (segments, segments->len - 1), next);
    text = read_text (scene);
    g_assert_true (g_str_has_prefix (text, "{\"journal\":1}\n"));
  }
}

/* A long torn end, as a block of zeros after a power cut, goes too. */
static void
test_long_torn_end (Scene *scene, gconstpointer data)
{
  g_autofree char *zeros = g_malloc0 (200000);
  g_autoptr (TytoHlsSegment) segment = make_segment (0, 0, "a.ts");
  g_autoptr (TytoHlsJournal) journal = open_journal (scene);
  g_autoptr (GPtrArray) segments = NULL;
  int fd;

  note (journal, segment);
  tyto_hls_journal_close (g_steal_pointer (&journal));
  fd = g_open (scene->path, O_WRONLY | O_APPEND, 0);
  g_assert_cmpint (write (fd, zeros, 200000), ==, 200000);
  close (fd);
  journal = open_journal (scene);
  segment->position = 1;
  note (journal, segment);
  segments = read_journal (scene, NULL);
  g_assert_cmpuint (segments->len, ==, 2);
}

/* A disk that is full in the middle of a line: nothing of it stays, and later lines are whole. */
static void
test_full_disk (Scene *scene, gconstpointer data)
{
  g_autoptr (TytoHlsSegment) segment = make_segment (0, 0, "a.ts");
  g_autoptr (TytoHlsJournal) journal = open_journal (scene);
  g_autoptr (GPtrArray) segments = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  struct rlimit limit;
  struct rlimit unlimited;

  note (journal, segment);
  before = read_text (scene);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &unlimited), ==, 0);
  limit = unlimited;
  limit.rlim_cur = strlen (before) + 20;
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  segment->position = 1;
  g_assert_false (tyto_hls_journal_note (journal, segment, &error));
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &unlimited), ==, 0);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  after = read_text (scene);
  g_assert_cmpstr (after, ==, before);
  segment->position = 2;
  note (journal, segment);
  segments = read_journal (scene, NULL);
  g_assert_cmpuint (segments->len, ==, 2);
  g_assert_cmpuint (segment_at (segments, 1)->position, ==, 2);
}

/* Names that are no UTF-8 are kept readable. */
static void
test_foreign_bytes (Scene *scene, gconstpointer data)
{
  g_autoptr (TytoHlsSegment) segment = make_segment (0, 0, "a\xff\n.ts");
  g_autoptr (TytoHlsJournal) journal = open_journal (scene);
  g_autoptr (GPtrArray) segments = NULL;

  note (journal, segment);
  segments = read_journal (scene, NULL);
  g_assert_cmpuint (segments->len, ==, 1);
  g_assert_cmpstr (segment_at (segments, 0)->name, ==, "a\xef\xbf\xbd\n.ts");
}

static void
test_errors (Scene *scene, gconstpointer data)
{
  g_autofree char *nowhere = g_build_filename (scene->directory, "nowhere", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (tyto_hls_journal_read (scene->directory, NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (tyto_hls_journal_open (nowhere, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_clear_error (&error);
  write_text (scene, "{\"journal\":2}\n");
  g_assert_null (tyto_hls_journal_read (scene->directory, NULL, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    void (*test) (Scene *scene, gconstpointer data);
  } tests[] = {
    { "states", test_states },
    { "partial-lines", test_partial_lines },
    { "nonsense", test_nonsense },
    { "cut", test_cut },
    { "long-torn-end", test_long_torn_end },
    { "full-disk", test_full_disk },
    { "foreign-bytes", test_foreign_bytes },
    { "errors", test_errors },
  };

  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_log_set_writer_func (keep_warning, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree char *path = g_strconcat ("/hls/journal/", tests[i].name, NULL);

    g_test_add (path, Scene, NULL, set_up, tests[i].test, tear_down);
  }
  return g_test_run ();
}
