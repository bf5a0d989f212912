/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/tyto-mp4-writer.h"

#include "media/tyto-mp4-box.h"
#include "media/tyto-mp4-header.h"
#include "media/tyto-mp4-index.h"
#include "media/tyto-mp4-track.h"

#include <string.h>

#define MOVIE_TIMESCALE  1000
#define BOX_HEADER       8
#define LARGE_BOX_HEADER 16
#define BOX_SIZE_LARGE   1 /* in place of a box's size: 64 bits follow its type (4.2) */
#define ILST_UTF8        1 /* type of a metadata value */

/* 8.8.7.1 and 8.8.8.1 */
#define TFHD_DEFAULT_DURATION     0x000008
#define TFHD_DEFAULT_SIZE         0x000010
#define TFHD_DEFAULT_FLAGS        0x000020
#define TFHD_DEFAULT_BASE_IS_MOOF 0x020000
#define TRUN_DATA_OFFSET          0x000001
#define TRUN_FIRST_FLAGS          0x000004
#define TRUN_DURATION             0x000100
#define TRUN_SIZE                 0x000200
#define TRUN_FLAGS                0x000400
#define TRUN_COMPOSITION_OFFSET   0x000800

/* A track and its open fragment. */
typedef struct {
  TytoMp4Track track;
  GArray *samples; /* TytoMp4Sample */
  gsize bytes;
  guint64 end; /* decoding time after its last sample */
} Track;

struct _TytoMp4Writer {
  TytoMediaIdentity identity;
  GPtrArray *tracks; /* Track */
  GArray *fragments; /* TytoMediaFragment */
  guint reference;   /* index of its track */
  guint32 sequence_number;
  guint64 size;
};

static void
track_free (Track *self)
{
  g_bytes_unref (self->track.codec_data);
  g_array_unref (self->samples);
  g_free (self);
}

TytoMp4Writer *
tyto_mp4_writer_new (const TytoMediaIdentity *identity, const TytoMp4Track *tracks, guint n_tracks)
{
  TytoMp4Writer *self = g_new0 (TytoMp4Writer, 1);

  g_return_val_if_fail (n_tracks >= 1 && n_tracks <= G_MAXUINT16, NULL);

  tyto_media_identity_copy (&self->identity, identity);
  self->tracks = g_ptr_array_new_with_free_func ((GDestroyNotify) track_free);
  self->fragments = g_array_new (FALSE, FALSE, sizeof (TytoMediaFragment));
  for (guint i = 0; i < n_tracks; i++) {
    Track *track = g_new0 (Track, 1);

    track->track = tracks[i];
    g_bytes_ref (track->track.codec_data);
    track->samples = g_array_new (FALSE, FALSE, sizeof (TytoMp4Sample));
    g_ptr_array_add (self->tracks, track);
  }
  while (self->reference < n_tracks && !tyto_mp4_track_is_video (&tracks[self->reference]))
    self->reference++;
  if (self->reference == n_tracks)
    self->reference = 0;
  return self;
}

void
tyto_mp4_writer_free (TytoMp4Writer *self)
{
  tyto_media_identity_clear (&self->identity);
  g_ptr_array_unref (self->tracks);
  g_array_unref (self->fragments);
  g_free (self);
}

static GBytes *
take_bytes (GByteArray *array)
{
  return g_byte_array_free_to_bytes (array);
}

/* 4.3: default-base-is-moof needs iso5, signed composition offsets iso6 */
static void
put_ftyp (GByteArray *to)
{
  static const char *const compatible[] = { "iso6", "iso5", "mp42", "mp41" };
  gsize ftyp = tyto_mp4_box_begin (to, "ftyp");

  tyto_mp4_put_type (to, "iso6");
  tyto_mp4_put_u32 (to, 0);
  for (guint i = 0; i < G_N_ELEMENTS (compatible); i++)
    tyto_mp4_put_type (to, compatible[i]);
  tyto_mp4_box_end (to, ftyp);
}

