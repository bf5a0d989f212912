/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "join-mp4-scene.h"

#include "base/tyto-error.h"
#include "media/tyto-mp4-box.h"

#include <string.h>

#define MOVIE_TIMESCALE 1000
#define NON_SYNC        0x00010000

static const guint8 esds[]
    = { 0x03, 0x19, 0, 0, 0, 0x04, 0x11, 0x40, 0x15, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };

static void
put_entry (GByteArray *to, const char *type, gboolean video)
{
  static const guint8 config[] = { 1, 0x64, 0, 0x1f, 0xff, 0xe0, 0 };
  gsize entry = tyto_mp4_box_begin (to, type);
  gsize box;

  tyto_mp4_put_zeros (to, 6);
  tyto_mp4_put_u16 (to, 7); /* data_reference_index: another file's */
  if (video) {
    tyto_mp4_put_zeros (to, 16);
    tyto_mp4_put_u16 (to, 320);
    tyto_mp4_put_u16 (to, 180);
    tyto_mp4_put_zeros (to, 50);
    box = tyto_mp4_box_begin (to, g_str_has_prefix (type, "avc") ? "avcC" : "hvcC");
    g_byte_array_append (to, config, sizeof config);
    tyto_mp4_put_zeros (to, 14);
    tyto_mp4_put_u8 (to, 3); /* lengthSizeMinusOne of hvcC */
  } else {
    tyto_mp4_put_zeros (to, 8);
    tyto_mp4_put_u16 (to, 2);
    tyto_mp4_put_zeros (to, 6);
    tyto_mp4_put_u32 (to, (guint32) 44100 << 16);
    box = tyto_mp4_box_begin_full (to, "esds", 0, 0);
    g_byte_array_append (to, esds, sizeof esds);
  }
  tyto_mp4_box_end (to, box);
  tyto_mp4_box_end (to, entry);
}

static void
put_edits (GByteArray *to, const SceneTrack *track)
{
  gsize edts = tyto_mp4_box_begin (to, "edts");
  gsize elst = tyto_mp4_box_begin_full (to, "elst", 0, 0);

  tyto_mp4_put_u32 (to, track->empty_ms > 0 ? 2 : 1);
  if (track->empty_ms > 0) {
    tyto_mp4_put_u32 (to, track->empty_ms);
    tyto_mp4_put_u32 (to, G_MAXUINT32); /* -1: empty */
    tyto_mp4_put_u32 (to, 0x10000);
  }
  tyto_mp4_put_u32 (to, 0);
  tyto_mp4_put_u32 (to, track->media_at);
  tyto_mp4_put_u32 (to, 0x10000);
  tyto_mp4_box_end (to, elst);
  tyto_mp4_box_end (to, edts);
}

static void
put_stsd (GByteArray *to, const SceneTrack *track)
{
  gsize minf = tyto_mp4_box_begin (to, "minf");
  gsize stbl = tyto_mp4_box_begin (to, "stbl");
  gsize stsd = tyto_mp4_box_begin_full (to, "stsd", 0, 0);
  guint n = 0;

  while (n < G_N_ELEMENTS (track->entries) && track->entries[n] != NULL)
    n++;
  tyto_mp4_put_u32 (to, n);
  for (guint i = 0; i < n; i++)
    put_entry (to, track->entries[i], g_str_equal (track->handler, "vide"));
  tyto_mp4_box_end (to, stsd);
  tyto_mp4_box_end (to, stbl);
  tyto_mp4_box_end (to, minf);
}

static void
put_trak (GByteArray *to, const SceneTrack *track)
{
  gsize trak = tyto_mp4_box_begin (to, "trak");
  gsize box = tyto_mp4_box_begin_full (to, "tkhd", 1, 3);
  gsize mdia;

  tyto_mp4_put_zeros (to, 16);
  tyto_mp4_put_u32 (to, track->id);
  tyto_mp4_box_end (to, box);
  if (track->empty_ms > 0 || track->media_at > 0)
    put_edits (to, track);
  mdia = tyto_mp4_box_begin (to, "mdia");
  box = tyto_mp4_box_begin_full (to, "mdhd", 0, 0);
  tyto_mp4_put_zeros (to, 8);
  tyto_mp4_put_u32 (to, track->timescale);
  tyto_mp4_box_end (to, box);
  box = tyto_mp4_box_begin_full (to, "hdlr", 0, 0);
  tyto_mp4_put_zeros (to, 4);
  tyto_mp4_put_type (to, track->handler);
  tyto_mp4_put_zeros (to, 13);
  tyto_mp4_box_end (to, box);
  put_stsd (to, track);
  tyto_mp4_box_end (to, mdia);
  tyto_mp4_box_end (to, trak);
}

