/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-join.h"

#include "base/tyto-error.h"
#include "media/join/tyto-join-lane.h"
#include "media/join/tyto-movie-writer.h"

#define NS          G_GINT64_CONSTANT (1000000000)
#define NS_PER_MS   1000000
#define US_PER_MS   1000
#define TELL_UNITS  64 /* between two words of progress */
#define RENDITIONS  2
#define TS_CLOCK_HZ 90000

/* A join under way. */
typedef struct {
  TytoJoinWork work;
  TytoJoinSource *source;
  TytoMovieWriter *writer;
  TytoJoinLane *lanes[RENDITIONS]; /* (nullable) */
  gint64 times[RENDITIONS];        /* how far each has come in the recording */
} Join;

static void
gap_free (TytoJoinGap *gap)
{
  g_free (gap->segment);
  g_free (gap->reason);
  g_free (gap->detail);
  g_free (gap);
}

void
tyto_joined_free (TytoJoined *self)
{
  g_free (self->video_codec);
  g_free (self->audio_codec);
  g_ptr_array_unref (self->gaps);
  g_free (self);
}

static void
join_clear (Join *self)
{
  for (guint i = 0; i < RENDITIONS; i++)
    g_clear_pointer (&self->lanes[i], tyto_join_lane_free);
  for (guint i = 0; i < TYTO_JOIN_TRACKS; i++)
    g_clear_pointer (&self->work.tracks[i], tyto_join_track_free);
  g_clear_pointer (&self->work.timeline, tyto_join_timeline_free);
  g_clear_pointer (&self->work.gaps, g_ptr_array_unref);
  g_clear_pointer (&self->writer, tyto_movie_writer_free);
  g_clear_pointer (&self->source, tyto_join_source_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Join, join_clear)

gboolean
tyto_join_measure (const char *directory, guint64 *bytes, GError **error)
{
  g_autoptr (TytoJoinSource) source = tyto_join_source_load (directory, error);

  if (source == NULL)
    return FALSE;
  *bytes = tyto_movie_writer_measure (source->bytes, (guint64) source->duration_us / US_PER_MS);
  return TRUE;
}

static gboolean
join_begin (Join *self, const char *directory, const char *output, GError **error)
{
  self->source = tyto_join_source_load (directory, error);
  if (self->source == NULL)
    return FALSE;
  self->writer = tyto_movie_writer_new (output, self->source->bytes,
                                        (guint64) self->source->duration_us / US_PER_MS, error);
  if (self->writer == NULL)
    return FALSE;
  self->work.source = self->source;
  self->work.timeline = tyto_join_timeline_new ();
  self->work.gaps = g_ptr_array_new_with_free_func ((GDestroyNotify) gap_free);
  for (guint i = 0; i <= self->source->audio_rendition; i++)
    self->lanes[i] = tyto_join_lane_new (&self->work, i);
  return TRUE;
}

/* Puts the unit that the lane is at into its track. */
static gboolean
add_unit (Join *self, guint lane, GError **error)
{
  const TytoMediaUnit *unit = tyto_join_lane_get_unit (self->lanes[lane]);
  TytoJoinTrackKind kind = unit->video ? TYTO_JOIN_VIDEO : TYTO_JOIN_AUDIO;
  gint64 timescale = MAX (unit->timescale, 1);
  gint64 dts = tyto_join_scale (unit->dts, NS, timescale);
  gint64 offset = tyto_join_timeline_place (
      self->work.timeline, kind, tyto_join_lane_get_stretch (self->lanes[lane]), dts,
      tyto_join_scale (unit->pts, NS, timescale), timescale == TS_CLOCK_HZ);
  gint64 next;
  gint64 shown;

  if (self->work.tracks[kind] == NULL)
    self->work.tracks[kind] = tyto_join_track_new (self->writer, unit);
  if (!tyto_join_track_add (self->work.tracks[kind], unit, offset, &next, &shown, error))
    return FALSE;
  tyto_join_timeline_advance (self->work.timeline, kind, next, shown);
  self->times[lane] = next;
  return TRUE;
}

/* The lane whose unit comes next; G_MAXUINT: both are over. */
static guint
choose_lane (const Join *self)
{
  guint chosen = G_MAXUINT;

  for (guint i = 0; i < RENDITIONS; i++)
    if (self->lanes[i] != NULL && tyto_join_lane_get_unit (self->lanes[i]) != NULL
        && (chosen == G_MAXUINT || self->times[i] < self->times[chosen]))
      chosen = i;
  return chosen;
}

static guint64
get_read (const Join *self)
{
  guint64 read = self->work.read;

  for (guint i = 0; i < RENDITIONS; i++)
    if (self->lanes[i] != NULL)
      read += tyto_join_lane_get_position (self->lanes[i]);
  return MIN (read, self->source->bytes);
}

static gboolean
go_on (Join *self, guint lane, GError **error)
{
  g_autoptr (GError) problem = NULL;

  if (tyto_join_lane_next (self->lanes[lane], &problem) || problem == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&problem));
  return FALSE;
}

