/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Segments of MPEG-TS that are damaged, or refused. */
#include "join-ts-scene.h"

#include <string.h>

/* A packet is lost in the middle of picture 3. */
static void
test_lost_packet (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GArray) units = NULL;
  guint before;

  scene_put_usual_tables (scene);
  scene_put_pictures (scene, 0, 3, 0);
  before = scene_count_packets (scene);
  scene_put_pictures (scene, 3, 5, 0);
  scene_remove_packets (scene, before + 1, 1);
  units = scene_read_scene (reader, scene, FALSE);
  g_assert_cmpuint (units->len, ==, 7);
  g_assert_cmpint (scene_unit (units, 2)->unit.dts, ==, 2 * SCENE_FRAME);
  g_assert_cmpint (scene_unit (units, 3)->unit.dts, ==, 4 * SCENE_FRAME);
  scene_check_damage (reader, 1, 1, FALSE);
}

/* Packets that begin a picture are lost: two go, one with its end, one with its start. */
static void
test_lost_start (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GArray) units = NULL;
  guint before;

  scene_put_usual_tables (scene);
  scene_put_pictures (scene, 0, 3, 0);
  before = scene_count_packets (scene);
  scene_put_pictures (scene, 3, 5, 0);
  scene_remove_packets (scene, before - 1, 2);
  units = scene_read_scene (reader, scene, FALSE);
  g_assert_cmpuint (units->len, ==, 6);
  g_assert_cmpint (scene_unit (units, 1)->unit.dts, ==, 1 * SCENE_FRAME);
  g_assert_cmpint (scene_unit (units, 2)->unit.dts, ==, 4 * SCENE_FRAME);
  scene_check_damage (reader, 2, 1, TRUE);
}

static void
test_repeated_packets (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GByteArray) twice = g_byte_array_new ();
  g_autoptr (GArray) units = NULL;

  scene_put_usual_tables (scene);
  scene_put_pictures (scene, 0, 8, 0);
  for (guint i = 0; i < scene_count_packets (scene); i++) {
    g_byte_array_append (twice, scene_get_packet (scene, i), SCENE_PACKET);
    g_byte_array_append (twice, scene_get_packet (scene, i), SCENE_PACKET);
  }
  units = scene_read (reader, twice, FALSE);
  scene_check_pictures (units, 0, 8, 0);
  scene_check_damage (reader, 0, 0, FALSE);
}

/* Bytes in between, at the start, and sync bytes that are damaged. */
static void
test_lost_sync (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GByteArray) segment = g_byte_array_new ();
  g_autoptr (GArray) units = NULL;
  guint8 junk[50];

  memset (junk, 0x11, sizeof junk);
  scene_put_usual_tables (scene);
  scene_put_pictures (scene, 0, 8, 0);
  g_byte_array_append (segment, junk, sizeof junk);
  g_byte_array_append (segment, scene->ts->data, 5 * SCENE_PACKET);
  g_byte_array_append (segment, junk, sizeof junk);
  g_byte_array_append (segment, scene->ts->data + 5 * SCENE_PACKET,
                       scene->ts->len - 5 * SCENE_PACKET);
  units = scene_read (reader, segment, FALSE);
  scene_check_pictures (units, 0, 8, 0);
  g_assert_cmpuint (tyto_unit_reader_get_damage (reader)->bad_bytes, ==, 2 * sizeof junk);
  scene_get_packet (scene, 4)[0] ^= 0x10;
  g_clear_pointer (&units, g_array_unref);
  units = scene_read_scene (reader, scene, FALSE);
  g_assert_cmpuint (units->len, ==, 7);
  scene_check_damage (reader, 1, 0, TRUE);
}

/* A PMT whose bits are wrong changes nothing. */
static void
test_damaged_tables (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GArray) units = NULL;

  scene_put_usual_tables (scene);
  scene_put_pictures (scene, 0, 4, 0);
  scene_put_usual_tables (scene);
  scene_get_packet (scene, scene_count_packets (scene) - 1)[19] ^= 1; /* a PID */
  scene_put_pictures (scene, 4, 4, 0);
  units = scene_read_scene (reader, scene, FALSE);
  scene_check_pictures (units, 0, 8, 0);
}

static void
test_refused (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  const guint8 encrypted[] = { 0xdb, 0xcf };
  const guint pids[] = { SCENE_VIDEO, SCENE_AUDIO };

  scene_put_pictures (scene, 0, 8, 0); /* no tables */
  scene_refused (reader, scene->ts);
  scene_clear (scene);
  scene_put_tables (scene, 2, encrypted, pids);
  scene_put_pictures (scene, 0, 8, 0);
  scene_refused (reader, scene->ts);
  scene_clear (scene);
  scene_put_usual_tables (scene);
  scene_put_pictures (scene, 0, 8, 0);
  for (guint i = 2; i < scene_count_packets (scene); i++)
    scene_get_packet (scene, i)[3] |= 0x80; /* transport_scrambling_control */
  scene_refused (reader, scene->ts);
  memset (scene->ts->data, 0, scene->ts->len);
  scene_refused (reader, scene->ts);
  g_byte_array_set_size (scene->ts, 0);
  scene_refused (reader, scene->ts);
}

