/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-segment-list.h"

#include "collector/tyto-name-order.h"

#include <stdio.h>

/* Times of one segment in two copies of a playlist. */
#define SAME_TIME_US G_USEC_PER_SEC
/* More than that are not counted: the numbers say something else. */
#define LARGEST_HOLE 100000

struct _TytoSegmentList {
  guint rendition;
  GPtrArray *segments;
  guint epoch;
  GHashTable *by_sequence; /* gint64 → TytoListedSegment, of this epoch */
  GHashTable *by_name;     /* of this epoch */
  GHashTable *ever;        /* name → the newest of that name, of any epoch */
  gint64 last_sequence;    /* of this epoch, -1 for none */
  guint64 unnumbered;      /* appended since, without a sequence number */
  gint64 window_first;     /* of the playlist seen last */
  gint64 modified_us;      /* of the playlist seen last */
  guint64 next_position;
};

TytoListedSegment *
tyto_listed_segment_new (TytoHlsSegment *record, TytoSourceEntry *entry)
{
  TytoListedSegment *self = g_new0 (TytoListedSegment, 1);

  self->record = record;
  self->entry = entry;
  return self;
}

void
tyto_listed_segment_free (TytoListedSegment *self)
{
  tyto_hls_segment_free (self->record);
  g_clear_pointer (&self->entry, tyto_source_entry_free);
  g_free (self);
}

TytoSegmentList *
tyto_segment_list_new (guint rendition)
{
  TytoSegmentList *self = g_new0 (TytoSegmentList, 1);

  self->rendition = rendition;
  self->segments = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_listed_segment_free);
  self->by_sequence = g_hash_table_new (g_int64_hash, g_int64_equal);
  self->by_name = g_hash_table_new (g_str_hash, g_str_equal);
  self->ever = g_hash_table_new (g_str_hash, g_str_equal);
  self->last_sequence = -1;
  self->window_first = -1;
  self->modified_us = -1;
  return self;
}

void
tyto_segment_list_free (TytoSegmentList *self)
{
  g_hash_table_unref (self->by_sequence);
  g_hash_table_unref (self->by_name);
  g_hash_table_unref (self->ever);
  g_ptr_array_unref (self->segments);
  g_free (self);
}

GPtrArray *
tyto_segment_list_get_segments (TytoSegmentList *self)
{
  return self->segments;
}

static void
begin_epoch (TytoSegmentList *self)
{
  self->epoch++;
  g_hash_table_remove_all (self->by_sequence);
  g_hash_table_remove_all (self->by_name);
  self->last_sequence = -1;
  self->unnumbered = 0;
}

/* Takes @record. */
static TytoListedSegment *
append (TytoSegmentList *self, TytoHlsSegment *record)
{
  TytoListedSegment *segment = tyto_listed_segment_new (record, NULL);
  guint64 places = record->state == TYTO_HLS_UNLISTED ? MAX (record->count, 1) : 1;

  segment->epoch = self->epoch;
  g_ptr_array_add (self->segments, segment);
  self->next_position = record->position + places;
  if (record->state == TYTO_HLS_UNLISTED)
    return segment;
  g_hash_table_replace (self->by_name, record->name, segment);
  g_hash_table_replace (self->ever, record->name, segment);
  if (record->sequence >= 0) {
    g_hash_table_replace (self->by_sequence, &record->sequence, segment);
    self->last_sequence = MAX (self->last_sequence, record->sequence);
    self->unnumbered = 0;
  } else {
    self->unnumbered++;
  }
  return segment;
}

TytoListedSegment *
tyto_segment_list_restore (TytoSegmentList *self, TytoHlsSegment *record)
{
  guint epoch;

  if (record->sequence >= 0 && record->sequence <= self->last_sequence)
    begin_epoch (self);
  if (sscanf (record->init, "init-%u-", &epoch) == 1 && epoch > self->epoch) {
    begin_epoch (self);
    self->epoch = epoch;
  }
  return append (self, record);
}

/* --- What is known --- */

