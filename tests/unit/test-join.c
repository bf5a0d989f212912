/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The timeline of a join, and the tracks that follow it; real segments: test_assembler.py. */
#include "media/join/tyto-join-timeline.h"
#include "media/join/tyto-join-track.h"
#include "media/tyto-media-cursor.h"

#include <glib/gstdio.h>
#include <string.h>

#define MS     G_GINT64_CONSTANT (1000000)
#define SECOND (1000 * MS)
#define FRAME  (40 * MS)
#define SOUND  (20 * MS)
#define DELAY  (80 * MS) /* between decoding and being shown */
#define AROUND G_GINT64_CONSTANT (95443717688889)
#define NONE   TYTO_JOIN_NO_TIME
#define V      TYTO_JOIN_VIDEO
#define A      TYTO_JOIN_AUDIO

/* Puts a unit of @track at @dts of the source. Returns: where it is decoded in the recording. */
static gint64
put (TytoJoinTimeline *timeline, TytoJoinTrackKind track, guint stretch, gint64 dts)
{
  gint64 delay = track == V ? DELAY : 0;
  gint64 at = dts + tyto_join_timeline_place (timeline, track, stretch, dts, dts + delay, TRUE);
  gint64 end = at + (track == V ? FRAME : SOUND);

  tyto_join_timeline_advance (timeline, track, end, end + delay);
  return at;
}

/* @ms of both tracks from @from on, which must stand at @at. */
static void
run (TytoJoinTimeline *timeline, guint stretch, gint64 from, gint64 ms, gint64 at)
{
  for (gint64 t = 0; t < ms * MS; t += SOUND) {
    if (t % FRAME == 0)
      g_assert_cmpint (put (timeline, V, stretch, from + t - DELAY), ==, at + t - DELAY);
    g_assert_cmpint (put (timeline, A, stretch, from + t), ==, at + t);
  }
}

/* The same where the source does not tell, so that the first units are not yet believed: off by at
 * most @off. */
static void
run_near (TytoJoinTimeline *timeline, gint64 from, gint64 ms, gint64 at, gint64 off)
{
  for (gint64 t = 0; t < ms * MS; t += SOUND) {
    if (t % FRAME == 0)
      g_assert_cmpint (ABS (put (timeline, V, 0, from + t - DELAY) - (at + t - DELAY)), <=, off);
    g_assert_cmpint (ABS (put (timeline, A, 0, from + t) - (at + t)), <=, off);
  }
}

static TytoJoinTimeline *
begin (gint64 first)
{
  const gint64 firsts[] = { first, first };
  TytoJoinTimeline *timeline = tyto_join_timeline_new ();

  tyto_join_timeline_begin (timeline, 0, firsts);
  return timeline;
}

static void
test_told (void)
{
  g_autoptr (TytoJoinTimeline) timeline = begin (10 * SECOND);
  const gint64 later[] = { 500 * SECOND, 500 * SECOND };
  const gint64 earlier[] = { 3 * SECOND, 3 * SECOND - 5 * MS };

  run (timeline, 0, 10 * SECOND, 2000, 0);
  tyto_join_timeline_begin (timeline, 1, later);
  tyto_join_timeline_begin (timeline, 1, earlier); /* only once */
  run (timeline, 1, 500 * SECOND, 2000, 2 * SECOND);
  /* Sound that begins earlier does not overlap: the picture waits for it. */
  tyto_join_timeline_begin (timeline, 2, earlier);
  g_assert_cmpint (put (timeline, A, 2, earlier[A]), ==, 4 * SECOND);
  g_assert_cmpint (put (timeline, V, 2, earlier[V] - DELAY), ==, 4 * SECOND + 5 * MS - DELAY);
  g_assert_cmpint (tyto_join_timeline_get_shown (timeline, V), ==, 4 * SECOND + 5 * MS + FRAME);
}

/* Nothing is known of a stretch that is told: the track that comes first sets it. */
static void
test_told_alone (void)
{
  g_autoptr (TytoJoinTimeline) timeline = begin (0);

  run (timeline, 0, 0, 1000, 0);
  run (timeline, 1, 70 * SECOND, 1000, SECOND);
}

static void
test_missing (void)
{
  g_autoptr (TytoJoinTimeline) timeline = begin (0);
  const gint64 first[] = { 900 * SECOND, 900 * SECOND };

  run (timeline, 0, 0, 1000, 0);
  for (guint i = 0; i < TYTO_JOIN_TRACKS; i++)
    tyto_join_timeline_leave (timeline, i, 20 * SECOND);
  g_assert_cmpint (tyto_join_timeline_get_missing (timeline, V), ==, 20 * SECOND);
  run (timeline, 0, 21 * SECOND, 1000, 21 * SECOND); /* its times go on */
  g_assert_cmpint (tyto_join_timeline_get_missing (timeline, V), ==, 0);
  for (guint i = 0; i < TYTO_JOIN_TRACKS; i++)
    tyto_join_timeline_leave (timeline, i, 6 * SECOND);
  tyto_join_timeline_begin (timeline, 1, first);
  run (timeline, 1, 900 * SECOND, 1000, 28 * SECOND); /* they do not: the playlist's count */
}

