/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "join-mp4-scene.h"

#include "media/hls/tyto-hls-journal.h"
#include "media/join/tyto-join.h"
#include "media/tyto-mp4-box.h"

#include <glib/gstdio.h>
#include <string.h>

#define VIDEO_ID 1
#define AUDIO_ID 2
#define MEDIA    (200 + 50 + 60 + 30 + 31) /* bytes of them */

static const SceneTrack tracks[] = {
  { 9, "text", 1000, { "tx3g" } },
  { AUDIO_ID, "soun", 44100, { "mp4a" } },
  { VIDEO_ID, "vide", 90000, { "avc1", "hvc1" } },
  { 3, "soun", 48000, { "mp4a" } },
};

static const SceneTraf video
    = { VIDEO_ID, 900000, 0, 3, { { 3600, 200, 7200, TRUE }, { 3600, 50, -3600 }, { 3600, 60 } } };
static const SceneTraf audio
    = { AUDIO_ID, 441000, 0, 2, { { 1024, 30, 0, FALSE }, { 1024, 31, 0, FALSE } } };

static GBytes *
make_init (const SceneTrack *of, guint n)
{
  GByteArray *to = g_byte_array_new ();
  gsize box = tyto_mp4_box_begin (to, "ftyp");

  tyto_mp4_put_zeros (to, 8);
  tyto_mp4_box_end (to, box);
  scene_put_moov (to, of, n);
  return g_byte_array_free_to_bytes (to);
}

static GByteArray *
make_segment (SceneOffsets offsets, guint64 before)
{
  const SceneTraf trafs[] = { video, audio };
  GByteArray *to = g_byte_array_new ();

  scene_put_fragment (to, trafs, G_N_ELEMENTS (trafs), offsets, before, 0xaa);
  return to;
}

/* Unit @i of a fragment of @video and @audio. */
static void
check_unit (const TytoMediaUnit *unit, guint i, guint8 mark)
{
  const SceneTraf *traf = i < video.n ? &video : &audio;
  guint sample = i < video.n ? i : i - video.n;
  gint64 dts = traf->dts;

  for (guint j = 0; j < sample; j++)
    dts += traf->samples[j].duration;
  g_assert_cmpint (unit->video, ==, traf == &video);
  g_assert_cmpint (unit->dts, ==, dts);
  g_assert_cmpint (unit->pts, ==, dts + traf->samples[sample].composition);
  g_assert_cmpuint (unit->duration, ==, traf->samples[sample].duration);
  g_assert_cmpint (unit->key, ==, traf == &audio || sample == 0);
  g_assert_cmpuint (unit->size, ==, traf->samples[sample].size);
  g_assert_cmpuint (unit->data[3], ==, unit->size - 4);
  g_assert_cmpuint (unit->data[6], ==, mark);
  g_assert_cmpuint (unit->data[7], ==, traf == &audio ? 1 : 0);
  g_assert_cmpuint (unit->data[8], ==, sample);
}

static void
check_fragment (SceneReader *reader, guint8 mark)
{
  TytoMediaUnit unit;

  for (guint i = 0; i < video.n + audio.n; i++) {
    g_assert_true (scene_next (reader, &unit));
    check_unit (&unit, i, mark);
  }
}

static void
check_no_damage (const SceneReader *reader)
{
  g_assert_cmpuint (reader->damage.bad_bytes, ==, 0);
  g_assert_cmpuint (reader->damage.dropped_units, ==, 0);
  g_assert_cmpuint (reader->damage.lost_packets, ==, 0);
}

