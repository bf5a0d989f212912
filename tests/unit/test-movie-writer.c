/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-error.h"
#include "media/join/tyto-movie-tables.h"
#include "media/join/tyto-movie-writer.h"
#include "media/tyto-media-cursor.h"
#include "media/tyto-mp4-box.h"

#include <glib/gstdio.h>
#include <string.h>

#define HZ         90000
#define RATE       48000
#define FRAME      3000
#define AAC        1024
#define NS         G_GUINT64_CONSTANT (1000000000)
#define BOX_HEADER 8

typedef struct {
  char *directory;
  char *path;
  TytoMediaEntry *video;
  TytoMediaEntry *other; /* video of another shape */
  TytoMediaEntry *audio;
} Fixture;

/* A sample entry of @type with nothing that matters here in it. */
static TytoMediaEntry *
make_entry (TytoMediaCodec codec, gboolean video, const char *type, guint size)
{
  g_autoptr (GByteArray) box = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  gsize start = tyto_mp4_box_begin (box, type);
  TytoMediaEntry *entry;

  tyto_mp4_put_zeros (box, size);
  if (video) {
    gsize pasp = tyto_mp4_box_begin (box, "pasp");

    tyto_mp4_put_u32 (box, 4);
    tyto_mp4_put_u32 (box, 3);
    tyto_mp4_box_end (box, pasp);
  }
  tyto_mp4_box_end (box, start);
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&box));
  entry = tyto_media_entry_new (codec, video, bytes);
  if (video) {
    entry->width = 720;
    entry->height = 576;
  }
  return entry;
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->directory = g_dir_make_tmp ("movie-writer-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->directory, "movie.mp4", NULL);
  fixture->video = make_entry (TYTO_MEDIA_H264, TRUE, "avc1", 78);
  fixture->other = make_entry (TYTO_MEDIA_H265, TRUE, "hvc1", 78);
  fixture->audio = make_entry (TYTO_MEDIA_AAC, FALSE, "mp4a", 28);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_unlink (fixture->path);
  g_assert_cmpint (g_rmdir (fixture->directory), ==, 0); /* nothing else is left there */
  tyto_media_entry_unref (fixture->video);
  tyto_media_entry_unref (fixture->other);
  tyto_media_entry_unref (fixture->audio);
  g_free (fixture->directory);
  g_free (fixture->path);
}

/* --- What is in a file --- */

typedef struct {
  char *data;
  gsize size;
} Movie;

static void
movie_clear (Movie *movie)
{
  g_free (movie->data);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Movie, movie_clear)

static void
load (const Fixture *fixture, Movie *movie)
{
  g_assert_true (g_file_get_contents (fixture->path, &movie->data, &movie->size, NULL));
}

static TytoMediaCursor
all_of (const Movie *movie)
{
  TytoMediaCursor cursor;

  tyto_media_cursor_init (&cursor, (const guint8 *) movie->data, movie->size);
  return cursor;
}

/* The body of box number @n (from 0) of @type among those in @in. */
static TytoMediaCursor
get_box (TytoMediaCursor in, const char *type, guint n)
{
  guint32 wanted = TYTO_MP4_TYPE (type[0], type[1], type[2], type[3]);
  TytoMediaCursor body;
  guint32 found;

  while (tyto_media_cursor_box (&in, &found, &body))
    if (found == wanted && n-- == 0)
      return body;
  g_error ("there is no box %s", type);
}

static gboolean
has_box (TytoMediaCursor in, const char *type)
{
  guint32 wanted = TYTO_MP4_TYPE (type[0], type[1], type[2], type[3]);
  TytoMediaCursor body;
  guint32 found;

  while (tyto_media_cursor_box (&in, &found, &body))
    if (found == wanted)
      return TRUE;
  return FALSE;
}

static TytoMediaCursor
get_track (const Movie *movie, guint track)
{
  return get_box (get_box (all_of (movie), "moov", 0), "trak", track);
}