static gboolean
join_all (Join *self, TytoJoinProgress progress, gpointer user_data, GCancellable *cancellable,
          GError **error)
{
  guint lane;

  for (guint i = 0; i < RENDITIONS; i++)
    if (self->lanes[i] != NULL && !go_on (self, i, error))
      return FALSE;
  for (guint64 n = 0; (lane = choose_lane (self)) != G_MAXUINT; n++) {
    if (!add_unit (self, lane, error) || !go_on (self, lane, error))
      return FALSE;
    if (n % TELL_UNITS != 0)
      continue;
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    if (progress != NULL)
      progress (get_read (self), self->source->bytes, user_data);
  }
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* Where each track begins; the last picture, or sound, stands while what follows is missing. */
static gboolean
end_tracks (Join *self, GError **error)
{
  TytoJoinTrack *const *tracks = self->work.tracks;
  gint64 begin = G_MAXINT64;
  TytoJoinTrackKind longer = tracks[TYTO_JOIN_VIDEO] != NULL ? TYTO_JOIN_VIDEO : TYTO_JOIN_AUDIO;

  for (guint i = 0; i < TYTO_JOIN_TRACKS; i++)
    if (tracks[i] != NULL)
      begin = MIN (begin, tyto_join_track_get_begin (tracks[i]));
  if (begin == G_MAXINT64) {
    tyto_set_error (
        error, self->work.other_streams ? TYTO_ERROR_UNSUPPORTED : TYTO_ERROR_NOT_FOUND, NULL,
        self->work.other_streams ? "The broadcast has no video or sound of a codec that is joined."
                                 : "There is not one usable frame in the segments.");
    return FALSE;
  }
  for (guint i = 0; i < TYTO_JOIN_TRACKS; i++)
    if (tracks[i] != NULL)
      tyto_join_track_end (tracks[i], tyto_join_track_get_begin (tracks[i]) - begin,
                           i == longer ? tyto_join_timeline_get_missing (self->work.timeline, i)
                                       : 0);
  return TRUE;
}

static int
compare_gaps (gconstpointer a, gconstpointer b)
{
  const TytoJoinGap *left = *(TytoJoinGap *const *) a;
  const TytoJoinGap *right = *(TytoJoinGap *const *) b;

  return left->offset_ms < right->offset_ms ? -1 : left->offset_ms > right->offset_ms;
}

static TytoJoined *
describe (Join *self, guint64 bytes, guint64 duration_ns)
{
  TytoJoined *joined = g_new0 (TytoJoined, 1);
  const TytoJoinTrack *video = self->work.tracks[TYTO_JOIN_VIDEO];
  const TytoJoinTrack *audio = self->work.tracks[TYTO_JOIN_AUDIO];

  joined->bytes = bytes;
  joined->duration_ms = duration_ns / NS_PER_MS;
  joined->segments = self->work.used;
  joined->descriptions = tyto_movie_writer_get_descriptions (self->writer);
  joined->video_codec = g_strdup ("");
  joined->audio_codec = g_strdup ("");
  if (video != NULL) {
    const TytoMediaEntry *entry = tyto_join_track_get_entry (video);

    g_free (joined->video_codec);
    joined->video_codec = g_strdup (tyto_media_codec_to_string (entry->codec));
    joined->frames = tyto_join_track_get_frames (video);
    joined->key_frames = tyto_join_track_get_keys (video);
    joined->width = entry->width;
    joined->height = entry->height;
  }
  if (audio != NULL) {
    g_free (joined->audio_codec);
    joined->audio_codec
        = g_strdup (tyto_media_codec_to_string (tyto_join_track_get_entry (audio)->codec));
    joined->audio_frames = tyto_join_track_get_frames (audio);
  }
  g_ptr_array_sort (self->work.gaps, compare_gaps);
  joined->gaps = g_steal_pointer (&self->work.gaps);
  return joined;
}

TytoJoined *
tyto_join (const char *directory, const char *output, TytoJoinProgress progress, gpointer user_data,
           GCancellable *cancellable, GError **error)
{
  g_auto (Join) self = { 0 };
  guint64 bytes;
  guint64 duration_ns;

  if (!join_begin (&self, directory, output, error)
      || !join_all (&self, progress, user_data, cancellable, error) || !end_tracks (&self, error)
      || !tyto_movie_writer_finish (self.writer, &bytes, &duration_ns, error))
    return NULL;
  if (progress != NULL)
    progress (self.source->bytes, self.source->bytes, user_data);
  return describe (&self, bytes, duration_ns);
}
