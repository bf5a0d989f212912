/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "join-ts-scene.h"

#include "base/tyto-error.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define PAYLOAD       184
#define PICTURE_BYTES 300

Scene *
scene_new (void)
{
  Scene *self = g_new0 (Scene, 1);

  self->ts = g_byte_array_new ();
  return self;
}

void
scene_free (Scene *self)
{
  g_byte_array_unref (self->ts);
  g_free (self);
}

void
scene_clear (Scene *self)
{
  g_byte_array_set_size (self->ts, 0);
}

/* One packet of @data, stuffed. Returns: bytes taken. */
static gsize
put_packet (Scene *self, guint pid, gboolean start, gboolean random_access, const guint8 *data,
            gsize size)
{
  guint8 packet[SCENE_PACKET];
  gsize taken = MIN (size, (gsize) (random_access ? PAYLOAD - 2 : PAYLOAD));
  gsize stuffing = PAYLOAD - taken;

  memset (packet, 0xff, sizeof packet);
  packet[0] = 0x47;
  packet[1] = (guint8) ((start ? 0x40 : 0) | pid >> 8);
  packet[2] = (guint8) pid;
  packet[3] = (guint8) ((stuffing > 0 ? 0x30 : 0x10) | self->counters[pid]++ % 16);
  if (stuffing > 0)
    packet[4] = (guint8) (stuffing - 1);
  if (stuffing > 1)
    packet[5] = random_access ? 0x40 : 0;
  memcpy (packet + SCENE_PACKET - taken, data, taken);
  g_byte_array_append (self->ts, packet, sizeof packet);
  return taken;
}

static void
put_section (Scene *self, guint pid, const guint8 *body, gsize size)
{
  guint8 section[PAYLOAD];
  guint32 crc = G_MAXUINT32;

  memset (section, 0xff, sizeof section);
  section[0] = 0; /* pointer_field */
  memcpy (section + 1, body, size);
  section[3] = (guint8) (size - 3 + 4);
  for (gsize i = 1; i <= size; i++) {
    crc ^= (guint32) section[i] << 24;
    for (guint bit = 0; bit < 8; bit++)
      crc = crc << 1 ^ (crc >> 31 ? 0x04c11db7 : 0);
  }
  crc = GUINT32_TO_BE (crc);
  memcpy (section + 1 + size, &crc, sizeof crc);
  put_packet (self, pid, TRUE, FALSE, section, sizeof section);
}

void
scene_put_tables (Scene *self, guint n, const guint8 *types, const guint *pids)
{
  const guint8 pat[]
      = { 0, 0xb0, 0, 0, 1, 0xc1, 0, 0, 0, 1, 0xe0 | SCENE_PMT >> 8, SCENE_PMT & 0xff };
  guint8 pmt[PAYLOAD - 5] = { 2, 0xb0, 0, 0, 1, 0xc1, 0, 0, 0xff, 0xff, 0xf0, 0 };
  gsize size = 12;

  put_section (self, 0, pat, sizeof pat);
  for (guint i = 0; i < n; i++) {
    pmt[size] = types[i];
    pmt[size + 1] = (guint8) (0xe0 | pids[i] >> 8);
    pmt[size + 2] = (guint8) pids[i];
    pmt[size + 3] = 0xf0;
    size += 5;
  }
  put_section (self, SCENE_PMT, pmt, size);
}

void
scene_put_usual_tables (Scene *self)
{
  const guint8 types[] = { SCENE_H264, SCENE_AAC, SCENE_DATA };
  const guint pids[] = { SCENE_VIDEO, SCENE_AUDIO, 0x102 };

  scene_put_tables (self, G_N_ELEMENTS (types), types, pids);
}

static void
put_time (GByteArray *to, guint prefix, gint64 time)
{
  guint64 ticks = (guint64) time & G_GUINT64_CONSTANT (0x1ffffffff);
  const guint8 bytes[]
      = { (guint8) (prefix << 4 | (ticks >> 30) << 1 | 1), (guint8) (ticks >> 22),
          (guint8) ((ticks >> 15) << 1 | 1), (guint8) (ticks >> 7), (guint8) (ticks << 1 | 1) };

  g_byte_array_append (to, bytes, sizeof bytes);
}