static TytoMediaCursor
get_tables (const Movie *movie, guint track)
{
  TytoMediaCursor mdia = get_box (get_track (movie, track), "mdia", 0);

  return get_box (get_box (mdia, "minf", 0), "stbl", 0);
}

/* The types of the boxes of the file, one after the other. */
static char *
get_layout (const Movie *movie)
{
  TytoMediaCursor in = all_of (movie);
  GString *layout = g_string_new (NULL);
  TytoMediaCursor body;
  guint32 type;

  while (tyto_media_cursor_box (&in, &type, &body))
    g_string_append_printf (layout, "%c%c%c%c ", type >> 24, type >> 16 & 0xff, type >> 8 & 0xff,
                            type & 0xff);
  g_assert_false (in.failed);
  g_assert_cmpuint (tyto_media_cursor_left (&in), ==, 0);
  return g_string_free (layout, FALSE);
}

/* Checks that @box, a FullBox, holds a count and then @n numbers. */
static void
check_numbers (TytoMediaCursor box, guint32 count, const guint32 *numbers, guint n)
{
  tyto_media_cursor_skip (&box, 4);
  g_assert_cmpuint (tyto_media_cursor_u32 (&box), ==, count);
  for (guint i = 0; i < n; i++)
    g_assert_cmpuint (tyto_media_cursor_u32 (&box), ==, numbers[i]);
  g_assert_cmpuint (tyto_media_cursor_left (&box), ==, 0);
}

/* The samples of @track as their tables find them in the file: each byte of sample @i of the test
 * is @first + i. Gives how many there are. */
static guint
check_samples (const Movie *movie, guint track, guint8 first)
{
  TytoMediaCursor tables = get_tables (movie, track);
  TytoMediaCursor sizes = get_box (tables, "stsz", 0);
  TytoMediaCursor chunks = get_box (tables, "stco", 0);
  TytoMediaCursor runs = get_box (tables, "stsc", 0);
  guint32 n_chunks, n_runs, next_chunk, in_chunk = 0, number = 0;

  tyto_media_cursor_skip (&sizes, 12);
  tyto_media_cursor_skip (&chunks, 4);
  tyto_media_cursor_skip (&runs, 4);
  n_chunks = tyto_media_cursor_u32 (&chunks);
  n_runs = tyto_media_cursor_u32 (&runs);
  next_chunk = tyto_media_cursor_u32 (&runs);
  g_assert_cmpuint (next_chunk, ==, 1);
  for (guint chunk = 1; chunk <= n_chunks; chunk++) {
    gsize at = tyto_media_cursor_u32 (&chunks);

    if (chunk == next_chunk) {
      in_chunk = tyto_media_cursor_u32 (&runs);
      tyto_media_cursor_skip (&runs, 4);
      next_chunk = --n_runs > 0 ? tyto_media_cursor_u32 (&runs) : 0;
    }
    for (guint i = 0; i < in_chunk; i++, number++) {
      guint32 size = tyto_media_cursor_u32 (&sizes);

      for (guint32 byte = 0; byte < size; byte++, at++)
        g_assert_cmphex ((guint8) movie->data[at], ==, (guint8) (first + number));
    }
  }
  g_assert_cmpuint (tyto_media_cursor_left (&sizes), ==, 0);
  return number;
}

/* --- The tests --- */

#define MAX_SIZE 64

/* Adds frame @number, of number % MAX_SIZE + 1 bytes; key frames each tenth. */
static void
add (TytoMovieWriter *writer, guint track, TytoMediaEntry *entry, guint number, gint64 dts,
     gint32 offset)
{
  guint8 data[MAX_SIZE];
  gsize size = number % MAX_SIZE + 1;
  const TytoMovieSample sample = { .dts = dts,
                                   .composition_offset = offset,
                                   .key = number % 10 == 0 || !entry->video,
                                   .entry = entry,
                                   .data = data,
                                   .size = size };
  g_autoptr (GError) error = NULL;

  memset (data, (int) (track * 128 + number), size);
  g_assert_true (tyto_movie_writer_add (writer, track, &sample, &error));
  g_assert_no_error (error);
}