void
scene_put_moov (GByteArray *to, const SceneTrack *tracks, guint n)
{
  gsize moov = tyto_mp4_box_begin (to, "moov");
  gsize box = tyto_mp4_box_begin_full (to, "mvhd", 0, 0);

  tyto_mp4_put_zeros (to, 8);
  tyto_mp4_put_u32 (to, MOVIE_TIMESCALE);
  tyto_mp4_put_zeros (to, 4);
  tyto_mp4_box_end (to, box);
  for (guint i = 0; i < n; i++)
    put_trak (to, &tracks[i]);
  box = tyto_mp4_box_begin (to, "mvex");
  for (guint i = 0; i < n; i++) {
    gsize trex = tyto_mp4_box_begin_full (to, "trex", 0, 0);

    tyto_mp4_put_u32 (to, tracks[i].id);
    tyto_mp4_put_u32 (to, 1);
    tyto_mp4_put_zeros (to, 12);
    tyto_mp4_box_end (to, trex);
  }
  tyto_mp4_box_end (to, box);
  tyto_mp4_box_end (to, moov);
}

static guint32
media_size (const SceneTraf *traf)
{
  guint32 size = 0;

  for (guint i = 0; i < traf->n; i++)
    size += traf->samples[i].size;
  return size;
}

static void
put_samples (GByteArray *to, const SceneTraf *traf)
{
  for (guint i = 0; i < traf->n; i++) {
    tyto_mp4_put_u32 (to, traf->samples[i].duration);
    tyto_mp4_put_u32 (to, traf->samples[i].size);
    tyto_mp4_put_u32 (to, traf->samples[i].key ? 0x02000000 : 0x01000000 | NON_SYNC);
    tyto_mp4_put_u32 (to, (guint32) traf->samples[i].composition);
  }
}

/* Returns: where the data offset stands, 0: nowhere. */
static gsize
put_traf (GByteArray *to, const SceneTraf *traf, SceneOffsets offsets, guint64 base, gboolean first)
{
  gboolean told = first || offsets != SCENE_BEHIND;
  gsize box = tyto_mp4_box_begin (to, "traf");
  gsize inner = tyto_mp4_box_begin_full (to, "tfhd", 0,
                                         (offsets == SCENE_FROM_MOOF ? 0x020000 : 0)
                                             | (offsets == SCENE_WHOLE_FILE ? 1 : 0)
                                             | (traf->description > 0 ? 2 : 0));
  gsize at;

  tyto_mp4_put_u32 (to, traf->track);
  if (offsets == SCENE_WHOLE_FILE)
    tyto_mp4_put_u64 (to, base);
  if (traf->description > 0)
    tyto_mp4_put_u32 (to, traf->description);
  tyto_mp4_box_end (to, inner);
  if (traf->dts >= 0) {
    inner = tyto_mp4_box_begin_full (to, "tfdt", 1, 0);
    tyto_mp4_put_u64 (to, (guint64) traf->dts);
    tyto_mp4_box_end (to, inner);
  }
  inner = tyto_mp4_box_begin_full (to, "trun", 1, 0xf00 | (told ? 1 : 0));
  tyto_mp4_put_u32 (to, traf->n);
  at = told ? to->len : 0;
  if (told)
    tyto_mp4_put_u32 (to, 0);
  put_samples (to, traf);
  tyto_mp4_box_end (to, inner);
  tyto_mp4_box_end (to, box);
  return at;
}