void
scene_put_pes (Scene *self, const ScenePes *pes, const GByteArray *payload)
{
  g_autoptr (GByteArray) whole = g_byte_array_new ();
  gboolean timed = pes->pts != SCENE_NO_TIME;
  gboolean both = timed && pes->dts != SCENE_NO_TIME;
  guint options = both ? 10 : timed ? 5 : 0;
  guint length = pes->bounded ? 3 + options + payload->len : 0;
  const guint8 head[] = { 0,
                          0,
                          1,
                          pes->pid == SCENE_AUDIO ? 0xc0 : 0xe0,
                          (guint8) (length >> 8),
                          (guint8) length,
                          0x80,
                          both    ? 0xc0
                          : timed ? 0x80
                                  : 0,
                          (guint8) options };

  g_byte_array_append (whole, head, sizeof head);
  if (timed)
    put_time (whole, both ? 3 : 2, pes->pts);
  if (both)
    put_time (whole, 1, pes->dts);
  g_byte_array_append (whole, payload->data, payload->len);
  for (gsize at = 0; at < whole->len;)
    at += put_packet (self, pes->pid, at == 0, at == 0 && pes->random_access, whole->data + at,
                      whole->len - at);
}

void
scene_put_video (Scene *self, gint64 dts, gint64 pts, GByteArray *payload)
{
  const ScenePes pes = { .pid = SCENE_VIDEO, .pts = pts, .dts = dts };

  scene_put_pes (self, &pes, payload);
  g_byte_array_unref (payload);
}

void
scene_put_audio (Scene *self, gint64 pts, GByteArray *payload)
{
  const ScenePes pes = { .pid = SCENE_AUDIO, .pts = pts, .dts = SCENE_NO_TIME, .bounded = TRUE };

  scene_put_pes (self, &pes, payload);
  g_byte_array_unref (payload);
}

void
scene_remove_packets (Scene *self, guint from, guint count)
{
  g_byte_array_remove_range (self->ts, from * SCENE_PACKET, count * SCENE_PACKET);
}

guint
scene_count_packets (const Scene *self)
{
  return self->ts->len / SCENE_PACKET;
}

guint8 *
scene_get_packet (const Scene *self, guint at)
{
  return self->ts->data + (gsize) at * SCENE_PACKET;
}

typedef struct {
  GByteArray *to;
  guint8 byte;
  guint used;
} Bits;

static void
put_bits (Bits *bits, guint count, guint value)
{
  for (; count > 0; count--) {
    bits->byte = (guint8) (bits->byte << 1 | (value >> (count - 1) & 1));
    if (++bits->used == 8) {
      g_byte_array_append (bits->to, &bits->byte, 1);
      bits->used = 0;
    }
  }
}

static void
put_ue (Bits *bits, guint value)
{
  guint length = g_bit_storage (value + 1);

  put_bits (bits, length - 1, 0);
  put_bits (bits, length, value + 1);
}

static void
begin_nal (Bits *bits, GByteArray *to, guint8 header)
{
  const guint8 start[] = { 0, 0, 1, header };

  g_byte_array_append (to, start, sizeof start);
  *bits = (Bits){ .to = to };
}

static void
end_nal (Bits *bits)
{
  put_bits (bits, 1, 1);
  while (bits->used != 0)
    put_bits (bits, 1, 0);
}