static TytoListedSegment *
find (TytoSegmentList *self, const TytoSourceEntry *entry)
{
  TytoListedSegment *known;

  if (entry->sequence < 0)
    return g_hash_table_lookup (self->ever, entry->name);
  known = g_hash_table_lookup (self->by_sequence, &entry->sequence);
  if (known != NULL)
    return known;
  known = g_hash_table_lookup (self->by_name, entry->name);
  return known != NULL && known->record->sequence < 0 ? known : NULL;
}

/* The playlist named @known only after it had been found: it says more of it. */
static gboolean
learn (TytoSegmentList *self, TytoListedSegment *known, const TytoSourceEntry *entry)
{
  TytoHlsSegment *record = known->record;

  if (record->sequence >= 0 || entry->sequence < 0)
    return FALSE;
  record->sequence = entry->sequence;
  record->duration_us = entry->duration_us;
  record->time_us = entry->time_us;
  record->discontinuity = record->discontinuity || entry->discontinuity;
  g_hash_table_replace (self->by_sequence, &record->sequence, known);
  self->last_sequence = MAX (self->last_sequence, entry->sequence);
  self->unnumbered = 0;
  return TRUE;
}

/* Whether @known is another now, and has to be noted. */
static gboolean
refresh (TytoSegmentList *self, TytoListedSegment *known, const TytoSourceEntry *entry)
{
  gboolean learnt = learn (self, known, entry);

  if (entry->made_us >= 0 && g_strcmp0 (entry->name, known->record->name) == 0
      && (known->record->state != TYTO_HLS_FETCHED
          || g_strcmp0 (entry->etag, known->record->etag) == 0))
    known->record->made_us = entry->made_us;
  if (known->fetching || (known->record->state == TYTO_HLS_FETCHED && !learnt))
    return learnt;
  g_clear_pointer (&known->entry, tyto_source_entry_free);
  known->entry = tyto_source_entry_copy (entry);
  return learnt;
}

static gint64
last_sequence_of (const TytoSourceView *view)
{
  gint64 last = -1;

  for (guint i = 0; i < view->entries->len; i++)
    last = MAX (last, ((const TytoSourceEntry *) view->entries->pdata[i])->sequence);
  return last;
}

static gint64
first_sequence_of (const TytoSourceView *view)
{
  for (guint i = 0; i < view->entries->len; i++) {
    const TytoSourceEntry *entry = view->entries->pdata[i];

    if (entry->sequence >= 0)
      return entry->sequence;
  }
  return -1;
}

/* Whether @entry, of the same number, is another segment than @known. */
static gboolean
contradicts (const TytoListedSegment *known, const TytoSourceEntry *entry, gboolean backward)
{
  const TytoHlsSegment *record = known->record;

  /* A token may stand in the path, and be another each time. */
  if (g_strcmp0 (tyto_name_base (record->name), tyto_name_base (entry->name)) != 0)
    return TRUE;
  if (record->time_us >= 0 && entry->time_us >= 0
      && ABS (record->time_us - entry->time_us) > SAME_TIME_US)
    return TRUE;
  return backward && *record->etag != '\0' && *entry->etag != '\0'
         && g_strcmp0 (record->etag, entry->etag) != 0;
}

/* Whether the playlist began anew since it was seen last. */
static gboolean
is_anew (TytoSegmentList *self, const TytoSourceView *view)
{
  gint64 last = last_sequence_of (view);
  gboolean backward = last < self->last_sequence;
  gboolean matched = FALSE;

  if (last < 0 || self->last_sequence < 0)
    return FALSE;
  for (guint i = 0; i < view->entries->len; i++) {
    const TytoSourceEntry *entry = view->entries->pdata[i];
    const TytoListedSegment *known
        = entry->sequence >= 0 ? g_hash_table_lookup (self->by_sequence, &entry->sequence) : NULL;

    if (known != NULL && contradicts (known, entry, backward))
      return TRUE;
    matched = matched || known != NULL;
  }
  if (!backward)
    return FALSE;
  if (view->modified_us < 0 || self->modified_us < 0)
    return !matched;
  if (!matched)
    return view->modified_us >= self->modified_us;
  /* A server that lags behind another is not whole windows behind. */
  return view->modified_us > self->modified_us && last < self->window_first;
}

