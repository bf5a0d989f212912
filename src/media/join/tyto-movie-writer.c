/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-movie-writer.h"

#include "base/tyto-error.h"
#include "media/join/tyto-movie-file.h"
#include "media/join/tyto-movie-moov.h"
#include "media/tyto-mp4-box.h"

#include <string.h>

#define MAX_TRACKS       2
#define CHUNK_BYTES      (4 * 1024 * 1024)
#define BOX_HEADER       8
#define LARGE_BOX_HEADER 16
#define BOX_SIZE_LARGE   1 /* in place of a box's size: 64 bits follow its type (4.2) */
#define MOVE_STEP        4096
#define ROOM_BASE        (16 * 1024) /* for what moov has besides its tables */
#define ROOM_PER_SECOND  1900        /* 60 frames with composition offsets, 50 of sound, 2 chunks */
#define MAX_MOOV         (1024u * 1024 * 1024)
#define LARGE_OFFSETS    (3072u * 1024 * 1024) /* from here on, with MAX_MOOV below 2^32 */

/* A track, and the chunk of it that is not written yet. */
typedef struct {
  TytoMovieTrack track;
  guint8 *chunk;
  gsize capacity;
  gsize size;
  guint32 samples;
  guint description;
  gint64 begin; /* dts of its first sample */
} Track;

struct _TytoMovieWriter {
  TytoMovieFile *file;
  Track tracks[MAX_TRACKS];
  guint n_tracks;
  guint64 moov;  /* where it begins */
  guint64 room;  /* bytes that are left for it */
  guint64 media; /* where mdat's contents begin */
  guint64 end;   /* where the next chunk goes */
};

static guint64
get_room (guint64 expect_ms)
{
  return ROOM_BASE + expect_ms / 1000 * ROOM_PER_SECOND + expect_ms % 1000 * ROOM_PER_SECOND / 1000;
}

guint64
tyto_movie_writer_measure (guint64 expect_bytes, guint64 expect_ms)
{
  return expect_bytes + get_room (expect_ms) + LARGE_BOX_HEADER + MOVE_STEP;
}

TytoMovieWriter *
tyto_movie_writer_new (const char *path, guint64 expect_bytes, guint64 expect_ms, GError **error)
{
  g_autoptr (TytoMovieWriter) self = g_new0 (TytoMovieWriter, 1);
  g_autoptr (GByteArray) head = g_byte_array_new ();

  self->file
      = tyto_movie_file_new (path, tyto_movie_writer_measure (expect_bytes, expect_ms), error);
  if (self->file == NULL)
    return NULL;
  tyto_movie_put_ftyp (head);
  if (!tyto_movie_file_write (self->file, 0, head->data, head->len, error))
    return NULL;
  self->moov = head->len;
  self->room = get_room (expect_ms);
  self->media = self->moov + self->room + LARGE_BOX_HEADER;
  self->end = self->media;
  return g_steal_pointer (&self);
}

void
tyto_movie_writer_free (TytoMovieWriter *self)
{
  for (guint i = 0; i < self->n_tracks; i++) {
    tyto_movie_tables_free (self->tracks[i].track.tables);
    g_free (self->tracks[i].chunk);
  }
  g_clear_pointer (&self->file, tyto_movie_file_free);
  g_free (self);
}

guint
tyto_movie_writer_add_track (TytoMovieWriter *self, gboolean video, guint timescale)
{
  Track *track = &self->tracks[self->n_tracks];

  g_return_val_if_fail (self->n_tracks < MAX_TRACKS && timescale > 0, 0);
  track->track.video = video;
  track->track.timescale = timescale;
  track->track.tables = tyto_movie_tables_new ();
  return self->n_tracks++;
}

static gboolean
end_chunk (TytoMovieWriter *self, Track *track, GError **error)
{
  if (track->samples == 0)
    return TRUE;
  if (!tyto_movie_file_write (self->file, self->end, track->chunk, track->size, error))
    return FALSE;
  tyto_movie_tables_add_chunk (track->track.tables, self->end, track->samples, track->description);
  self->end += track->size;
  track->size = 0;
  track->samples = 0;
  return TRUE;
}

static void
add_to_chunk (Track *track, const guint8 *data, gsize size)
{
  if (size > track->capacity - track->size) {
    track->capacity = MAX (track->capacity * 2, track->size + size);
    track->chunk = g_realloc (track->chunk, track->capacity);
  }
  if (size > 0)
    memcpy (track->chunk + track->size, data, size);
  track->size += size;
  track->samples++;
}