static void
put_sets (GByteArray *to, guint size, gboolean fields)
{
  Bits bits;

  begin_nal (&bits, to, 0x67);
  put_bits (&bits, 8, 77);
  put_bits (&bits, 8, 0x40);
  put_bits (&bits, 8, 30);
  put_ue (&bits, 0); /* id */
  put_ue (&bits, 0); /* frame_num of 4 bits */
  put_ue (&bits, 2); /* order of output: that of decoding */
  put_ue (&bits, 1);
  put_bits (&bits, 1, 0);
  put_ue (&bits, size - 1);
  put_ue (&bits, size - 1);
  put_bits (&bits, 1, fields ? 0 : 1);
  if (fields)
    put_bits (&bits, 1, 0);
  put_bits (&bits, 1, 1);
  put_bits (&bits, 1, 0); /* cropping */
  put_bits (&bits, 1, 0); /* VUI */
  end_nal (&bits);
  begin_nal (&bits, to, 0x68);
  put_ue (&bits, 0);
  put_ue (&bits, 0);
  put_bits (&bits, 2, 0);
  put_ue (&bits, 0);
  end_nal (&bits);
}

static void
put_slice (GByteArray *to, const ScenePicture *picture, guint number)
{
  Bits bits;

  begin_nal (&bits, to, picture->idr ? 0x65 : 0x41);
  put_ue (&bits, number * 10);                            /* first_mb_in_slice */
  put_ue (&bits, picture->idr || picture->intra ? 7 : 5); /* I or P */
  put_ue (&bits, 0);
  put_bits (&bits, 4, picture->frame_num);
  if (picture->fields > 0)
    put_bits (&bits, 1, picture->fields > 1);
  if (picture->fields > 1)
    put_bits (&bits, 1, picture->fields == 3);
  if (picture->idr)
    put_ue (&bits, picture->frame_num);
  end_nal (&bits);
  for (guint i = 0; i < picture->bytes; i++)
    g_byte_array_append (to, &picture->fill, 1);
}

GByteArray *
scene_picture (const ScenePicture *picture)
{
  static const guint8 delimiter[] = { 0, 0, 0, 1, 9, 0xf0 };
  static const guint8 recovery[] = { 0, 0, 1, 6, 6, 1, 0xc4, 0x80 };
  GByteArray *to = g_byte_array_new ();

  if (picture->delimiter)
    g_byte_array_append (to, delimiter, sizeof delimiter);
  if (picture->sets > 0)
    put_sets (to, picture->sets, picture->fields > 0);
  if (picture->recovery)
    g_byte_array_append (to, recovery, sizeof recovery);
  for (guint i = 0; i < MAX (1, picture->slices); i++)
    put_slice (to, picture, i);
  return to;
}

void
scene_append (GByteArray *to, GByteArray *from)
{
  g_byte_array_append (to, from->data, from->len);
  g_byte_array_unref (from);
}

GByteArray *
scene_adts (guint count, guint bytes, guint8 fill)
{
  GByteArray *to = g_byte_array_new ();

  for (guint i = 0; i < count; i++) {
    guint size = bytes + 7;
    const guint8 head[] = { 0xff,
                            0xf1,
                            0x4c,
                            (guint8) (0x80 | size >> 11),
                            (guint8) (size >> 3),
                            (guint8) (size << 5 | 0x1f),
                            0xfc };

    g_byte_array_append (to, head, sizeof head);
    for (guint k = 0; k < bytes; k++) {
      guint8 byte = k == 0 ? (guint8) i : fill;

      g_byte_array_append (to, &byte, 1);
    }
  }
  return to;
}

static void
clear_unit (gpointer unit)
{
  SceneUnit *self = unit;

  tyto_media_entry_unref (self->unit.entry);
  g_bytes_unref (self->data);
}

static GArray *
new_units (void)
{
  GArray *units = g_array_new (FALSE, FALSE, sizeof (SceneUnit));

  g_array_set_clear_func (units, clear_unit);
  return units;
}

static void
add_unit (GArray *units, const TytoMediaUnit *unit)
{
  SceneUnit copy = { .unit = *unit, .data = g_bytes_new (unit->data, unit->size) };

  tyto_media_entry_ref (unit->entry);
  g_array_append_val (units, copy);
}

