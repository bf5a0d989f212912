/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Segments of MPEG-TS taken apart: H.264 and AAC as no multiplexer of ours would write them. Real
 * ones, and the other codecs: test_join_units.py. */
#include "join-ts-scene.h"
#include "media/join/tyto-start-code.h"

#include <glib/gstdio.h>
#include <string.h>

static void
test_straight (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  static const guint8 head[] = { 0, 0, 0, 0x65, 'a', 'v', 'c', '1' };

  for (guint segment = 0; segment < 3; segment++) {
    g_autoptr (GArray) units = NULL;
    const SceneUnit *first;

    scene_clear (scene);
    scene_put_usual_tables (scene);
    scene_put_pictures (scene, 8 * segment, 8, 900000);
    units = scene_read_scene (reader, scene, segment > 0);
    scene_check_pictures (units, 8 * segment, 8, 900000);
    scene_check_damage (reader, 0, 0, FALSE);
    g_assert_cmpuint (tyto_unit_reader_get_damage (reader)->other_streams, ==, 1);
    first = scene_unit (units, 0);
    g_assert_cmpuint (first->unit.entry->width, ==, 64);
    g_assert_cmpuint (first->unit.entry->height, ==, 64);
    g_assert_cmpint (first->unit.entry->codec, ==, TYTO_MEDIA_H264);
    g_assert_cmpmem (g_bytes_get_data (first->unit.entry->box, NULL) + 4, 4, head + 4, 4);
    g_assert_true (first->unit.entry == scene_unit (units, 7)->unit.entry);
  }
}

/* No delimiters; four pictures a PES packet, of which the first alone has a time. */
static void
test_several_a_packet (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GArray) units = NULL;

  scene_put_usual_tables (scene);
  for (guint i = 0; i < 16; i += 4) {
    GByteArray *payload = g_byte_array_new ();

    for (guint k = i; k < i + 4; k++) {
      const ScenePicture of = { .sets = k == 0 ? 4 : 0,
                                .idr = k % 8 == 0,
                                .frame_num = k % 8,
                                .slices = 3,
                                .bytes = 100,
                                .fill = SCENE_FILL };

      scene_append (payload, scene_picture (&of));
    }
    scene_put_video (scene, i * SCENE_FRAME, i * SCENE_FRAME + 7200, payload);
  }
  units = scene_read_scene (reader, scene, FALSE);
  g_assert_cmpuint (units->len, ==, 16);
  for (guint i = 0; i < units->len; i++) {
    g_assert_cmpint (scene_unit (units, i)->unit.dts, ==, i * SCENE_FRAME);
    g_assert_cmpint (scene_unit (units, i)->unit.pts, ==, i * SCENE_FRAME + 7200);
    g_assert_cmpint (scene_unit (units, i)->unit.key, ==, i % 8 == 0);
    g_assert_cmpuint (g_bytes_get_size (scene_unit (units, i)->data), >, 3 * 100);
  }
}

/* One picture in three PES packets, cut within a slice, between two, and within a start code. */
static void
test_across_packets (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GArray) units = NULL;

  scene_put_usual_tables (scene);
  for (guint i = 0; i < 12; i++) {
    const ScenePicture of = { .delimiter = TRUE,
                              .sets = i == 0 ? 4 : 0,
                              .idr = i == 0,
                              .frame_num = i,
                              .slices = 2,
                              .bytes = 500,
                              .fill = SCENE_FILL };
    g_autoptr (GByteArray) whole = scene_picture (&of);
    guint second = whole->len / 2; /* within some slice */
    const guint cuts[] = { 0, second, whole->len - 504 - i % 5, whole->len };

    for (guint k = 0; k < 3; k++) {
      g_autoptr (GByteArray) part = g_byte_array_new ();
      const ScenePes pes = { .pid = SCENE_VIDEO,
                             .pts = k == 0 ? i * SCENE_FRAME : SCENE_NO_TIME,
                             .dts = SCENE_NO_TIME,
                             .bounded = TRUE };

      g_byte_array_append (part, whole->data + MIN (cuts[k], cuts[k + 1]),
                           cuts[k + 1] - MIN (cuts[k], cuts[k + 1]));
      scene_put_pes (scene, &pes, part);
    }
  }
  units = scene_read_scene (reader, scene, FALSE);
  g_assert_cmpuint (units->len, ==, 12);
  for (guint i = 0; i < units->len; i++) {
    g_assert_cmpint (scene_unit (units, i)->unit.dts, ==, i * SCENE_FRAME);
    g_assert_cmpuint (g_bytes_get_size (scene_unit (units, i)->data), >, 1008);
    g_assert_cmpuint (g_bytes_get_size (scene_unit (units, i)->data), <, 1024);
  }
  scene_check_damage (reader, 0, 0, FALSE);
}