static void
finish (TytoMovieWriter *writer, guint64 expect_ns)
{
  g_autoptr (GError) error = NULL;
  guint64 bytes;
  guint64 duration_ns;

  g_assert_true (tyto_movie_writer_finish (writer, &bytes, &duration_ns, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (duration_ns, ==, expect_ns);
  g_assert_cmpuint (bytes, >, 0);
}

static void
test_tables (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoMovieWriter) writer = tyto_movie_writer_new (fixture->path, 1000, 2000, &error);
  guint video = tyto_movie_writer_add_track (writer, TRUE, HZ);
  guint audio = tyto_movie_writer_add_track (writer, FALSE, RATE);
  const guint32 durations[] = { 1, FRAME, 1, 5 * FRAME, 10, FRAME };
  const guint32 offsets[] = { 12, FRAME };
  const guint32 keys[] = { 1, 11 };
  const guint32 audio_durations[] = { 20, AAC };
  g_auto (Movie) movie = { 0 };
  g_autofree char *layout = NULL;
  TytoMediaCursor edit;

  g_assert_no_error (error);
  for (guint i = 0; i < 12; i++) /* behind the second one are four frames that never came */
    add (writer, video, fixture->video, i, 900 + (i + (i > 1 ? 4 : 0)) * FRAME, FRAME);
  for (guint i = 0; i < 20; i++)
    add (writer, audio, fixture->audio, i, 5 + i * AAC, 0);
  tyto_movie_writer_set_start (writer, video, NS / 2);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
  finish (writer, NS / 2 + 16 * FRAME * NS / HZ);
  load (fixture, &movie);
  layout = get_layout (&movie);
  g_assert_cmpstr (layout, ==, "ftyp moov free mdat ");
  check_numbers (get_box (get_tables (&movie, 0), "stts", 0), 3, durations, 6);
  check_numbers (get_box (get_tables (&movie, 0), "ctts", 0), 1, offsets, 2);
  check_numbers (get_box (get_tables (&movie, 0), "stss", 0), 2, keys, 2);
  check_numbers (get_box (get_tables (&movie, 1), "stts", 0), 1, audio_durations, 2);
  g_assert_false (has_box (get_tables (&movie, 1), "stss"));
  g_assert_false (has_box (get_tables (&movie, 1), "ctts"));
  g_assert_cmpuint (check_samples (&movie, 0, 0), ==, 12);
  g_assert_cmpuint (check_samples (&movie, 1, 128), ==, 20);
  g_assert_false (has_box (get_track (&movie, 1), "edts"));
  edit = get_box (get_box (get_track (&movie, 0), "edts", 0), "elst", 0);
  tyto_media_cursor_skip (&edit, 4);
  g_assert_cmpuint (tyto_media_cursor_u32 (&edit), ==, 2);
  g_assert_cmpuint (tyto_media_cursor_u64 (&edit), ==, HZ / 2); /* the movie's is 90,000 too */
  g_assert_cmpint ((gint64) tyto_media_cursor_u64 (&edit), ==, -1);
  tyto_media_cursor_skip (&edit, 4);
  g_assert_cmpuint (tyto_media_cursor_u64 (&edit), ==, 16 * FRAME);
  g_assert_cmpint ((gint64) tyto_media_cursor_u64 (&edit), ==, FRAME);
}

/* Its size as shown is that of its pixels, which are not square. */
static void
test_shape (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (TytoMovieWriter) writer = tyto_movie_writer_new (fixture->path, 1000, 1000, NULL);
  guint video = tyto_movie_writer_add_track (writer, TRUE, HZ);
  g_auto (Movie) movie = { 0 };
  TytoMediaCursor tkhd;

  add (writer, video, fixture->video, 0, 0, 0);
  tyto_movie_writer_set_last_duration (writer, video, 7 * FRAME);
  finish (writer, 7 * FRAME * NS / HZ);
  load (fixture, &movie);
  tkhd = get_box (get_track (&movie, 0), "tkhd", 0);
  tyto_media_cursor_skip (&tkhd, 4 + 8 + 8 + 4 + 4);
  g_assert_cmpuint (tyto_media_cursor_u64 (&tkhd), ==, 7 * FRAME);
  tyto_media_cursor_skip (&tkhd, 8 + 8 + 36);
  g_assert_cmpuint (tyto_media_cursor_u32 (&tkhd), ==, 960 << 16);
  g_assert_cmpuint (tyto_media_cursor_u32 (&tkhd), ==, 576 << 16);
}

/* Each set of parameters is a sample description, said once, and begins a chunk. */
static void
test_descriptions (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (TytoMovieWriter) writer = tyto_movie_writer_new (fixture->path, 1000, 1000, NULL);
  guint video = tyto_movie_writer_add_track (writer, TRUE, HZ);
  g_autoptr (TytoMediaEntry) again = make_entry (TYTO_MEDIA_H264, TRUE, "avc1", 78);
  const guint32 runs[] = { 1, 5, 1, 2, 5, 2, 3, 5, 1 };
  g_auto (Movie) movie = { 0 };
  TytoMediaCursor stsd;

  for (guint i = 0; i < 15; i++)
    add (writer, video, i < 5 ? fixture->video : i < 10 ? fixture->other : again, i, i * FRAME, 0);
  g_assert_cmpuint (tyto_movie_writer_get_descriptions (writer), ==, 2);
  finish (writer, 15 * FRAME * NS / HZ);
  load (fixture, &movie);
  check_numbers (get_box (get_tables (&movie, 0), "stsc", 0), 3, runs, 9);
  stsd = get_box (get_tables (&movie, 0), "stsd", 0);
  tyto_media_cursor_skip (&stsd, 4);
  g_assert_cmpuint (tyto_media_cursor_u32 (&stsd), ==, 2);
  g_assert_true (has_box (stsd, "avc1"));
  g_assert_true (has_box (stsd, "hvc1"));
  g_assert_cmpuint (check_samples (&movie, 0, 0), ==, 15);
}

/* Times that do not grow are made to; when a frame is shown stays. */
static void
test_times_grow (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (TytoMovieWriter) writer = tyto_movie_writer_new (fixture->path, 1000, 1000, NULL);
  guint video = tyto_movie_writer_add_track (writer, TRUE, HZ);
  const guint32 durations[] = { 1, FRAME, 1, 1, 1, FRAME - 1, 1, FRAME };
  const guint32 offsets[] = { 2, 0, 1, (guint32) -1, 2, 0 };
  g_auto (Movie) movie = { 0 };

  add (writer, video, fixture->video, 0, 0, 0);
  add (writer, video, fixture->video, 1, FRAME, 0);
  add (writer, video, fixture->video, 2, FRAME, 0);
  add (writer, video, fixture->video, 3, 2 * FRAME, 0);
  add (writer, video, fixture->video, 4, 3 * FRAME, 0);
  tyto_movie_writer_set_last_duration (writer, video, FRAME + 1);
  finish (writer, (4 * FRAME + 1) * NS / HZ);
  load (fixture, &movie);
  g_assert_cmpuint (check_samples (&movie, 0, 0), ==, 5);
  {
    TytoMediaCursor stts = get_box (get_tables (&movie, 0), "stts", 0);

    tyto_media_cursor_skip (&stts, 4);
    g_assert_cmpuint (tyto_media_cursor_u32 (&stts), ==, 5);
    for (guint i = 0; i < G_N_ELEMENTS (durations); i++)
      g_assert_cmpuint (tyto_media_cursor_u32 (&stts), ==, durations[i]);
    g_assert_cmpuint (tyto_media_cursor_u32 (&stts), ==, 1);
    g_assert_cmpuint (tyto_media_cursor_u32 (&stts), ==, FRAME + 1);
  }
  check_numbers (get_box (get_tables (&movie, 0), "ctts", 0), 3, offsets, 6);
}

/* More frames than was room left for: the media move, and are found where they are then. */
static void
test_too_little_room (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (TytoMovieWriter) writer = tyto_movie_writer_new (fixture->path, 0, 0, NULL);
  guint video = tyto_movie_writer_add_track (writer, TRUE, HZ);
  guint audio = tyto_movie_writer_add_track (writer, FALSE, RATE);
  const guint n = 40000;
  g_auto (Movie) movie = { 0 };
  g_autofree char *layout = NULL;

  for (guint i = 0; i < n; i++) {
    add (writer, video, fixture->video, i, i * FRAME, i % 2 * FRAME);
    add (writer, audio, fixture->audio, i, i * AAC, 0);
  }
  finish (writer, (guint64) n * FRAME * NS / HZ + FRAME * NS / HZ);
  load (fixture, &movie);
  layout = get_layout (&movie);
  g_assert_true (g_str_has_prefix (layout, "ftyp moov "));
  g_assert_cmpuint (check_samples (&movie, 0, 0), ==, n);
  g_assert_cmpuint (check_samples (&movie, 1, 128), ==, n);
}

/* Beyond 4 GiB offsets take 64 bits. */
static void
test_large_offsets (void)
{
  g_autoptr (TytoMovieTables) tables = tyto_movie_tables_new ();
  g_autoptr (TytoMediaEntry) entry = make_entry (TYTO_MEDIA_AAC, FALSE, "mp4a", 28);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  TytoMediaCursor all;
  TytoMediaCursor co64;

  tyto_movie_tables_add (tables, 0, 0, TRUE, 10);
  tyto_movie_tables_add_chunk (tables, G_MAXUINT32, 1, tyto_movie_tables_describe (tables, entry));
  tyto_movie_tables_put (tables, bytes, 3, TRUE);
  tyto_media_cursor_init (&all, bytes->data, bytes->len);
  g_assert_false (has_box (get_box (all, "stbl", 0), "stco"));
  co64 = get_box (get_box (all, "stbl", 0), "co64", 0);
  tyto_media_cursor_skip (&co64, 8);
  g_assert_cmpuint (tyto_media_cursor_u64 (&co64), ==, (guint64) G_MAXUINT32 + 3);
}

/* A disk that is too small says so at once, and nothing is left there; nor of a join given up. */
static void
test_nothing_is_left (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoMovieWriter) writer = tyto_movie_writer_new (fixture->path, 1000, 1000, NULL);
  g_autofree char *nowhere = g_build_filename (fixture->directory, "none", "movie.mp4", NULL);

  add (writer, tyto_movie_writer_add_track (writer, TRUE, HZ), fixture->video, 0, 0, 0);
  g_clear_pointer (&writer, tyto_movie_writer_free);
  writer = tyto_movie_writer_new (fixture->path, G_GUINT64_CONSTANT (1) << 50, 1000, &error);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_assert_null (writer);
  g_clear_error (&error);
  writer = tyto_movie_writer_new (nowhere, 1000, 1000, &error);
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_STORAGE);
  g_assert_null (writer);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/movie-writer/tables", Fixture, NULL, set_up, test_tables, tear_down);
  g_test_add ("/movie-writer/shape", Fixture, NULL, set_up, test_shape, tear_down);
  g_test_add ("/movie-writer/descriptions", Fixture, NULL, set_up, test_descriptions, tear_down);
  g_test_add ("/movie-writer/times-grow", Fixture, NULL, set_up, test_times_grow, tear_down);
  g_test_add ("/movie-writer/too-little-room", Fixture, NULL, set_up, test_too_little_room,
              tear_down);
  g_test_add_func ("/movie-writer/large-offsets", test_large_offsets);
  g_test_add ("/movie-writer/nothing-is-left", Fixture, NULL, set_up, test_nothing_is_left,
              tear_down);
  return g_test_run ();
}
