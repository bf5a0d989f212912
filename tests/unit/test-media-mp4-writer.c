/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-media-cursor.h"
#include "media/tyto-mp4-box.h"
#include "media/tyto-mp4-index.h"
#include "media/tyto-mp4-moof.h"
#include "media/tyto-mp4-moov.h"
#include "media/tyto-mp4-writer.h"

#include <string.h>

#define HZ  90000
#define KEY TRUE

static const guint8 avcc[] = { 1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 0, 1, 0, 0 };

static const TytoMediaIdentity identity = {
  .camera = (char *) "door",
  .stream = (char *) "main",
  .run = (char *) "20261121T020800Z-4f2a9c01d3e7",
  .sequence = 7,
  .wall_start_us = G_GINT64_CONSTANT (1795226880123456),
  .clock_offset_us = -2500000,
  .monotonic_start_ns = G_GUINT64_CONSTANT (123456789012345),
  .camera_time_us = G_GINT64_CONSTANT (1795226879999000),
};

static TytoMp4Writer *
make_writer (guint n_tracks)
{
  g_autoptr (GBytes) avc = g_bytes_new_static (avcc, sizeof avcc);
  g_autoptr (GBytes) aac = g_bytes_new_static ("\x12\x08", 2);
  TytoMp4Track tracks[] = {
    { .codec = TYTO_MP4_AAC, .codec_data = aac, .timescale = 44100, .channels = 1, .rate = 44100 },
    { .codec = TYTO_MP4_H264,
      .codec_data = avc,
      .timescale = HZ,
      .width = 640,
      .height = 480,
      .pixel_aspect_n = 4,
      .pixel_aspect_d = 3 },
  };

  return tyto_mp4_writer_new (&identity, tracks + (2 - n_tracks), n_tracks);
}