/* An encoder that begins anew and nobody tells: sound and picture are moved by the same. */
static void
test_untold (void)
{
  const struct {
    gint64 from;
    gint64 to;
  } cases[] = { { 0, 3600 * SECOND }, { 3600 * SECOND, 0 }, { 3600 * SECOND, 3597 * SECOND } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (TytoJoinTimeline) timeline = begin (cases[i].from);
    gint64 at;

    run (timeline, 0, cases[i].from, 2000, 0);
    run_near (timeline, cases[i].to, 2000, 2 * SECOND, 2 * FRAME);
    at = put (timeline, V, 0, cases[i].to + 2 * SECOND);
    g_assert_cmpint (put (timeline, A, 0, cases[i].to + 2 * SECOND), ==, at);
    run (timeline, 0, cases[i].to + 2 * SECOND + FRAME, 1000, at + FRAME);
  }
}

/* Times that one unit has wrong, by little or much, move nothing. */
static void
test_wrong_times (void)
{
  const gint64 off[] = { 3600 * SECOND, -3600 * SECOND, 700 * MS, -700 * MS,
                         5 * SECOND,    -5 * SECOND,    90 * MS,  AROUND / 2 };

  for (guint i = 0; i < G_N_ELEMENTS (off); i++) {
    for (guint track = 0; track < TYTO_JOIN_TRACKS; track++) {
      g_autoptr (TytoJoinTimeline) timeline = begin (10 * SECOND);
      gint64 place;

      run (timeline, 0, 10 * SECOND, 4000, 0);
      place = put (timeline, track, 0, 14 * SECOND - (track == V ? DELAY : 0) + off[i]);
      g_assert_cmpint (ABS (place - 4 * SECOND), <=, SECOND);
      run (timeline, 0, 14 * SECOND + FRAME, 2000, 4 * SECOND + FRAME);
    }
  }
}

/* A pause of the source is kept. */
static void
test_pause (void)
{
  g_autoptr (TytoJoinTimeline) timeline = begin (0);

  run (timeline, 0, 0, 2000, 0);
  put (timeline, V, 0, 7 * SECOND - DELAY); /* not yet believed */
  put (timeline, A, 0, 7 * SECOND);
  run (timeline, 0, 7 * SECOND + FRAME, 2000, 7 * SECOND + FRAME);
}

/* Pictures that come seldom. */
static void
test_slow (void)
{
  g_autoptr (TytoJoinTimeline) timeline = begin (0);

  for (gint64 t = 0; t < 60 * SECOND; t += 3 * SECOND)
    g_assert_cmpint (put (timeline, V, 0, t - DELAY), ==, t - DELAY);
}

/* Sound that stops, and comes back after a minute, is where it belongs. */
static void
test_silence (void)
{
  g_autoptr (TytoJoinTimeline) timeline = begin (0);

  run (timeline, 0, 0, 1000, 0);
  for (gint64 t = SECOND; t < 61 * SECOND; t += FRAME)
    g_assert_cmpint (put (timeline, V, 0, t - DELAY), ==, t - DELAY);
  run (timeline, 0, 61 * SECOND, 1000, 61 * SECOND);
}

/* 33 bits of 90 kHz: around they go, even where a segment is missing; one track before the other.
 */
static void
test_wrap (void)
{
  g_autoptr (TytoJoinTimeline) timeline = begin (AROUND - SECOND);
  gint64 at = AROUND - SECOND;

  run (timeline, 0, at, 1000, 0);
  for (gint64 t = 0; t < 2 * SECOND; t += SOUND) {
    gint64 dts = t - DELAY < 0 ? AROUND + t - DELAY : t - DELAY;

    if (t % FRAME == 0)
      g_assert_cmpint (ABS (put (timeline, V, 0, dts) - (SECOND + t - DELAY)), <=, 2);
    g_assert_cmpint (ABS (put (timeline, A, 0, t) - (SECOND + t)), <=, 2);
  }
}

static void
test_scale (void)
{
  g_assert_cmpint (tyto_join_scale (1, 1000000000, 90000), ==, 11111);
  g_assert_cmpint (tyto_join_scale (-1, 1000000000, 90000), ==, -11111);
  g_assert_cmpint (tyto_join_scale (3, 1, 2), ==, 2);
  g_assert_cmpint (tyto_join_scale (G_MAXINT64, 1000000000, 1), ==, G_GINT64_CONSTANT (1) << 61);
  g_assert_cmpint (tyto_join_scale (G_MININT64, 1000000000, 1), ==, -(G_GINT64_CONSTANT (1) << 61));
}