/* Lost sound costs the frames it is of. */
static void
test_lost_sound (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GArray) units = NULL;

  scene_put_usual_tables (scene);
  for (guint i = 0; i < 4; i++)
    scene_put_audio (scene, (gint64) i * 4 * SCENE_SOUND, scene_adts (4, 193, SCENE_FILL));
  scene_remove_packets (scene, 2 + 5 + 2,
                        1); /* bytes 354–538 of the second packet: frames 1 and 2 */
  units = scene_read_scene (reader, scene, FALSE);
  g_assert_cmpuint (units->len, ==, 13);
  g_assert_cmpint (scene_unit (units, 4)->unit.dts, ==, 4 * SCENE_SOUND);
  g_assert_cmpint (scene_unit (units, 5)->unit.dts, ==, 8 * SCENE_SOUND);
  g_assert_cmpuint (tyto_unit_reader_get_damage (reader)->lost_packets, ==, 1);
  g_assert_cmpuint (tyto_unit_reader_get_damage (reader)->dropped_units, ==, 1);
}

/* More than an access unit may have is passed over; what follows is given. */
static void
test_too_large (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GArray) units = NULL;
  ScenePicture of
      = { .delimiter = TRUE, .frame_num = 4, .bytes = 9 * 1024 * 1024, .fill = SCENE_FILL };

  scene_put_usual_tables (scene);
  scene_put_pictures (scene, 0, 4, 0);
  scene_put_video (scene, 4 * SCENE_FRAME, 4 * SCENE_FRAME, scene_picture (&of));
  scene_put_pictures (scene, 5, 3, 0);
  units = scene_read_scene (reader, scene, FALSE);
  g_assert_cmpuint (units->len, >=, 6);
  g_assert_cmpuint (units->len, <=, 7);
  g_assert_cmpint (scene_unit (units, units->len - 1)->unit.dts, ==, 7 * SCENE_FRAME);
  g_assert_cmpuint (tyto_unit_reader_get_damage (reader)->dropped_units, >, 0);
}

/* Any bits may be wrong: it ends, and what it gives makes sense. */
static void
test_flipped_bits (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (GRand) random = g_rand_new_with_seed (17);

  for (guint round = 0; round < 200; round++) {
    g_autoptr (Scene) scene = scene_new ();
    g_autoptr (GArray) units = NULL;

    scene_put_usual_tables (scene);
    for (guint i = 0; i < 16; i++) {
      scene_put_pictures (scene, i, 1, 0);
      scene_put_audio (scene, (gint64) i * SCENE_FRAME, scene_adts (2, 193, SCENE_FILL));
    }
    for (guint i = 0; i < 20; i++)
      scene->ts->data[g_rand_int_range (random, 2 * SCENE_PACKET, (gint32) scene->ts->len)]
          ^= (guint8) (1 << g_rand_int_range (random, 0, 8));
    units = scene_read_scene (reader, scene, round % 2 != 0);
    g_assert_cmpuint (units->len, >, 0);
    g_assert_cmpuint (units->len, <, 49);
  }
}

/* A segment that is cut within a packet: the unit that it is of goes, those in front are given. */
static void
test_cut_off (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GArray) units = NULL;

  scene_put_usual_tables (scene);
  scene_put_pictures (scene, 0, 8, 0);
  g_byte_array_set_size (scene->ts, scene->ts->len - 10);
  units = scene_read_scene (reader, scene, FALSE);
  scene_check_pictures (units, 0, 7, 0);
  scene_check_damage (reader, 0, 1, TRUE);
}

/* A segment that is larger than what is read into memory. */
static void
test_large_segment (void)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autoptr (Scene) scene = scene_new ();
  g_autoptr (GArray) units = NULL;
  const ScenePicture of
      = { .delimiter = TRUE, .frame_num = 2, .bytes = 6 * 1024 * 1024, .fill = SCENE_FILL };

  scene_put_usual_tables (scene);
  scene_put_pictures (scene, 0, 2, 0);
  for (guint i = 2; i < 5; i++)
    scene_put_video (scene, i * SCENE_FRAME, i * SCENE_FRAME, scene_picture (&of));
  scene_put_pictures (scene, 8, 8, 0);
  units = scene_read_scene (reader, scene, FALSE);
  g_assert_cmpuint (units->len, ==, 13);
  g_assert_cmpuint (g_bytes_get_size (scene_unit (units, 2)->data), >, 6 * 1024 * 1024);
  scene_check_damage (reader, 0, 0, FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/join/ts-damage/lost-packet", test_lost_packet);
  g_test_add_func ("/join/ts-damage/lost-start", test_lost_start);
  g_test_add_func ("/join/ts-damage/repeated-packets", test_repeated_packets);
  g_test_add_func ("/join/ts-damage/lost-sync", test_lost_sync);
  g_test_add_func ("/join/ts-damage/damaged-tables", test_damaged_tables);
  g_test_add_func ("/join/ts-damage/refused", test_refused);
  g_test_add_func ("/join/ts-damage/lost-sound", test_lost_sound);
  g_test_add_func ("/join/ts-damage/too-large", test_too_large);
  g_test_add_func ("/join/ts-damage/flipped-bits", test_flipped_bits);
  g_test_add_func ("/join/ts-damage/cut-off", test_cut_off);
  g_test_add_func ("/join/ts-damage/large-segment", test_large_segment);
  return g_test_run ();
}