static void
start_cursor (TytoMediaCursor *cursor, GBytes *bytes)
{
  tyto_media_cursor_init (cursor, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* The tracks as the header tells them; checks that boxes fill it to its last byte. */
static GArray *
read_header (TytoMp4Writer *writer, TytoMediaIdentity *read)
{
  g_autoptr (GBytes) header = tyto_mp4_writer_header (writer);
  GArray *tracks = g_array_new (FALSE, FALSE, sizeof (TytoMp4TrackInfo));
  const guint32 order[] = { TYTO_MP4_TYPE ('f', 't', 'y', 'p'), TYTO_MP4_TYPE ('u', 'u', 'i', 'd'),
                            TYTO_MP4_TYPE ('m', 'o', 'o', 'v') };
  g_auto (TytoMediaIdentity) tags = { 0 };
  TytoMediaCursor in;
  TytoMediaCursor box;
  guint32 type;

  g_assert_cmpuint (tyto_mp4_writer_get_size (writer), ==, g_bytes_get_size (header));
  start_cursor (&in, header);
  for (guint i = 0; i < G_N_ELEMENTS (order); i++) {
    g_assert_true (tyto_media_cursor_box (&in, &type, &box));
    g_assert_cmphex (type, ==, order[i]);
    if (i == 1) {
      const guint8 *usertype = tyto_media_cursor_take (&box, TYTO_MP4_USERTYPE_SIZE);

      g_assert_cmpmem (usertype, TYTO_MP4_USERTYPE_SIZE, tyto_mp4_identity_usertype,
                       TYTO_MP4_USERTYPE_SIZE);
      box = tyto_media_cursor_part (&box, tyto_media_cursor_left (&box));
      g_assert_true (tyto_mp4_read_identity (box, read));
    } else if (i == 2) {
      g_assert_true (tyto_mp4_read_moov (box, tracks, &tags));
    }
  }
  g_assert_cmpuint (tyto_media_cursor_left (&in), ==, 0);
  g_assert_false (in.failed);
  g_assert_cmpstr (tags.camera, ==, "door");
  g_assert_cmpstr (tags.run, ==, identity.run);
  g_assert_cmpint (tags.wall_start_us, ==, identity.wall_start_us);
  return tracks;
}

static void
test_header (void)
{
  g_autoptr (TytoMp4Writer) writer = make_writer (2);
  g_auto (TytoMediaIdentity) read = { 0 };
  g_autoptr (GArray) tracks = read_header (writer, &read);
  const TytoMp4TrackInfo *track = (const TytoMp4TrackInfo *) (void *) tracks->data;

  g_assert_cmpstr (read.camera, ==, identity.camera);
  g_assert_cmpstr (read.stream, ==, identity.stream);
  g_assert_cmpstr (read.run, ==, identity.run);
  g_assert_cmpuint (read.sequence, ==, identity.sequence);
  g_assert_cmpint (read.wall_start_us, ==, identity.wall_start_us);
  g_assert_cmpint (read.clock_offset_us, ==, identity.clock_offset_us);
  g_assert_cmpuint (read.monotonic_start_ns, ==, identity.monotonic_start_ns);
  g_assert_cmpint (read.camera_time_us, ==, identity.camera_time_us);
  g_assert_cmpuint (tracks->len, ==, 2);
  g_assert_cmpstr (track[0].codec, ==, "aac");
  g_assert_cmpuint (track[0].timescale, ==, 44100);
  g_assert_cmpstr (track[1].codec, ==, "h264");
  g_assert_cmpuint (track[1].id, ==, 2);
  g_assert_true (track[1].video);
  g_assert_cmpuint (track[1].nal_length_size, ==, 4);
  g_assert_cmpuint (tyto_mp4_reference_track (tracks), ==, 1);
}

#define MAX_SAMPLES 4

/* Samples of a fragment, and how many bytes its boxes may take: what is alike is said once. */
typedef struct {
  const char *name;
  guint n;
  TytoMp4Sample samples[MAX_SAMPLES];
  gsize boxes;
} Pattern;

#define FIXED_BOXES (8 + 16 + 8 + 16 + 20 + 20 + 8) /* moof mfhd traf tfhd tfdt trun mdat */

static const Pattern patterns[] = {
  { "one", 1, { { 0, 3600, 0, 100, KEY } }, FIXED_BOXES + 8 + 4 },
  { "alike",
    3,
    { { 0, 3600, 0, 100 }, { 3600, 3600, 0, 100 }, { 7200, 3600, 0, 100 } },
    FIXED_BOXES + 8 },
  { "key-first",
    3,
    { { 0, 3600, 0, 900, KEY }, { 3600, 3600, 0, 100 }, { 7200, 3600, 0, 101 } },
    FIXED_BOXES + 4 + 4 + 3 * 4 },
  { "all-key",
    2,
    { { 0, 3600, 0, 900, KEY }, { 3600, 3600, 0, 901, KEY } },
    FIXED_BOXES + 4 + 4 + 2 * 4 },
  { "key-inside",
    3,
    { { 0, 3600, 0, 90 }, { 3600, 3600, 0, 900, KEY }, { 7200, 3600, 0, 90 } },
    FIXED_BOXES + 4 + 3 * 8 },
  { "jitter",
    3,
    { { 0, 3000, 0, 90 }, { 3000, 4200, 0, 90 }, { 7200, 3600, 0, 90 } },
    FIXED_BOXES + 4 + 3 * 4 },
  { "b-frames",
    4,
    { { 0, 3600, 3600, 900, KEY },
      { 3600, 3600, 7200, 80 },
      { 7200, 3600, -3600, 30 },
      { 10800, 3600, 0, 31 } },
    FIXED_BOXES + 4 + 4 + 4 * 8 },
  { "far-away",
    2,
    { { G_GUINT64_CONSTANT (1) << 40, 3600, 0, 1, KEY },
      { (G_GUINT64_CONSTANT (1) << 40) + 3600, G_MAXUINT32, G_MININT32, 2, FALSE } },
    FIXED_BOXES + 4 + 2 * 12 },
};

/* The traf of the boxes that @writer ends its fragment of @track with; their sizes are exact. */
static TytoMp4Traf
end_and_read (TytoMp4Writer *writer, guint track, const GArray *tracks, gsize *boxes, GArray *sizes)
{
  g_autoptr (GArray) trafs = g_array_new (FALSE, FALSE, sizeof (TytoMp4Traf));
  guint64 before = tyto_mp4_writer_get_size (writer);
  gsize payload;
  guint pending = tyto_mp4_writer_get_pending (writer, track, &payload);
  g_autoptr (GBytes) bytes = tyto_mp4_writer_end_fragment (writer, track);
  TytoMediaCursor in;
  TytoMediaCursor moof;
  TytoMp4Traf traf;
  guint32 type;

  g_assert_cmpuint (pending, >, 0);
  *boxes = g_bytes_get_size (bytes);
  start_cursor (&in, bytes);
  g_assert_true (tyto_media_cursor_box (&in, &type, &moof));
  g_assert_cmphex (type, ==, TYTO_MP4_TYPE ('m', 'o', 'o', 'f'));
  g_assert_cmpuint (tyto_media_cursor_u32 (&in), ==, payload + 8);
  g_assert_cmphex (tyto_media_cursor_u32 (&in), ==, TYTO_MP4_TYPE ('m', 'd', 'a', 't'));
  g_assert_cmpuint (tyto_media_cursor_left (&in), ==, 0);
  g_assert_true (tyto_mp4_read_moof (moof, tracks, payload, trafs, sizes));
  g_assert_cmpuint (trafs->len, ==, 1);
  traf = g_array_index (trafs, TytoMp4Traf, 0);
  g_assert_cmpint (traf.data_offset, ==, (gint64) *boxes);
  g_assert_cmpuint (traf.bytes, ==, payload);
  g_assert_cmpuint (traf.frames, ==, pending);
  g_assert_cmpuint (tyto_mp4_writer_get_size (writer), ==, before + *boxes + payload);
  g_assert_cmpuint (tyto_mp4_writer_get_pending (writer, track, &payload), ==, 0);
  g_assert_cmpuint (payload, ==, 0);
  return traf;
}

static void
test_pattern (gconstpointer data)
{
  const Pattern *pattern = data;
  g_autoptr (TytoMp4Writer) writer = make_writer (1);
  g_auto (TytoMediaIdentity) read = { 0 };
  g_autoptr (GArray) tracks = read_header (writer, &read);
  g_autoptr (GArray) sizes = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint64 duration = 0;
  guint keys = 0;
  TytoMp4Traf traf;
  gsize boxes;

  for (guint i = 0; i < pattern->n; i++) {
    tyto_mp4_writer_add (writer, 0, &pattern->samples[i]);
    duration += pattern->samples[i].duration;
    keys += pattern->samples[i].key ? 1 : 0;
  }
  traf = end_and_read (writer, 0, tracks, &boxes, sizes);
  g_assert_cmpuint (boxes, ==, pattern->boxes);
  g_assert_cmpuint (traf.dts, ==, pattern->samples[0].dts);
  g_assert_cmpuint (traf.duration, ==, duration);
  g_assert_cmpint (traf.first_offset, ==, pattern->samples[0].composition_offset);
  g_assert_cmpuint (traf.key_frames, ==, keys);
  g_assert_cmpint (traf.key, ==, pattern->samples[0].key);
  for (guint i = 0; i < pattern->n; i++)
    g_assert_cmpuint (g_array_index (sizes, guint32, i), ==, pattern->samples[i].size);
}

static TytoMp4Traf
write_times (const guint64 *dts, guint n, const GArray *tracks, TytoMp4Writer *writer)
{
  gsize boxes;

  for (guint i = 0; i < n; i++) {
    TytoMp4Sample sample = { .dts = dts[i], .duration = 3600, .size = 10 };

    tyto_mp4_writer_add (writer, 0, &sample);
  }
  return end_and_read (writer, 0, tracks, &boxes, NULL);
}

/* Samples last until the next one; what comes out of order is never decoded before what it follows.
 */
static void
test_times (void)
{
  g_autoptr (TytoMp4Writer) writer = make_writer (1);
  g_auto (TytoMediaIdentity) read = { 0 };
  g_autoptr (GArray) tracks = read_header (writer, &read);
  const guint64 hole[] = { 0, 3600, 36000 };
  const guint64 close[] = { 39600, 40000, 40001 };
  const guint64 backwards[] = { 100, 50, 50 };
  TytoMp4Traf traf;

  traf = write_times (hole, G_N_ELEMENTS (hole), tracks, writer);
  g_assert_cmpuint (traf.duration, ==, 39600);
  traf = write_times (close, G_N_ELEMENTS (close), tracks, writer);
  g_assert_cmpuint (traf.dts, ==, 39600);
  g_assert_cmpuint (traf.duration, ==, 400 + 1 + 3600);
  traf = write_times (backwards, G_N_ELEMENTS (backwards), tracks, writer);
  g_assert_cmpuint (traf.dts, ==, 40001 + 3600);
  g_assert_cmpint (traf.first_offset, ==, 100 - (40001 + 3600));
  g_assert_cmpuint (traf.duration, ==, 3 * 3600);
}

/* From the last 4 bytes to the index, as the header file says. */
static void
test_trailer (void)
{
  g_autoptr (TytoMp4Writer) writer = make_writer (2);
  g_auto (TytoMediaIdentity) read = { 0 };
  g_autoptr (GArray) tracks = read_header (writer, &read);
  const TytoMp4Sample video = { .dts = 0, .duration = HZ, .size = 1000, .key = TRUE };
  const TytoMp4Sample audio = { .dts = 0, .duration = 44100, .size = 10, .key = TRUE };
  guint64 header = tyto_mp4_writer_get_size (writer);
  g_autoptr (GBytes) trailer = NULL;
  TytoMediaCursor in;
  gsize boxes;
  gsize size;
  gsize mfra;
  const guint8 *data;

  tyto_mp4_writer_add (writer, 1, &video);
  end_and_read (writer, 1, tracks, &boxes, NULL);
  tyto_mp4_writer_add (writer, 0, &audio);
  end_and_read (writer, 0, tracks, &boxes, NULL);
  g_assert_null (tyto_mp4_writer_end_fragment (writer, 0));
  trailer = tyto_mp4_writer_trailer (writer);
  data = g_bytes_get_data (trailer, &size);
  tyto_media_cursor_init (&in, data + size - 4, 4);
  mfra = size - tyto_media_cursor_u32 (&in);
  g_assert_cmpmem (data + mfra + 4, 4, "mfra", 4);
  tyto_media_cursor_init (&in, data + mfra - 4, 4);
  g_assert_cmpuint (tyto_media_cursor_u32 (&in), ==, mfra);
  g_assert_cmpuint (mfra, ==,
                    TYTO_MP4_INDEX_HEAD_SIZE + 2 * TYTO_MP4_INDEX_ENTRY_SIZE
                        + TYTO_MP4_INDEX_TAIL_SIZE);
  tyto_media_cursor_init (&in, data + TYTO_MP4_INDEX_HEAD_SIZE, TYTO_MP4_INDEX_ENTRY_SIZE);
  g_assert_cmpuint (tyto_media_cursor_u64 (&in), ==, header);
  tyto_media_cursor_skip (&in, 8);
  g_assert_cmpuint (tyto_media_cursor_u64 (&in), ==, 0);
  g_assert_cmpuint (tyto_media_cursor_u64 (&in), ==, 1000000000);
  g_assert_cmpuint (tyto_media_cursor_u32 (&in), ==, 1);
  g_assert_cmpuint (tyto_media_cursor_u32 (&in), ==, 1);
  g_assert_cmpuint (tyto_media_cursor_u16 (&in), ==, 1);
  g_assert_cmpuint (tyto_media_cursor_u16 (&in), ==, TYTO_MP4_INDEX_FLAG_KEY);
}

static void
test_units (void)
{
  const guint32 timescales[] = { 1, 7, 1000, 44100, HZ, 12800, 499999999 };

  for (guint i = 0; i < G_N_ELEMENTS (timescales); i++)
    for (guint64 units = 0; units < G_GUINT64_CONSTANT (1) << 33; units = units * 3 + 1)
      g_assert_cmpuint (
          tyto_mp4_ns_to_units (tyto_mp4_units_to_ns (units, timescales[i]), timescales[i]), ==,
          units);
  g_assert_cmpuint (tyto_mp4_units_to_ns (G_MAXUINT64, 1), ==, G_MAXUINT64);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/media/mp4-writer/header", test_header);
  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++) {
    g_autofree char *path = g_strdup_printf ("/media/mp4-writer/pattern/%s", patterns[i].name);

    g_test_add_data_func (path, &patterns[i], test_pattern);
  }
  g_test_add_func ("/media/mp4-writer/times", test_times);
  g_test_add_func ("/media/mp4-writer/trailer", test_trailer);
  g_test_add_func ("/media/mp4-writer/units", test_units);
  return g_test_run ();
}