static void
put_metadata_item (GByteArray *to, const char *type, const char *text)
{
  gsize item = tyto_mp4_box_begin (to, type);
  gsize data = tyto_mp4_box_begin (to, "data");

  tyto_mp4_put_u32 (to, ILST_UTF8);
  tyto_mp4_put_u32 (to, 0); /* locale */
  g_byte_array_append (to, (const guint8 *) text, strlen (text));
  tyto_mp4_box_end (to, data);
  tyto_mp4_box_end (to, item);
}

/* What players show: title, day and comment, as the QuickTime File Format's metadata items. */
static void
put_udta (GByteArray *to, const TytoMediaIdentity *identity)
{
  g_autofree char *start = tyto_media_identity_format_time (identity->wall_start_us);
  g_autofree char *comment = tyto_media_identity_format_comment (identity);
  gsize udta = tyto_mp4_box_begin (to, "udta");
  gsize meta = tyto_mp4_box_begin_full (to, "meta", 0, 0);
  gsize box = tyto_mp4_box_begin_full (to, "hdlr", 0, 0);

  tyto_mp4_put_u32 (to, 0);
  tyto_mp4_put_type (to, "mdir");
  tyto_mp4_put_type (to, "appl");
  tyto_mp4_put_zeros (to, 9); /* reserved, and an empty name */
  tyto_mp4_box_end (to, box);
  box = tyto_mp4_box_begin (to, "ilst");
  put_metadata_item (to, "\251nam", identity->camera);
  put_metadata_item (to, "\251day", start);
  put_metadata_item (to, "\251cmt", comment);
  tyto_mp4_box_end (to, box);
  tyto_mp4_box_end (to, meta);
  tyto_mp4_box_end (to, udta);
}

GBytes *
tyto_mp4_writer_header (TytoMp4Writer *self)
{
  GByteArray *to = g_byte_array_sized_new (2048);
  guint64 created = tyto_mp4_created (self->identity.wall_start_us);
  gsize moov;
  gsize mvex;

  put_ftyp (to);
  tyto_mp4_put_identity (to, &self->identity);
  moov = tyto_mp4_box_begin (to, "moov");
  tyto_mp4_put_mvhd (to, created, MOVIE_TIMESCALE, 0, self->tracks->len);
  for (guint i = 0; i < self->tracks->len; i++) {
    Track *track = g_ptr_array_index (self->tracks, i);

    tyto_mp4_put_trak (to, &track->track, i + 1, created);
  }
  mvex = tyto_mp4_box_begin (to, "mvex");
  for (guint i = 0; i < self->tracks->len; i++) {
    Track *track = g_ptr_array_index (self->tracks, i);

    tyto_mp4_put_trex (to, &track->track, i + 1);
  }
  tyto_mp4_box_end (to, mvex);
  put_udta (to, &self->identity);
  tyto_mp4_box_end (to, moov);
  self->size += to->len;
  return take_bytes (to);
}

/* A fragment's times are the sum of its durations, so the sample before is made as long as the
 * distance to this one. Where that one's fragment has ended too late, this one is decoded late. */
void
tyto_mp4_writer_add (TytoMp4Writer *self, guint track, const TytoMp4Sample *sample)
{
  Track *to = g_ptr_array_index (self->tracks, track);
  TytoMp4Sample added = *sample;
  TytoMp4Sample *last = NULL;

  if (to->samples->len > 0)
    last = &g_array_index (to->samples, TytoMp4Sample, to->samples->len - 1);
  if (last != NULL && sample->dts > last->dts) {
    last->duration = (guint32) MIN (sample->dts - last->dts, G_MAXUINT32);
  } else if (sample->dts < to->end) {
    gint64 late = (gint64) (to->end - sample->dts);

    added.dts = to->end;
    added.composition_offset
        = (gint32) CLAMP (sample->composition_offset - late, G_MININT32, G_MAXINT32);
  }
  to->end = added.dts + added.duration;
  to->bytes += added.size;
  g_array_append_val (to->samples, added);
}