/* Parameter sets that change, and come back, within a segment. */
static void
test_parameters_change (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GArray) units = NULL;
  static const guint sizes[] = { 4, 8, 4 };

  scene_put_usual_tables (scene);
  for (guint i = 0; i < 12; i++) {
    const ScenePicture of = { .sets = i % 4 == 0 ? sizes[i / 4] : 0,
                              .idr = i % 4 == 0,
                              .frame_num = i % 4,
                              .bytes = 50,
                              .fill = SCENE_FILL };

    scene_put_video (scene, i * SCENE_FRAME, i * SCENE_FRAME, scene_picture (&of));
  }
  units = scene_read_scene (reader, scene, FALSE);
  g_assert_cmpuint (units->len, ==, 12);
  for (guint i = 0; i < 12; i++)
    g_assert_cmpuint (scene_unit (units, i)->unit.entry->width, ==, 16 * sizes[i / 4]);
  g_assert_true (tyto_media_entry_equal (scene_unit (units, 3)->unit.entry,
                                         scene_unit (units, 8)->unit.entry));
  g_assert_false (tyto_media_entry_equal (scene_unit (units, 3)->unit.entry,
                                          scene_unit (units, 4)->unit.entry));
}

/* 33 bits pass by: within a segment and between two, with sound that is a little behind. */
static void
test_wrap (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  gint64 from = SCENE_WRAP - 12 * SCENE_FRAME;

  for (guint segment = 0; segment < 3; segment++) {
    g_autoptr (GArray) units = NULL;
    g_autoptr (GArray) audio = NULL;

    scene_clear (scene);
    scene_put_usual_tables (scene);
    for (guint i = 8 * segment; i < 8 * segment + 8; i++) {
      scene_put_pictures (scene, i, 1, from);
      scene_put_audio (scene, from + (gint64) i * SCENE_FRAME - 100,
                       scene_adts (1, 100, SCENE_FILL));
    }
    units = scene_read_scene (reader, scene, segment > 0);
    audio = scene_pick (units, FALSE);
    scene_check_pictures (units, 8 * segment, 8, from);
    g_assert_cmpuint (audio->len, ==, 8);
    g_assert_cmpint (scene_unit (audio, 7)->unit.dts, ==,
                     from + (gint64) (8 * segment + 7) * SCENE_FRAME - 100);
  }
}

/* A discontinuity: times begin anew. */
static void
test_not_continuous (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GArray) first = NULL;
  g_autoptr (GArray) second = NULL;

  scene_put_usual_tables (scene);
  scene_put_pictures (scene, 0, 8, SCENE_WRAP - 10 * SCENE_FRAME);
  first = scene_read_scene (reader, scene, FALSE);
  scene_clear (scene);
  scene_put_usual_tables (scene);
  scene_put_pictures (scene, 8, 8, 0);
  second = scene_read_scene (reader, scene, FALSE);
  scene_check_pictures (second, 8, 8, 0);
}