gboolean
tyto_movie_writer_add (TytoMovieWriter *self, guint track, const TytoMovieSample *sample,
                       GError **error)
{
  Track *to = &self->tracks[track];
  guint description;

  g_return_val_if_fail (track < self->n_tracks, FALSE);
  description = tyto_movie_tables_describe (to->track.tables, sample->entry);
  if (description == 0 || sample->size > G_MAXUINT32) {
    tyto_set_error (error, TYTO_ERROR_UNSUPPORTED, NULL,
                    "It has more than %u sets of parameters, or a frame that is too large.",
                    TYTO_MOVIE_MAX_DESCRIPTIONS);
    return FALSE;
  }
  if ((to->size >= CHUNK_BYTES || sample->dts - to->begin >= to->track.timescale
       || description != to->description)
      && !end_chunk (self, to, error))
    return FALSE;
  if (to->samples == 0) {
    to->begin = sample->dts;
    to->description = description;
  }
  add_to_chunk (to, sample->data, sample->size);
  tyto_movie_tables_add (to->track.tables, sample->dts, sample->composition_offset, sample->key,
                         (guint32) sample->size);
  return TRUE;
}

void
tyto_movie_writer_set_last_duration (TytoMovieWriter *self, guint track, guint32 duration)
{
  tyto_movie_tables_set_last_duration (self->tracks[track].track.tables, duration);
}

void
tyto_movie_writer_set_start (TytoMovieWriter *self, guint track, guint64 start_ns)
{
  self->tracks[track].track.start_ns = start_ns;
}

guint
tyto_movie_writer_get_descriptions (TytoMovieWriter *self)
{
  guint n = 0;

  for (guint i = 0; i < self->n_tracks; i++)
    n += tyto_movie_tables_get_entries (self->tracks[i].track.tables)->len;
  return n;
}

/* The media begin @shift bytes later in the file than they do now. */
static GByteArray *
make_moov (TytoMovieWriter *self, guint64 shift)
{
  GByteArray *moov = g_byte_array_sized_new ((guint) MIN (self->room, MAX_MOOV));
  TytoMovieTrack tracks[MAX_TRACKS];

  for (guint i = 0; i < self->n_tracks; i++)
    tracks[i] = self->tracks[i].track;
  tyto_movie_put_moov (moov, tracks, self->n_tracks, g_get_real_time (), shift,
                       self->end > LARGE_OFFSETS);
  return moov;
}

/* What moov lacks of room; 0 when it fits, with a free box behind it or none. */
static guint64
get_lack (TytoMovieWriter *self, const GByteArray *moov)
{
  if (moov->len == self->room || moov->len + BOX_HEADER <= self->room)
    return 0;
  return (moov->len + BOX_HEADER - self->room + MOVE_STEP - 1) / MOVE_STEP * MOVE_STEP;
}

/* moov; where there is no room for it, the media go further back first. NULL on error. */
static GByteArray *
fit_moov (TytoMovieWriter *self, GError **error)
{
  g_autoptr (GByteArray) moov = make_moov (self, 0);
  guint64 lack = get_lack (self, moov);

  if (moov->len > MAX_MOOV) {
    tyto_set_error (error, TYTO_ERROR_UNSUPPORTED, NULL, "It has too many frames for one MP4.");
    return NULL;
  }
  if (lack > 0) {
    if (!tyto_movie_file_move (self->file, self->media, self->end, lack, error))
      return NULL;
    g_byte_array_unref (moov);
    moov = make_moov (self, lack);
    self->room += lack;
    self->media += lack;
    self->end += lack;
  }
  return g_steal_pointer (&moov);
}

/* moov, a free box over the room it leaves (8.1.2), and mdat's header (8.1.1) */
static gboolean
write_head (TytoMovieWriter *self, GByteArray *moov, GError **error)
{
  guint64 rest = self->room - moov->len;
  g_autoptr (GByteArray) mdat = g_byte_array_new ();

  if (rest > 0) {
    tyto_mp4_put_u32 (moov, (guint32) rest);
    tyto_mp4_put_type (moov, "free");
  }
  tyto_mp4_put_u32 (mdat, BOX_SIZE_LARGE);
  tyto_mp4_put_type (mdat, "mdat");
  tyto_mp4_put_u64 (mdat, self->end - self->media + LARGE_BOX_HEADER);
  return tyto_movie_file_write (self->file, self->moov, moov->data, moov->len, error)
         && tyto_movie_file_write (self->file, self->media - LARGE_BOX_HEADER, mdat->data,
                                   mdat->len, error);
}

gboolean
tyto_movie_writer_finish (TytoMovieWriter *self, guint64 *bytes, guint64 *duration_ns,
                          GError **error)
{
  TytoMovieTrack tracks[MAX_TRACKS];
  g_autoptr (GByteArray) moov = NULL;

  for (guint i = 0; i < self->n_tracks; i++)
    if (!end_chunk (self, &self->tracks[i], error))
      return FALSE;
  moov = fit_moov (self, error);
  if (moov == NULL || !write_head (self, moov, error)
      || !tyto_movie_file_finish (self->file, self->end, error))
    return FALSE;
  for (guint i = 0; i < self->n_tracks; i++)
    tracks[i] = self->tracks[i].track;
  *bytes = self->end;
  *duration_ns = tyto_movie_get_duration_ns (tracks, self->n_tracks);
  return TRUE;
}