guint
tyto_mp4_writer_get_pending (TytoMp4Writer *self, guint track, gsize *bytes)
{
  Track *of = g_ptr_array_index (self->tracks, track);

  if (bytes != NULL)
    *bytes = of->bytes;
  return of->samples->len;
}

static guint32
sample_flags (const TytoMp4Sample *sample)
{
  return sample->key ? TYTO_MP4_SAMPLE_SYNC : TYTO_MP4_SAMPLE_NON_SYNC;
}

/* Which fields of its samples a fragment must write one by one, and which are said once. */
typedef struct {
  guint32 tfhd;
  guint32 trun;
} Layout;

static Layout
lay_out (const Track *track)
{
  const TytoMp4Sample *samples = (const TytoMp4Sample *) (void *) track->samples->data;
  guint n = track->samples->len;
  gboolean durations = FALSE;
  gboolean sizes = FALSE;
  gboolean offsets = samples[0].composition_offset != 0;
  gboolean rest_differ = FALSE; /* in their flags, from the second on */
  Layout layout = { TFHD_DEFAULT_BASE_IS_MOOF, TRUN_DATA_OFFSET };

  for (guint i = 1; i < n; i++) {
    durations |= samples[i].duration != samples[0].duration;
    sizes |= samples[i].size != samples[0].size;
    offsets |= samples[i].composition_offset != 0;
    rest_differ |= samples[i].key != samples[1].key;
  }
  layout.trun |= offsets ? TRUN_COMPOSITION_OFFSET : 0;
  if (durations)
    layout.trun |= TRUN_DURATION;
  else
    layout.tfhd |= TFHD_DEFAULT_DURATION;
  if (sizes)
    layout.trun |= TRUN_SIZE;
  else
    layout.tfhd |= TFHD_DEFAULT_SIZE;
  if (rest_differ) {
    layout.trun |= TRUN_FLAGS;
  } else {
    guint32 rest = sample_flags (&samples[n > 1 ? 1 : 0]);

    if (rest != tyto_mp4_track_default_flags (&track->track))
      layout.tfhd |= TFHD_DEFAULT_FLAGS;
    if (sample_flags (&samples[0]) != rest)
      layout.trun |= TRUN_FIRST_FLAGS;
  }
  return layout;
}

/* 8.8.8. Returns: where its data_offset stands. */
static gsize
put_trun (GByteArray *to, const Track *track, guint32 fields)
{
  const TytoMp4Sample *samples = (const TytoMp4Sample *) (void *) track->samples->data;
  gsize trun = tyto_mp4_box_begin_full (to, "trun", 1, fields);
  gsize data_offset;

  tyto_mp4_put_u32 (to, track->samples->len);
  data_offset = to->len;
  tyto_mp4_put_u32 (to, 0);
  if (fields & TRUN_FIRST_FLAGS)
    tyto_mp4_put_u32 (to, sample_flags (&samples[0]));
  for (guint i = 0; i < track->samples->len; i++) {
    if (fields & TRUN_DURATION)
      tyto_mp4_put_u32 (to, samples[i].duration);
    if (fields & TRUN_SIZE)
      tyto_mp4_put_u32 (to, samples[i].size);
    if (fields & TRUN_FLAGS)
      tyto_mp4_put_u32 (to, sample_flags (&samples[i]));
    if (fields & TRUN_COMPOSITION_OFFSET)
      tyto_mp4_put_u32 (to, (guint32) samples[i].composition_offset);
  }
  tyto_mp4_box_end (to, trun);
  return data_offset;
}