/* Streams move to other PIDs within a segment. */
static void
test_tables_change (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GArray) units = NULL;
  const guint8 types[] = { SCENE_AAC, SCENE_H264 };
  const guint pids[] = { 0x201, 0x200 };

  scene_put_usual_tables (scene);
  scene_put_pictures (scene, 0, 4, 0);
  scene_put_tables (scene, G_N_ELEMENTS (types), types, pids);
  for (guint i = 4; i < 8; i++) {
    const ScenePes pes = { .pid = 0x200, .pts = i * SCENE_FRAME, .dts = SCENE_NO_TIME };
    g_autoptr (GByteArray) payload = scene_usual_picture (i);

    scene_put_pes (scene, &pes, payload);
  }
  units = scene_read_scene (reader, scene, FALSE);
  scene_check_pictures (units, 0, 8, 0);
  scene_check_damage (reader, 0, 0, FALSE);
}

/* Frames of sound that go across PES packets and segments; each has its bytes. */
static void
test_sound_across (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GByteArray) frames = scene_adts (40, 193, SCENE_FILL);
  guint given = 0;

  for (guint segment = 0, at = 0; segment < 4; segment++) {
    g_autoptr (GArray) units = NULL;

    scene_clear (scene);
    scene_put_usual_tables (scene);
    for (guint i = 0; i < 5; i++, at += 400) {
      GByteArray *part = g_byte_array_new ();
      guint first = (at + 199) / 200; /* frame that begins in it */

      g_byte_array_append (part, frames->data + at, 400);
      if (at % 800 == 0 && at > 0) /* cut elsewhere than between frames */
        g_byte_array_remove_range (part, 0, 70);
      else if (at % 800 != 0)
        g_byte_array_append (part, frames->data + at + 400, MIN (70, frames->len - at - 400));
      scene_put_audio (scene, (gint64) (at % 800 == 0 && at > 0 ? first + 1 : first) * SCENE_SOUND,
                       part);
    }
    units = scene_read_scene (reader, scene, segment > 0);
    for (guint i = 0; i < units->len; i++, given++) {
      const SceneUnit *unit = scene_unit (units, i);
      gsize size;
      const guint8 *data = g_bytes_get_data (unit->data, &size);

      g_assert_cmpint (unit->unit.dts, ==, (gint64) given * SCENE_SOUND);
      g_assert_cmpuint (unit->unit.duration, ==, SCENE_SOUND);
      g_assert_true (unit->unit.key);
      g_assert_cmpuint (size, ==, 193);
      g_assert_cmpuint (data[0], ==, given);
      g_assert_cmphex (data[192], ==, SCENE_FILL);
      g_assert_cmpuint (unit->unit.entry->rate, ==, 48000);
      g_assert_cmpuint (unit->unit.entry->channels, ==, 2);
    }
    scene_check_damage (reader, 0, 0, FALSE);
  }
  g_assert_cmpuint (given, ==, 40);
}

/* A PES packet of sound that is cut by the end of its segment goes on in the next; not across a
 * discontinuity. */
static void
test_packet_across_segments (void)
{
  for (guint continuous = 0; continuous < 2; continuous++) {
    g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
    g_autoptr (Scene) scene = scene_new ();
    g_autoptr (GByteArray) tail = g_byte_array_new ();
    g_autoptr (GArray) first = NULL;
    g_autoptr (GArray) second = NULL;
    guint cut;

    scene_put_usual_tables (scene);
    scene_put_audio (scene, 0, scene_adts (2, 193, SCENE_FILL));
    cut = scene_count_packets (scene) - 1; /* the second frame is cut too */
    g_byte_array_append (tail, scene_get_packet (scene, cut), SCENE_PACKET);
    scene_remove_packets (scene, cut, 1);
    first = scene_read_scene (reader, scene, FALSE);
    g_assert_cmpuint (first->len, ==, 1);
    scene_clear (scene);
    scene_put_usual_tables (scene);
    g_byte_array_append (scene->ts, tail->data, tail->len);
    scene_put_audio (scene, 2 * SCENE_SOUND, scene_adts (2, 193, SCENE_FILL));
    second = scene_read_scene (reader, scene, continuous != 0);
    g_assert_cmpuint (second->len, ==, continuous != 0 ? 3 : 2);
    g_assert_cmpint (scene_unit (second, 0)->unit.dts, ==,
                     continuous != 0 ? SCENE_SOUND : 2 * SCENE_SOUND);
    scene_check_damage (reader, 0, continuous != 0 ? 0 : 1, continuous == 0);
  }
}