static char *
write_segment (GByteArray *segment)
{
  char *path = NULL;
  int fd = g_file_open_tmp ("tyto-join-ts-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (write (fd, segment->data, segment->len), ==, (gssize) segment->len);
  close (fd);
  return path;
}

GArray *
scene_read (TytoUnitReader *reader, GByteArray *segment, gboolean continuous)
{
  g_autofree char *path = write_segment (segment);
  GArray *units = new_units ();
  g_autoptr (GError) error = NULL;
  TytoMediaUnit unit;

  tyto_unit_reader_open (reader, path, NULL, continuous, &error);
  g_assert_no_error (error);
  g_unlink (path);
  while (tyto_unit_reader_next (reader, &unit, &error))
    add_unit (units, &unit);
  g_assert_no_error (error);
  g_assert_cmpuint (tyto_unit_reader_get_position (reader), ==, segment->len);
  return units;
}

GArray *
scene_read_scene (TytoUnitReader *reader, const Scene *scene, gboolean continuous)
{
  return scene_read (reader, scene->ts, continuous);
}

void
scene_refused (TytoUnitReader *reader, GByteArray *segment)
{
  g_autofree char *path = write_segment (segment);
  g_autoptr (GError) error = NULL;
  TytoMediaUnit unit;

  g_assert_false (tyto_unit_reader_open (reader, path, NULL, FALSE, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_assert_false (tyto_unit_reader_next (reader, &unit, NULL));
  g_unlink (path);
}

GArray *
scene_pick (GArray *units, gboolean video)
{
  GArray *picked = new_units ();

  for (guint i = 0; i < units->len; i++) {
    SceneUnit copy = g_array_index (units, SceneUnit, i);

    if (copy.unit.video != video)
      continue;
    tyto_media_entry_ref (copy.unit.entry);
    g_bytes_ref (copy.data);
    g_array_append_val (picked, copy);
  }
  return picked;
}

const SceneUnit *
scene_unit (GArray *units, guint at)
{
  g_assert_cmpuint (at, <, units->len);
  return &g_array_index (units, SceneUnit, at);
}

GByteArray *
scene_usual_picture (guint at)
{
  const ScenePicture of = { .delimiter = TRUE,
                            .sets = at % 8 == 0 ? 4 : 0,
                            .idr = at % 8 == 0,
                            .frame_num = at % 8,
                            .bytes = PICTURE_BYTES + at,
                            .fill = SCENE_FILL };

  return scene_picture (&of);
}

void
scene_put_pictures (Scene *self, guint first, guint count, gint64 from)
{
  for (guint i = first; i < first + count; i++)
    scene_put_video (self, from + (gint64) i * SCENE_FRAME, from + (gint64) i * SCENE_FRAME,
                     scene_usual_picture (i));
}

void
scene_check_pictures (GArray *units, guint first, guint count, gint64 from)
{
  g_autoptr (GArray) video = scene_pick (units, TRUE);

  g_assert_cmpuint (video->len, ==, count);
  for (guint i = 0; i < count; i++) {
    const SceneUnit *unit = scene_unit (video, i);
    gsize size;
    const guint8 *data = g_bytes_get_data (unit->data, &size);
    guint length = (guint) data[2] << 8 | data[3];

    g_assert_cmpint (unit->unit.dts, ==, from + (gint64) (first + i) * SCENE_FRAME);
    g_assert_cmpint (unit->unit.pts, ==, unit->unit.dts);
    g_assert_cmpint (unit->unit.key, ==, (first + i) % 8 == 0);
    g_assert_cmpuint (unit->unit.timescale, ==, 90000);
    g_assert_cmpuint (length, ==, size - 4);
    g_assert_cmphex (data[4], ==, (first + i) % 8 == 0 ? 0x65 : 0x41);
    g_assert_cmpuint (size, >, PICTURE_BYTES + first + i + 4);
    g_assert_cmpuint (size, <, PICTURE_BYTES + first + i + 12);
  }
}

void
scene_check_damage (TytoUnitReader *reader, guint64 lost, guint64 dropped, gboolean bad)
{
  const TytoUnitDamage *damage = tyto_unit_reader_get_damage (reader);

  g_assert_cmpuint (damage->lost_packets, ==, lost);
  g_assert_cmpuint (damage->dropped_units, ==, dropped);
  g_assert_cmpint (damage->bad_bytes > 0, ==, bad);
}