/* All tracks, their descriptions, and several fragments among boxes that are passed over. */
static void
test_units (void)
{
  static const char *const others[] = { "styp", "sidx", "emsg", "prft", "free", "abcd" };
  g_autoptr (GBytes) init = make_init (tracks, G_N_ELEMENTS (tracks));
  g_autoptr (GByteArray) segment = g_byte_array_new ();
  const SceneTraf trafs[] = { video, audio };
  SceneTraf described = video;
  SceneReader reader;
  TytoMediaUnit unit;
  TytoMediaEntry *h264 = NULL;

  described.description = 2;
  for (guint i = 0; i < G_N_ELEMENTS (others); i++) {
    gsize box = tyto_mp4_box_begin (segment, others[i]);

    tyto_mp4_put_zeros (segment, 12);
    tyto_mp4_box_end (segment, box);
  }
  scene_put_fragment (segment, trafs, 2, SCENE_FROM_MOOF, 0, 1);
  scene_put_fragment (segment, &described, 1, SCENE_FROM_MOOF, 0, 2);
  scene_put_fragment (segment, trafs, 2, SCENE_FROM_MOOF, 0, 3);
  scene_reader_init (&reader);
  g_assert_true (tyto_segment_format_mp4.detect (segment->data, 64));
  g_assert_true (scene_open (&reader, segment->data, segment->len, init, FALSE));
  g_assert_cmpuint (reader.damage.other_streams, ==, 2);
  check_fragment (&reader, 1);
  g_assert_true (scene_next (&reader, &unit));
  g_assert_cmpint (unit.entry->codec, ==, TYTO_MEDIA_H265);
  scene_next (&reader, &unit);
  scene_next (&reader, &unit);
  g_assert_true (scene_next (&reader, &unit));
  g_assert_cmpint (unit.entry->codec, ==, TYTO_MEDIA_H264);
  g_assert_cmpuint (unit.entry->width, ==, 320);
  g_assert_cmpuint (unit.entry->height, ==, 180);
  g_assert_cmpuint (unit.timescale, ==, 90000);
  g_assert_cmpmem ((const guint8 *) g_bytes_get_data (unit.entry->box, NULL) + 4, 12,
                   "avc1\0\0\0\0\0\0\0\1", 12);
  h264 = tyto_media_entry_ref (unit.entry);
  scene_next (&reader, &unit);
  scene_next (&reader, &unit);
  g_assert_true (scene_next (&reader, &unit));
  g_assert_cmpint (unit.entry->codec, ==, TYTO_MEDIA_AAC);
  g_assert_cmpuint (unit.entry->rate, ==, 44100);
  g_assert_cmpuint (unit.entry->channels, ==, 2);
  g_assert_cmpuint (scene_drain (&reader), ==, 1);
  check_no_damage (&reader);

  /* The next segment's initialization section is another one that says the same. */
  g_bytes_unref (init);
  init = make_init (tracks + 1, 2);
  g_assert_true (scene_open (&reader, segment->data, segment->len, init, TRUE));
  g_assert_cmpuint (reader.damage.other_streams, ==, 0);
  g_assert_true (scene_next (&reader, &unit));
  g_assert_true (unit.entry == h264);
  tyto_media_entry_unref (h264);
  scene_reader_clear (&reader);
}

static void
test_offsets (void)
{
  static const struct {
    SceneOffsets offsets;
    guint64 before;
  } cases[] = {
    { SCENE_FROM_MOOF, 0 },   { SCENE_BEHIND, 0 },       { SCENE_WHOLE_FILE, 0 },
    { SCENE_WHOLE_FILE, 20 }, { SCENE_WHOLE_FILE, 300 }, { SCENE_WHOLE_FILE, 1 << 20 },
  };
  g_autoptr (GBytes) init = make_init (tracks, G_N_ELEMENTS (tracks));

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GByteArray) segment = make_segment (cases[i].offsets, cases[i].before);
    const SceneTraf trafs[] = { video, audio };
    SceneReader reader;

    scene_put_fragment (segment, trafs, 2, cases[i].offsets, cases[i].before, 0xbb);
    scene_reader_init (&reader);
    g_assert_true (scene_open (&reader, segment->data, segment->len, init, FALSE));
    check_fragment (&reader, 0xaa);
    check_fragment (&reader, 0xbb);
    g_assert_cmpuint (scene_drain (&reader), ==, 0);
    check_no_damage (&reader);
    scene_reader_clear (&reader);
  }
}