/* --- What is new --- */

static void
add_hole (TytoSegmentList *self, guint64 count, GPtrArray *added)
{
  TytoHlsSegment *record;

  if (count == 0 || count > LARGEST_HOLE)
    return;
  record = tyto_hls_segment_new (self->next_position, self->rendition);
  record->state = TYTO_HLS_UNLISTED;
  record->count = count;
  g_ptr_array_add (added, append (self, record));
}

/* How many segments the playlist passed before @entry. */
static guint64
hole_before (const TytoSegmentList *self, const TytoSourceEntry *entry)
{
  guint64 passed;

  if (entry->sequence < 0)
    return entry->skipped;
  if (self->last_sequence < 0 || entry->sequence <= self->last_sequence)
    return 0;
  passed = (guint64) (entry->sequence - self->last_sequence - 1);
  return passed > self->unnumbered ? passed - self->unnumbered : 0;
}

static void
add (TytoSegmentList *self, const TytoSourceEntry *entry, gboolean discontinuity, GPtrArray *added)
{
  TytoHlsSegment *record;
  TytoListedSegment *segment;

  add_hole (self, hole_before (self, entry), added);
  record = tyto_hls_segment_new (self->next_position, self->rendition);
  g_free (record->name);
  record->name = g_strdup (entry->name);
  record->sequence = entry->sequence;
  record->duration_us = entry->duration_us;
  record->discontinuity = entry->discontinuity || discontinuity;
  record->time_us = entry->time_us;
  record->made_us = entry->made_us;
  g_free (record->etag);
  record->etag = g_strdup (entry->etag);
  segment = append (self, record);
  segment->entry = tyto_source_entry_copy (entry);
  g_ptr_array_add (added, segment);
}

/* Whether it stands before what is known already, though nothing of that was seen again. */
static gboolean
is_older (TytoSegmentList *self, const TytoSourceEntry *entry, gboolean matched)
{
  const TytoListedSegment *last
      = self->segments->len > 0 ? self->segments->pdata[self->segments->len - 1] : NULL;

  if (entry->sequence >= 0)
    return entry->sequence <= self->last_sequence;
  return !matched && last != NULL && last->epoch == self->epoch
         && last->record->state != TYTO_HLS_UNLISTED
         && tyto_name_compare (entry->name, last->record->name) <= 0;
}

gboolean
tyto_segment_list_has_hole (TytoSegmentList *self, const TytoSourceView *view)
{
  gint64 first = first_sequence_of (view);

  if (self->last_sequence < 0) /* the window may have gone on already */
    return first >= 0;
  return first > self->last_sequence + 1 + (gint64) self->unnumbered || is_anew (self, view);
}

void
tyto_segment_list_take (TytoSegmentList *self, const TytoSourceView *view, gboolean final,
                        GPtrArray *added)
{
  gboolean anew = is_anew (self, view);
  guint next = 0;

  if (anew) {
    g_message ("A playlist began anew after its segment %" G_GINT64_FORMAT ".",
               self->last_sequence);
    begin_epoch (self);
  }
  for (guint i = 0; i < view->entries->len; i++) {
    const TytoSourceEntry *entry = view->entries->pdata[i];
    TytoListedSegment *known = find (self, entry);

    if (known != NULL && refresh (self, known, entry))
      g_ptr_array_add (added, known);
    /* Behind the playlist stands what was fetched long ago, where names are used again. */
    if (known != NULL && !entry->trailing)
      next = i + 1;
  }
  for (guint i = next; i < view->entries->len; i++) {
    const TytoSourceEntry *entry = view->entries->pdata[i];

    if ((entry->trailing && !final) || find (self, entry) != NULL
        || is_older (self, entry, next > 0))
      continue;
    add (self, entry, anew, added);
    anew = FALSE;
  }
  /* An older copy says nothing of where the playlist is. */
  if (first_sequence_of (view) >= 0 && last_sequence_of (view) >= self->last_sequence) {
    self->window_first = first_sequence_of (view);
    self->modified_us = MAX (self->modified_us, view->modified_us);
  }
}