static void
put_moof (GByteArray *to, const Track *track, guint32 id, guint32 sequence_number, gboolean large)
{
  const TytoMp4Sample *first = &g_array_index (track->samples, TytoMp4Sample, 0);
  const TytoMp4Sample *rest = track->samples->len > 1 ? first + 1 : first;
  Layout layout = lay_out (track);
  gsize moof = tyto_mp4_box_begin (to, "moof");
  gsize box = tyto_mp4_box_begin_full (to, "mfhd", 0, 0);
  gsize traf;
  gsize data_offset;

  tyto_mp4_put_u32 (to, sequence_number);
  tyto_mp4_box_end (to, box);
  traf = tyto_mp4_box_begin (to, "traf");
  box = tyto_mp4_box_begin_full (to, "tfhd", 0, layout.tfhd);
  tyto_mp4_put_u32 (to, id);
  if (layout.tfhd & TFHD_DEFAULT_DURATION)
    tyto_mp4_put_u32 (to, first->duration);
  if (layout.tfhd & TFHD_DEFAULT_SIZE)
    tyto_mp4_put_u32 (to, first->size);
  if (layout.tfhd & TFHD_DEFAULT_FLAGS)
    tyto_mp4_put_u32 (to, sample_flags (rest));
  tyto_mp4_box_end (to, box);
  box = tyto_mp4_box_begin_full (to, "tfdt", 1, 0);
  tyto_mp4_put_u64 (to, first->dts);
  tyto_mp4_box_end (to, box);
  data_offset = put_trun (to, track, layout.trun);
  tyto_mp4_box_end (to, traf);
  tyto_mp4_box_end (to, moof);
  tyto_mp4_set_u32 (to, data_offset,
                    to->len - (guint32) moof + (large ? LARGE_BOX_HEADER : BOX_HEADER));
}

/* The index's entry of the open fragment of @track, whose boxes take @header bytes. */
static TytoMediaFragment
describe (TytoMp4Writer *self, guint track, gsize header)
{
  const Track *of = g_ptr_array_index (self->tracks, track);
  const TytoMp4Sample *samples = (const TytoMp4Sample *) (void *) of->samples->data;
  gboolean early = samples[0].composition_offset < 0
                   && samples[0].dts < (guint64) - (gint64) samples[0].composition_offset;
  guint64 time = early ? 0 : samples[0].dts + samples[0].composition_offset;
  TytoMediaFragment fragment = {
    .track = track,
    .offset = self->size,
    .size = header + of->bytes,
    .time_ns = tyto_mp4_units_to_ns (time, of->track.timescale),
    .duration_ns = tyto_mp4_units_to_ns (of->end - samples[0].dts, of->track.timescale),
    .frames = of->samples->len,
    .key = samples[0].key || !tyto_mp4_track_is_video (&of->track),
  };

  for (guint i = 0; i < of->samples->len; i++)
    if (samples[i].key)
      fragment.key_frames++;
  return fragment;
}

GBytes *
tyto_mp4_writer_end_fragment (TytoMp4Writer *self, guint track)
{
  Track *of = g_ptr_array_index (self->tracks, track);
  gboolean large = of->bytes > G_MAXUINT32 - BOX_HEADER;
  TytoMediaFragment fragment;
  GByteArray *to;

  if (of->samples->len == 0)
    return NULL;
  to = g_byte_array_sized_new (128 + 16 * of->samples->len);
  put_moof (to, of, track + 1, ++self->sequence_number, large);
  tyto_mp4_put_u32 (to, large ? BOX_SIZE_LARGE : (guint32) (of->bytes + BOX_HEADER));
  tyto_mp4_put_type (to, "mdat");
  if (large)
    tyto_mp4_put_u64 (to, of->bytes + LARGE_BOX_HEADER);

  fragment = describe (self, track, to->len);
  g_array_append_val (self->fragments, fragment);
  self->size += fragment.size;
  g_array_set_size (of->samples, 0);
  of->bytes = 0;
  return take_bytes (to);
}

GBytes *
tyto_mp4_writer_trailer (TytoMp4Writer *self)
{
  const Track *reference = g_ptr_array_index (self->tracks, self->reference);
  GByteArray *to = g_byte_array_new ();

  tyto_mp4_put_trailer (to, self->fragments, self->reference, reference->track.timescale);
  self->size += to->len;
  return take_bytes (to);
}

guint64
tyto_mp4_writer_get_size (TytoMp4Writer *self)
{
  return self->size;
}