/* Edit lists move sound and picture against each other. */
static void
test_edits (void)
{
  const SceneTrack edited[] = { { VIDEO_ID, "vide", 90000, { "avc1" }, 0, 7200 },
                                { AUDIO_ID, "soun", 44100, { "mp4a" }, 500, 1024 } };
  g_autoptr (GBytes) init = make_init (edited, 2);
  g_autoptr (GByteArray) segment = make_segment (SCENE_FROM_MOOF, 0);
  SceneReader reader;
  TytoMediaUnit unit;

  scene_reader_init (&reader);
  g_assert_true (scene_open (&reader, segment->data, segment->len, init, FALSE));
  g_assert_true (scene_next (&reader, &unit));
  g_assert_cmpint (unit.dts, ==, 900000 - 7200);
  g_assert_cmpint (unit.pts, ==, 900000);
  scene_next (&reader, &unit);
  scene_next (&reader, &unit);
  g_assert_true (scene_next (&reader, &unit));
  g_assert_cmpint (unit.pts, ==, 441000 + 22050 - 1024);
  scene_reader_clear (&reader);
}

/* Without tfdt a segment goes on where the one before ended, if it does. */
static void
test_no_tfdt (void)
{
  g_autoptr (GBytes) init = make_init (tracks, G_N_ELEMENTS (tracks));
  g_autoptr (GByteArray) first = make_segment (SCENE_FROM_MOOF, 0);
  g_autoptr (GByteArray) second = g_byte_array_new ();
  SceneTraf untimed = video;
  SceneReader reader;
  TytoMediaUnit unit;

  untimed.dts = -1;
  scene_put_fragment (second, &untimed, 1, SCENE_FROM_MOOF, 0, 1);
  scene_reader_init (&reader);
  g_assert_true (scene_open (&reader, first->data, first->len, init, FALSE));
  g_assert_cmpuint (scene_drain (&reader), ==, 5);
  g_assert_true (scene_open (&reader, second->data, second->len, init, TRUE));
  g_assert_true (scene_next (&reader, &unit));
  g_assert_cmpint (unit.dts, ==, 900000 + 3 * 3600);
  g_assert_true (scene_open (&reader, second->data, second->len, init, FALSE));
  g_assert_true (scene_next (&reader, &unit));
  g_assert_cmpint (unit.dts, ==, 0);
  scene_reader_clear (&reader);
}

/* Where the initialization section comes from, and when there is none. */
static void
test_init (void)
{
  g_autoptr (GBytes) init = make_init (tracks, G_N_ELEMENTS (tracks));
  g_autoptr (GBytes) nothing = g_bytes_new_static ("\0\0\0\10moov", 8);
  g_autoptr (GByteArray) segment = make_segment (SCENE_FROM_MOOF, 0);
  g_autoptr (GByteArray) with_own = g_byte_array_new ();
  gsize init_size;
  const guint8 *init_data = g_bytes_get_data (init, &init_size);
  SceneReader reader;

  scene_reader_init (&reader);
  g_assert_false (scene_open (&reader, segment->data, segment->len, NULL, FALSE));
  g_assert_false (scene_open (&reader, segment->data, segment->len, nothing, FALSE));
  g_assert_true (tyto_segment_format_mp4.detect (init_data, init_size));
  g_assert_true (scene_open (&reader, init_data, init_size, NULL, FALSE));
  g_assert_cmpuint (scene_drain (&reader), ==, 0);
  g_assert_true (scene_open (&reader, segment->data, segment->len, NULL, FALSE));
  g_assert_cmpuint (scene_drain (&reader), ==, 5);
  g_assert_false (scene_open (&reader, segment->data, segment->len, nothing, TRUE));
  scene_reader_clear (&reader);

  g_byte_array_append (with_own, init_data, (guint) init_size);
  g_byte_array_append (with_own, segment->data, segment->len);
  scene_reader_init (&reader);
  g_assert_true (scene_open (&reader, with_own->data, with_own->len, NULL, FALSE));
  g_assert_cmpuint (scene_drain (&reader), ==, 5);
  check_no_damage (&reader);
  scene_reader_clear (&reader);
}

