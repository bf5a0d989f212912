/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-collection-private.h"

typedef struct {
  guint64 segments;
  guint64 missing;
  guint64 waiting;
  guint64 bytes;
  gint64 media_us;
  gint64 newest_us;
} Counts;

/* What is not on the disk yet is not told. */
static void
count_segment (Counts *counts, const TytoListedSegment *segment)
{
  const TytoHlsSegment *record = segment->record;

  counts->newest_us = MAX (counts->newest_us, record->made_us);
  if (record->state == TYTO_HLS_UNLISTED) {
    counts->missing += record->count;
  } else if (record->state == TYTO_HLS_LISTED || segment->unwritten > 0) {
    counts->waiting++;
  } else if (record->state == TYTO_HLS_MISSING) {
    counts->missing++;
  } else {
    counts->segments++;
    counts->bytes += record->bytes;
    if (record->rendition == 0 && record->duration_us > 0)
      counts->media_us += record->duration_us;
  }
}

static const char *
find_failure (TytoCollection *self)
{
  if (self->write_failing != NULL)
    return self->write_failing;
  if (self->journal != NULL && tyto_journal_queue_get_failure (self->journal) != NULL)
    return tyto_journal_queue_get_failure (self->journal);
  if (self->why_none != NULL)
    return self->why_none;
  if (self->look_failing != NULL)
    return self->look_failing;
  return self->fetch_failing != NULL ? self->fetch_failing : "";
}

GVariant *
tyto_collection_describe (TytoCollection *self)
{
  GVariantDict state;
  Counts counts = { .newest_us = -1 };

  for (guint i = 0; i < TYTO_COLLECTION_RENDITIONS; i++) {
    GPtrArray *segments = tyto_segment_list_get_segments (self->lists[i]);

    for (guint n = 0; n < segments->len; n++)
      count_segment (&counts, segments->pdata[n]);
  }
  g_variant_dict_init (&state, NULL);
  g_variant_dict_insert (&state, "segments", "t", counts.segments);
  g_variant_dict_insert (&state, "missing", "t", counts.missing);
  g_variant_dict_insert (&state, "waiting", "t", counts.waiting);
  g_variant_dict_insert (&state, "bytes", "t", counts.bytes);
  g_variant_dict_insert (&state, "media-ms", "t", (guint64) counts.media_us / 1000);
  g_variant_dict_insert (&state, "newest", "x", counts.newest_us);
  g_variant_dict_insert (&state, "ended", "b", self->source_ended);
  g_variant_dict_insert (&state, "idle-ms", "t", (guint64) self->idle_us / 1000);
  g_variant_dict_insert (&state, "failing", "s", find_failure (self));
  return g_variant_dict_end (&state);
}