/* Recovery points are key frames where no IDR is, and not where there are. */
static void
test_recovery_points (void)
{
  for (guint idr = 0; idr < 2; idr++) {
    g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
    g_autoptr (Scene) scene = scene_new ();
    g_autoptr (GArray) units = NULL;

    scene_put_usual_tables (scene);
    for (guint i = 0; i < 12; i++) {
      const ScenePicture of = { .sets = i % 4 == 0 ? 4 : 0,
                                .idr = i == 0 && idr != 0,
                                .recovery = i % 4 == 0,
                                .intra = i % 4 == 0,
                                .frame_num = i,
                                .bytes = 50,
                                .fill = SCENE_FILL };

      scene_put_video (scene, i * SCENE_FRAME, i * SCENE_FRAME, scene_picture (&of));
    }
    units = scene_read_scene (reader, scene, FALSE);
    g_assert_cmpuint (units->len, ==, 12);
    for (guint i = 0; i < 12; i++)
      g_assert_cmpint (scene_unit (units, i)->unit.key, ==, idr != 0 ? i == 0 : i % 4 == 0);
  }
}

/* Both fields of a frame are one unit, in one PES packet or in two. */
static void
test_fields (void)
{
  for (guint split = 0; split < 2; split++) {
    g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
    g_autoptr (Scene) scene = scene_new ();
    g_autoptr (GArray) units = NULL;

    scene_put_usual_tables (scene);
    for (guint i = 0; i < 8; i++) {
      ScenePicture top = { .delimiter = TRUE,
                           .sets = i == 0 ? 4 : 0,
                           .fields = 2,
                           .idr = i == 0,
                           .frame_num = i,
                           .bytes = 100,
                           .fill = SCENE_FILL };
      ScenePicture bottom
          = { .delimiter = TRUE, .fields = 3, .frame_num = i, .bytes = 100, .fill = SCENE_FILL };
      GByteArray *first = scene_picture (&top);

      if (split != 0) {
        scene_put_video (scene, i * SCENE_FRAME, i * SCENE_FRAME, first);
        scene_put_video (scene, i * SCENE_FRAME + SCENE_FRAME / 2,
                         i * SCENE_FRAME + SCENE_FRAME / 2, scene_picture (&bottom));
      } else {
        scene_append (first, scene_picture (&bottom));
        scene_put_video (scene, i * SCENE_FRAME, i * SCENE_FRAME, first);
      }
    }
    units = scene_read_scene (reader, scene, FALSE);
    g_assert_cmpuint (units->len, ==, 8);
    for (guint i = 0; i < 8; i++) {
      g_assert_cmpint (scene_unit (units, i)->unit.dts, ==, i * SCENE_FRAME);
      g_assert_cmpuint (g_bytes_get_size (scene_unit (units, i)->data), >, 2 * 100);
    }
    g_assert_cmpuint (scene_unit (units, 0)->unit.entry->height, ==, 128);
  }
}

/* Ten frames behind the ID3 tag that tells their @time. */
static GByteArray *
packed (guint64 time, guint8 fill)
{
  static const char owner[] = "com.apple.streaming.transportStreamTimestamp";
  const guint8 size = sizeof owner + sizeof time;
  const guint8 tag[] = { 'I', 'D', '3', 4, 0, 0, 0, 0, 0, 10 + size };
  const guint8 frame[] = { 'P', 'R', 'I', 'V', 0, 0, 0, size, 0, 0 };
  GByteArray *segment = g_byte_array_new ();

  time = GUINT64_TO_BE (time);
  g_byte_array_append (segment, tag, sizeof tag);
  g_byte_array_append (segment, frame, sizeof frame);
  g_byte_array_append (segment, (const guint8 *) owner, sizeof owner);
  g_byte_array_append (segment, (const guint8 *) &time, sizeof time);
  scene_append (segment, scene_adts (10, 193, fill));
  return segment;
}