/* What is no segment that can be joined. */
static void
test_refused (void)
{
  static const SceneTrack encrypted[] = { { VIDEO_ID, "vide", 90000, { "avc1", "encv" } },
                                          { AUDIO_ID, "soun", 44100, { "mp4a" } } };
  static const SceneTrack texts[] = { { VIDEO_ID, "text", 90000, { "tx3g" } } };
  static const SceneTrack timeless[] = { { VIDEO_ID, "vide", 0, { "avc1" } } };
  g_autoptr (GBytes) init = make_init (encrypted, 2);
  g_autoptr (GBytes) no_media = make_init (texts, 1);
  g_autoptr (GBytes) no_time = make_init (timeless, 1);
  g_autoptr (GBytes) good = make_init (tracks, G_N_ELEMENTS (tracks));
  g_autoptr (GByteArray) segment = make_segment (SCENE_FROM_MOOF, 0);
  g_autoptr (GByteArray) progressive = g_byte_array_new ();
  static const guint8 junk[] = "\0\0\0\20ftypisom\0\0\2\0";
  gsize box;
  SceneReader reader;

  scene_put_moov (progressive, tracks, G_N_ELEMENTS (tracks));
  box = tyto_mp4_box_begin (progressive, "mdat");
  tyto_mp4_put_zeros (progressive, 100);
  tyto_mp4_box_end (progressive, box);
  scene_reader_init (&reader);
  g_assert_false (scene_open (&reader, segment->data, segment->len, init, FALSE));
  g_assert_false (scene_open (&reader, segment->data, segment->len, no_media, FALSE));
  g_assert_false (scene_open (&reader, segment->data, segment->len, no_time, FALSE));
  g_assert_false (scene_open (&reader, progressive->data, progressive->len, NULL, FALSE));
  g_assert_false (scene_open (&reader, junk, 16, good, FALSE));
  g_assert_false (scene_open (&reader, junk, 3, good, FALSE));
  g_assert_false (scene_open (&reader, segment->data, 20, good, FALSE));
  scene_reader_clear (&reader);
  g_assert_false (tyto_segment_format_mp4.detect ((const guint8 *) "#EXTM3U\n#EXTINF", 15));
  g_assert_false (tyto_segment_format_mp4.detect ((const guint8 *) "\0\0\0\1ftyp", 8));
}

/* Cut anywhere, a segment gives the units that are there, and no other. */
static void
test_cut (void)
{
  g_autoptr (GBytes) init = make_init (tracks, G_N_ELEMENTS (tracks));
  g_autoptr (GByteArray) segment = make_segment (SCENE_FROM_MOOF, 0);
  SceneReader reader;
  TytoMediaUnit unit;
  guint before = 0;

  scene_reader_init (&reader);
  for (gsize cut = 0; cut <= segment->len; cut++) {
    guint n = 0;

    if (!scene_open (&reader, segment->data, cut, init, FALSE))
      continue;
    for (; scene_next (&reader, &unit); n++)
      check_unit (&unit, n, 0xaa);
    g_assert_cmpuint (n + reader.damage.dropped_units, ==, 5);
    g_assert_cmpuint (n, >=, before);
    before = n;
  }
  g_assert_cmpuint (before, ==, 5);
  scene_reader_clear (&reader);
}

