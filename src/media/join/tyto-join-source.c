/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "media/join/tyto-join-source.h"

#include "base/tyto-error.h"
#include "media/join/tyto-unit-reader.h"

#define NS              G_GINT64_CONSTANT (1000000000)
#define LOOK_NS         (2 * NS) /* how far sound is looked for behind a key frame */
#define MAX_DURATION_US G_TIME_SPAN_DAY
#define SUPPOSED_RATE   1000000 /* bit/s, where no duration is known at all */

void
tyto_join_source_free (TytoJoinSource *self)
{
  g_free (self->directory);
  g_ptr_array_unref (self->segments);
  g_array_unref (self->stretches);
  g_free (self);
}

static int
compare_times (gconstpointer a, gconstpointer b)
{
  gint64 left = *(const gint64 *) a;
  gint64 right = *(const gint64 *) b;

  return left < right ? -1 : left > right;
}

/* The median of the durations that are told. */
static gint64
get_usual (GPtrArray *segments)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < segments->len; i++) {
    const TytoHlsSegment *segment = g_ptr_array_index (segments, i);

    if (segment->duration_us > 0 && segment->duration_us <= MAX_DURATION_US)
      g_array_append_val (times, segment->duration_us);
  }
  if (times->len == 0)
    return 0;
  g_array_sort (times, compare_times);
  return g_array_index (times, gint64, times->len / 2);
}

gint64
tyto_join_source_get_duration_us (const TytoJoinSource *self, const TytoHlsSegment *segment)
{
  gint64 each = segment->duration_us > 0 && segment->duration_us <= MAX_DURATION_US
                    ? segment->duration_us
                    : self->usual_us;

  if (segment->state == TYTO_HLS_UNLISTED)
    return MIN (self->usual_us * (gint64) MIN (segment->count, G_MAXUINT16), MAX_DURATION_US);
  return each;
}

static void
count (TytoJoinSource *self)
{
  guint stretch[2] = { 0 };
  guint fetched = 0;

  self->usual_us = get_usual (self->segments);
  for (guint i = 0; i < self->segments->len; i++) {
    const TytoHlsSegment *segment = g_ptr_array_index (self->segments, i);
    guint rendition = MIN (segment->rendition, 1);

    if (segment->discontinuity)
      stretch[rendition]++;
    g_array_append_val (self->stretches, stretch[rendition]);
    if (segment->state != TYTO_HLS_FETCHED)
      continue;
    fetched += rendition == 0;
    self->audio_rendition |= rendition;
    self->bytes += segment->bytes;
    if (rendition == 0 || fetched == 0)
      self->duration_us += tyto_join_source_get_duration_us (self, segment);
  }
  if (self->duration_us == 0)
    self->duration_us
        = (gint64) MIN (self->bytes * 8 * (G_TIME_SPAN_SECOND / SUPPOSED_RATE), G_MAXINT64 / 2);
}

TytoJoinSource *
tyto_join_source_load (const char *directory, GError **error)
{
  g_autoptr (TytoJoinSource) self = NULL;
  GPtrArray *segments = tyto_hls_journal_read (directory, NULL, error);

  if (segments == NULL)
    return NULL;
  self = g_new0 (TytoJoinSource, 1);
  self->directory = g_strdup (directory);
  self->segments = segments;
  self->stretches = g_array_sized_new (FALSE, FALSE, sizeof (guint), segments->len);
  count (self);
  if (self->bytes == 0) {
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL,
                    "Not one segment of the broadcast was collected.");
    return NULL;
  }
  return g_steal_pointer (&self);
}

char *
tyto_join_source_build_path (const TytoJoinSource *self, const TytoHlsSegment *segment)
{
  return g_build_filename (self->directory, segment->file, NULL);
}

char *
tyto_join_source_build_init_path (const TytoJoinSource *self, const TytoHlsSegment *segment)
{
  return segment->init[0] != '\0' ? g_build_filename (self->directory, segment->init, NULL) : NULL;
}

static const TytoHlsSegment *
find_first (const TytoJoinSource *self, guint rendition, guint stretch)
{
  for (guint i = 0; i < self->segments->len; i++) {
    const TytoHlsSegment *segment = g_ptr_array_index (self->segments, i);

    if (segment->rendition == rendition && segment->state == TYTO_HLS_FETCHED
        && g_array_index (self->stretches, guint, i) == stretch)
      return segment;
  }
  return NULL;
}

static gint64
to_ns (const TytoMediaUnit *unit, gint64 time)
{
  return tyto_join_scale (time, NS, MAX (unit->timescale, 1));
}

/* Looks for the first of each of the @wanted tracks in @segment. */
static void
look_into (const TytoJoinSource *self, const TytoHlsSegment *segment,
           const gboolean wanted[TYTO_JOIN_TRACKS], gint64 first[TYTO_JOIN_TRACKS], guint *skipped)
{
  g_autoptr (TytoUnitReader) reader = tyto_unit_reader_new ();
  g_autofree char *path = tyto_join_source_build_path (self, segment);
  g_autofree char *init = tyto_join_source_build_init_path (self, segment);
  TytoMediaUnit unit;

  if (!tyto_unit_reader_open (reader, path, init, FALSE, NULL))
    return;
  while (tyto_unit_reader_next (reader, &unit, NULL)) {
    TytoJoinTrackKind kind = unit.video ? TYTO_JOIN_VIDEO : TYTO_JOIN_AUDIO;
    gint64 video = first[TYTO_JOIN_VIDEO];

    if (!wanted[kind])
      continue;
    if (first[kind] == TYTO_JOIN_NO_TIME && (!unit.video || unit.key))
      first[kind] = to_ns (&unit, unit.pts);
    else if (first[kind] == TYTO_JOIN_NO_TIME)
      ++*skipped;
    if (video != TYTO_JOIN_NO_TIME
        && (first[TYTO_JOIN_AUDIO] != TYTO_JOIN_NO_TIME || !wanted[TYTO_JOIN_AUDIO]
            || (unit.video && to_ns (&unit, unit.pts) - video > LOOK_NS)))
      break;
    if (!wanted[TYTO_JOIN_VIDEO] && first[TYTO_JOIN_AUDIO] != TYTO_JOIN_NO_TIME)
      break;
  }
}

void
tyto_join_source_look_ahead (const TytoJoinSource *self, guint stretch,
                             gint64 first[TYTO_JOIN_TRACKS], guint *skipped)
{
  first[TYTO_JOIN_VIDEO] = TYTO_JOIN_NO_TIME;
  first[TYTO_JOIN_AUDIO] = TYTO_JOIN_NO_TIME;
  *skipped = 0;
  for (guint rendition = 0; rendition <= self->audio_rendition; rendition++) {
    const TytoHlsSegment *segment = find_first (self, rendition, stretch);
    const gboolean wanted[TYTO_JOIN_TRACKS]
        = { rendition == 0, rendition == self->audio_rendition };

    if (segment != NULL)
      look_into (self, segment, wanted, first, skipped);
  }
}