static void
test_packed_audio (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();

  for (guint segment = 0; segment < 3; segment++) {
    gint64 from = SCENE_WRAP - 15 * SCENE_SOUND + (gint64) segment * 10 * SCENE_SOUND;
    g_autoptr (GByteArray) bytes
        = packed ((guint64) from & (SCENE_WRAP - 1), (guint8) (segment + 4));
    g_autoptr (GArray) units = scene_read (reader, bytes, segment > 0);

    g_assert_cmpuint (units->len, ==, 10);
    g_assert_cmpint (scene_unit (units, 0)->unit.dts, ==, from);
    g_assert_cmpint (scene_unit (units, 9)->unit.dts, ==, from + 9 * SCENE_SOUND);
    g_assert_cmpint (scene_unit (units, 9)->unit.entry->codec, ==, TYTO_MEDIA_AAC);
    scene_check_damage (reader, 0, 0, FALSE);
  }
}

/* Wherever it stands, with zeros around it or without. */
static void
test_start_codes (void)
{
  static const guint8 fills[] = { 0, 2, 0xff };

  for (guint i = 0; i < G_N_ELEMENTS (fills); i++)
    for (guint32 size = TYTO_START_CODE; size < 90; size++)
      for (guint32 at = 0; at + TYTO_START_CODE <= size; at++) {
        g_autofree guint8 *data = g_malloc (size); /* the sanitizer sees where it ends */

        memset (data, fills[i], size);
        g_assert_cmpuint (tyto_start_code_find (data, 0, size), ==, size);
        memcpy (data + at, "\0\0\1", TYTO_START_CODE);
        g_assert_cmpuint (tyto_start_code_find (data, 0, size), ==, at);
        g_assert_cmpuint (tyto_start_code_find (data, at, size), ==, at);
        g_assert_cmpuint (tyto_start_code_find (data, at + 1, size), ==, size);
        g_assert_cmpuint (tyto_start_code_find (data, 0, at + 2), ==, at + 2);
      }
}

/* Tables that stand in a Media Initialization Section (RFC 8216, 3.2) instead of the segment. */
static void
test_tables_apart (void)
{
  g_autofree char *directory = g_dir_make_tmp ("tyto-join-ts-XXXXXX", NULL);
  g_autofree char *init = g_build_filename (directory, "init", NULL);
  g_autofree char *segment = g_build_filename (directory, "segment", NULL);
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GError) error = NULL;
  TytoMediaUnit unit;
  guint units = 0;

  scene_put_usual_tables (scene);
  g_assert_true (g_file_set_contents (init, (char *) scene->ts->data, scene->ts->len, NULL));
  scene_clear (scene);
  scene_put_pictures (scene, 0, 8, 0);
  g_assert_true (g_file_set_contents (segment, (char *) scene->ts->data, scene->ts->len, NULL));
  tyto_unit_reader_open (reader, segment, init, FALSE, &error);
  g_assert_no_error (error);
  while (tyto_unit_reader_next (reader, &unit, &error))
    units++;
  g_assert_no_error (error);
  g_assert_cmpuint (units, ==, 8);
  g_unlink (init);
  g_unlink (segment);
  g_rmdir (directory);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/join/ts/start-codes", test_start_codes);
  g_test_add_func ("/join/ts/straight", test_straight);
  g_test_add_func ("/join/ts/several-a-packet", test_several_a_packet);
  g_test_add_func ("/join/ts/across-packets", test_across_packets);
  g_test_add_func ("/join/ts/parameters-change", test_parameters_change);
  g_test_add_func ("/join/ts/wrap", test_wrap);
  g_test_add_func ("/join/ts/not-continuous", test_not_continuous);
  g_test_add_func ("/join/ts/tables-change", test_tables_change);
  g_test_add_func ("/join/ts/sound-across", test_sound_across);
  g_test_add_func ("/join/ts/packet-across-segments", test_packet_across_segments);
  g_test_add_func ("/join/ts/recovery-points", test_recovery_points);
  g_test_add_func ("/join/ts/fields", test_fields);
  g_test_add_func ("/join/ts/packed-audio", test_packed_audio);
  g_test_add_func ("/join/ts/tables-apart", test_tables_apart);
  return g_test_run ();
}