/* Any byte wrong: it ends, nothing is read outside, and never more is given than there is. */
static void
test_flipped (void)
{
  g_autoptr (GBytes) init = make_init (tracks, G_N_ELEMENTS (tracks));
  g_autoptr (GByteArray) segment = make_segment (SCENE_BEHIND, 0);
  gsize init_size;
  const guint8 *init_data = g_bytes_get_data (init, &init_size);
  g_autofree guint8 *broken = g_memdup2 (init_data, init_size);
  SceneReader reader;
  guint whole = 0;

  scene_put_fragment (segment, &video, 1, SCENE_FROM_MOOF, 0, 1);
  for (guint i = 0; i < segment->len; i++) {
    guint8 right = segment->data[i];

    segment->data[i] = (guint8) ~right;
    scene_reader_init (&reader);
    if (scene_open (&reader, segment->data, segment->len, init, FALSE))
      whole += scene_drain (&reader) == 8 ? 1 : 0;
    scene_reader_clear (&reader);
    segment->data[i] = right;
  }
  g_assert_cmpuint (whole, >, 500); /* most are the media's own */
  for (gsize i = 0; i < init_size; i++) {
    g_autoptr (GBytes) wrong = NULL;

    broken[i] = (guint8) ~init_data[i];
    wrong = g_bytes_new (broken, init_size);
    scene_reader_init (&reader);
    if (scene_open (&reader, segment->data, segment->len, wrong, FALSE))
      scene_drain (&reader);
    scene_reader_clear (&reader);
    broken[i] = init_data[i];
  }
}

/* A box whose size is wrong costs what it hides up to the next fragment. */
static void
test_resync (void)
{
  static const guint32 sizes[] = { 0x7fffffff, 4, 1000 };
  g_autoptr (GBytes) init = make_init (tracks, G_N_ELEMENTS (tracks));
  const SceneTraf trafs[] = { video, audio };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    g_autoptr (GByteArray) segment = make_segment (SCENE_FROM_MOOF, 0);
    g_autoptr (GByteArray) good = g_byte_array_new ();
    SceneReader reader;
    gsize media = segment->len - MEDIA - 8;

    g_assert_cmpmem (segment->data + media + 4, 4, "mdat", 4);
    tyto_mp4_set_u32 (segment, media, sizes[i]);
    scene_put_fragment (segment, trafs, 2, SCENE_FROM_MOOF, 0, 2);
    scene_reader_init (&reader);
    g_assert_true (scene_open (&reader, segment->data, segment->len, init, FALSE));
    check_fragment (&reader, 0xaa);
    check_fragment (&reader, 2);
    g_assert_cmpuint (scene_drain (&reader), ==, 0);
    scene_reader_clear (&reader);

    tyto_mp4_set_u32 (segment, 0, sizes[i]); /* the first moof's */
    scene_reader_init (&reader);
    g_assert_true (scene_open (&reader, segment->data, segment->len, init, FALSE));
    check_fragment (&reader, 2);
    g_assert_cmpuint (scene_drain (&reader), ==, 0);
    g_assert_cmpuint (reader.damage.bad_bytes + reader.damage.dropped_units, >, 0);
    scene_reader_clear (&reader);
  }
}

/* Counts that are lies, and media told of again and again, end soon. */
static void
test_lies (void)
{
  static const struct {
    const char *body;
    gsize size;
    guint copies;
    guint expected;
  } cases[] = {
    /* samples without a size: 2^32 − 1 of none */
    { "\0\0\0\1\377\377\377\377\0\0\0\0", 12, 1, 0 },
    /* each is told a duration alone */
    { "\0\0\1\1\377\377\377\377\0\0\0\0\0\0\0\5", 16, 1, 0 },
    /* one of a byte, the same 60,000 times */
    { "\0\0\2\1\0\0\0\1\0\0\0\100\0\0\0\1", 16, 60000, 60000 },
    /* one of 1,000 bytes, the same 60,000 times: the segment has no more than itself */
    { "\0\0\2\1\0\0\0\1\0\0\0\100\0\0\3\350", 16, 60000, 1441 },
    /* from before the segment on */
    { "\0\0\2\1\0\0\0\2\377\377\377\0\0\0\0\1\0\0\0\1", 20, 1, 0 },
    /* cut in its head */
    { "\0\0\2\1\0\0", 6, 3, 0 },
  };
  static const SceneTrack sound[] = { { AUDIO_ID, "soun", 44100, { "mp4a" } } };
  g_autoptr (GBytes) init = make_init (sound, 1);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GBytes) body = g_bytes_new_static (cases[i].body, cases[i].size);
    g_autoptr (GByteArray) segment = g_byte_array_new ();
    gint64 start = g_get_monotonic_time ();
    SceneReader reader;

    scene_put_raw_fragment (segment, AUDIO_ID, "trun", body, cases[i].copies, 2000);
    scene_reader_init (&reader);
    g_assert_true (scene_open (&reader, segment->data, segment->len, init, FALSE));
    if (i < 2 || i > 3)
      g_assert_cmpuint (scene_drain (&reader), ==, cases[i].expected);
    else
      g_assert_cmpuint (scene_drain (&reader), <=,
                        MIN (cases[i].expected, segment->len / (i == 3 ? 1000 : 1)));
    g_assert_cmpint (g_get_monotonic_time () - start, <, 5 * G_USEC_PER_SEC);
    scene_reader_clear (&reader);
  }
}