void
scene_put_fragment (GByteArray *to, const SceneTraf *trafs, guint n, SceneOffsets offsets,
                    guint64 before, guint8 mark)
{
  gsize moof = tyto_mp4_box_begin (to, "moof");
  gsize box = tyto_mp4_box_begin_full (to, "mfhd", 0, 0);
  gsize at[SCENE_MAX];
  guint32 offset;

  tyto_mp4_put_u32 (to, 1);
  tyto_mp4_box_end (to, box);
  for (guint i = 0; i < n; i++)
    at[i] = put_traf (to, &trafs[i], offsets, before + moof, i == 0);
  tyto_mp4_box_end (to, moof);
  offset = to->len - (guint32) moof + 8;
  box = tyto_mp4_box_begin (to, "mdat");
  for (guint i = 0; i < n; i++) {
    if (at[i] > 0)
      tyto_mp4_set_u32 (to, at[i], offset);
    offset += media_size (&trafs[i]);
    for (guint j = 0; j < trafs[i].n; j++) {
      guint32 size = trafs[i].samples[j].size;

      tyto_mp4_put_u32 (to, size - 4);
      for (guint32 k = 4; k < size; k++)
        tyto_mp4_put_u8 (to, (guint8) (k % 3 == 0 ? mark : k % 3 == 1 ? i : j));
    }
  }
  tyto_mp4_box_end (to, box);
}

void
scene_put_raw_fragment (GByteArray *to, guint32 track, const char *type, GBytes *body, guint copies,
                        guint media)
{
  gsize moof = tyto_mp4_box_begin (to, "moof");
  gsize box = tyto_mp4_box_begin_full (to, "mfhd", 0, 0);
  gsize traf;

  tyto_mp4_put_u32 (to, 1);
  tyto_mp4_box_end (to, box);
  traf = tyto_mp4_box_begin (to, "traf");
  box = tyto_mp4_box_begin_full (to, "tfhd", 0, 0x020000);
  tyto_mp4_put_u32 (to, track);
  tyto_mp4_box_end (to, box);
  for (guint i = 0; i < copies; i++) {
    box = tyto_mp4_box_begin (to, type);
    tyto_mp4_put_bytes (to, body);
    tyto_mp4_box_end (to, box);
  }
  tyto_mp4_box_end (to, traf);
  tyto_mp4_box_end (to, moof);
  box = tyto_mp4_box_begin (to, "mdat");
  tyto_mp4_put_zeros (to, media);
  tyto_mp4_box_end (to, box);
}

void
scene_reader_init (SceneReader *self)
{
  *self = (SceneReader){ .state = tyto_segment_format_mp4.create () };
}

void
scene_reader_clear (SceneReader *self)
{
  tyto_segment_format_mp4.destroy (self->state);
  g_clear_pointer (&self->data, g_bytes_unref);
}

gboolean
scene_open (SceneReader *self, const guint8 *data, gsize size, GBytes *init, gboolean continuous)
{
  g_autoptr (GError) error = NULL;
  gboolean opened;

  g_clear_pointer (&self->data, g_bytes_unref);
  self->data = g_bytes_new (data, size);
  self->damage = (TytoUnitDamage){ 0 };
  opened = tyto_segment_format_mp4.open (self->state, g_bytes_get_data (self->data, NULL), size,
                                         init, continuous, &self->damage, &error);
  if (opened)
    g_assert_no_error (error);
  else
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  return opened;
}

gboolean
scene_next (SceneReader *self, TytoMediaUnit *unit)
{
  g_autoptr (GError) error = NULL;
  const guint8 *start = g_bytes_get_data (self->data, NULL);
  gsize size = g_bytes_get_size (self->data);

  if (!tyto_segment_format_mp4.next (self->state, unit, &self->damage, &error)) {
    g_assert_no_error (error);
    g_assert_cmpuint (tyto_segment_format_mp4.position (self->state), ==, size);
    return FALSE;
  }
  g_assert_true (unit->data >= start && unit->size > 0
                 && unit->size <= size - (gsize) (unit->data - start));
  g_assert_cmpuint (tyto_segment_format_mp4.position (self->state), <=, size);
  g_assert_nonnull (unit->entry);
  g_assert_cmpuint (unit->timescale, >, 0);
  return TRUE;
}

guint
scene_drain (SceneReader *self)
{
  TytoMediaUnit unit;
  guint n = 0;

  while (scene_next (self, &unit))
    n++;
  return n;
}