/* --- Tracks --- */

#define TICKS       90000
#define RATE        44100
#define AAC_SAMPLES 1024

/* Sound of @n frames that stand at @ticks (dts) at the source, as MPEG-TS has them. Returns: its
 * durations as stts has them, "count*duration …". */
static char *
join_sound (guint n, gint64 (*get_ticks) (guint frame))
{
  g_autofree char *directory = g_dir_make_tmp ("join-track-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "sound.mp4", NULL);
  g_autoptr (TytoMovieWriter) writer = tyto_movie_writer_new (path, 1000, 1000, NULL);
  g_autoptr (GBytes) box = g_bytes_new_static ("\0\0\0\10mp4a", 8);
  g_autoptr (TytoMediaEntry) entry = tyto_media_entry_new (TYTO_MEDIA_AAC, FALSE, box);
  TytoMediaUnit unit = { .entry = entry, .timescale = TICKS, .key = TRUE };
  g_autoptr (TytoJoinTrack) track = NULL;
  g_autofree char *content = NULL;
  GString *durations = g_string_new (NULL);
  TytoMediaCursor stts;
  gint64 next, shown;
  guint64 bytes, duration;
  gsize size;
  const char *found;

  entry->rate = RATE;
  unit.data = (const guint8 *) "x";
  unit.size = 1;
  track = tyto_join_track_new (writer, &unit);
  for (guint i = 0; i < n; i++) {
    unit.dts = unit.pts = get_ticks (i);
    g_assert_true (tyto_join_track_add (track, &unit, 0, &next, &shown, NULL));
  }
  tyto_join_track_end (track, 0, 0);
  g_assert_true (tyto_movie_writer_finish (writer, &bytes, &duration, NULL));
  g_assert_true (g_file_get_contents (path, &content, &size, NULL));
  found = memmem (content, size, "stts", 4);
  tyto_media_cursor_init (&stts, (const guint8 *) found + 8, (gsize) (content + size - found) - 8);
  for (guint i = tyto_media_cursor_u32 (&stts); i > 0; i--) {
    guint32 count = tyto_media_cursor_u32 (&stts);

    g_string_append_printf (durations, "%u*%u ", count, tyto_media_cursor_u32 (&stts));
  }
  g_unlink (path);
  g_rmdir (directory);
  return g_string_free (durations, FALSE);
}

/* Rounded to a millisecond, as it comes by RTMP. */
static gint64
get_rounded (guint frame)
{
  return (gint64) frame * AAC_SAMPLES * 1000 / RATE * (TICKS / 1000);
}

static gint64
get_exact (guint frame)
{
  return (gint64) frame * AAC_SAMPLES * TICKS / RATE;
}

/* Frames 10 to 12 were lost. */
static gint64
get_lost (guint frame)
{
  return get_exact (frame < 10 ? frame : frame + 3);
}

/* 20 ms later from frame 10 on. */
static gint64
get_late (guint frame)
{
  return get_exact (frame) + (frame < 10 ? 0 : 20 * TICKS / 1000);
}

/* Frames 10 to 14 come twice. */
static gint64
get_again (guint frame)
{
  return get_exact (frame < 15 ? frame : frame - 5);
}

static void
test_sound (void)
{
  g_autofree char *rounded = join_sound (1000, get_rounded);
  g_autofree char *lost = join_sound (20, get_lost);
  g_autofree char *late = join_sound (100, get_late);
  g_autofree char *again = join_sound (20, get_again);

  g_assert_cmpstr (rounded, ==, "1000*1024 ");
  g_assert_cmpstr (lost, ==, "9*1024 1*4096 10*1024 ");
  g_assert_cmpstr (late, ==, "9*1024 16*1068 75*1024 "); /* nearer by a millisecond a frame */
  g_assert_cmpstr (again, ==, "14*1024 2*980 1*1024 ");  /* three of five are left out */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/join/timeline/told", test_told);
  g_test_add_func ("/join/timeline/told-alone", test_told_alone);
  g_test_add_func ("/join/timeline/missing", test_missing);
  g_test_add_func ("/join/timeline/untold", test_untold);
  g_test_add_func ("/join/timeline/wrong-times", test_wrong_times);
  g_test_add_func ("/join/timeline/pause", test_pause);
  g_test_add_func ("/join/timeline/slow", test_slow);
  g_test_add_func ("/join/timeline/silence", test_silence);
  g_test_add_func ("/join/timeline/wrap", test_wrap);
  g_test_add_func ("/join/scale", test_scale);
  g_test_add_func ("/join/track/sound", test_sound);
  return g_test_run ();
}