/* Frames of sound whose durations are told unevenly (a first one with what an encoder leaves out, a
 * pause told as one long frame, a last one that is cut) are all joined. */
static void
test_uneven_sound (void)
{
  static const SceneTrack sound[] = { { AUDIO_ID, "soun", 48000, { "Opus" } } };
  const guint32 firsts[] = { 4488, 960, 24000, 960 };
  g_autoptr (GBytes) init = make_init (sound, 1);
  g_autoptr (GByteArray) segment = g_byte_array_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_dir_make_tmp ("tyto-join-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (directory, "0.mp4", NULL);
  g_autofree char *output = g_build_filename (directory, "joined.mp4", NULL);
  g_autofree char *journal_path = g_build_filename (directory, "journal", NULL);
  g_autoptr (TytoHlsJournal) journal = tyto_hls_journal_open (directory, &error);
  g_autoptr (TytoHlsSegment) noted = tyto_hls_segment_new (0, 0);
  g_autoptr (TytoJoined) joined = NULL;
  guint64 dts = 0;

  tyto_mp4_put_bytes (segment, init);
  for (guint i = 0; i < G_N_ELEMENTS (firsts); i++) {
    SceneTraf traf = { AUDIO_ID, (gint64) dts, 0, SCENE_MAX, { { 0 } } };

    for (guint j = 0; j < SCENE_MAX; j++) {
      gboolean last = i == G_N_ELEMENTS (firsts) - 1 && j == SCENE_MAX - 1;

      traf.samples[j] = (SceneSample){ j == 0 ? firsts[i] : last ? 312 : 960, 20, 0, TRUE };
      dts += MAX (traf.samples[j].duration, 960);
    }
    scene_put_fragment (segment, &traf, 1, SCENE_FROM_MOOF, 0, (guint8) i);
  }
  g_assert_true (g_file_set_contents (file, (char *) segment->data, segment->len, &error));
  noted->state = TYTO_HLS_FETCHED;
  g_free (noted->file);
  noted->file = g_strdup ("0.mp4");
  noted->bytes = segment->len;
  g_assert_true (tyto_hls_journal_note (journal, noted, &error));
  joined = tyto_join (directory, output, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (joined->audio_frames, ==, SCENE_MAX * G_N_ELEMENTS (firsts));
  g_assert_cmpuint (joined->duration_ms, ==, dts / 48);
  g_remove (file);
  g_remove (output);
  g_remove (journal_path);
  g_rmdir (directory);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/join/mp4/units", test_units);
  g_test_add_func ("/join/mp4/offsets", test_offsets);
  g_test_add_func ("/join/mp4/edits", test_edits);
  g_test_add_func ("/join/mp4/no-tfdt", test_no_tfdt);
  g_test_add_func ("/join/mp4/init", test_init);
  g_test_add_func ("/join/mp4/refused", test_refused);
  g_test_add_func ("/join/mp4/cut", test_cut);
  g_test_add_func ("/join/mp4/flipped", test_flipped);
  g_test_add_func ("/join/mp4/resync", test_resync);
  g_test_add_func ("/join/mp4/lies", test_lies);
  g_test_add_func ("/join/mp4/uneven-sound", test_uneven_sound);
  return g_test_run ();
}
