/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Fetches what is listed, and gives up what does not come. */
#include "collector/tyto-collection-private.h"

#include "base/tyto-error.h"
#include "base/tyto-sha256.h"
#include "collector/tyto-name-order.h"

#include <string.h>

/* After the end, times the time-out: then a source that answers well to all but this one is not
 * away. */
#define PATIENCE 2
/* So many failures, one after the other, are worth telling. */
#define HICCUPS 2
#define AWAY    "The source was away"

/* A try under way. */
typedef struct {
  TytoCollection *collection;
  TytoListedSegment *segment;
  char *file;
} Try;

static void
try_free (Try *try)
{
  g_object_unref (try->collection);
  g_free (try->file);
  g_free (try);
}

/* --- Giving up --- */

gboolean
tyto_collection_reason_passes (const char *reason)
{
  return g_str_has_suffix (reason, " tries") || g_str_has_suffix (reason, " try")
         || g_str_has_prefix (reason, AWAY);
}

void
tyto_collection_give_up (TytoCollection *self, TytoListedSegment *segment, const char *reason)
{
  TytoHlsSegment *record = segment->record;

  g_message ("%s: segment %s is missing: %s", self->id,
             segment->is_init ? record->file : record->name, reason);
  record->state = TYTO_HLS_MISSING;
  g_free (record->reason);
  record->reason = g_strdup (reason);
  self->changed = TRUE;
  if (!segment->is_init)
    tyto_journal_queue_add (self->journal, segment);
}

void
tyto_collection_give_up_all (TytoCollection *self)
{
  g_autofree char *reason
      = g_strdup_printf (AWAY "%s%s", self->fetch_failing != NULL ? ": " : "",
                         self->fetch_failing != NULL ? self->fetch_failing : "");
  GHashTableIter iter;
  gpointer init;

  for (guint r = 0; r < TYTO_COLLECTION_RENDITIONS; r++) {
    GPtrArray *segments = tyto_segment_list_get_segments (self->lists[r]);

    for (guint i = 0; i < segments->len; i++) {
      TytoListedSegment *segment = segments->pdata[i];

      if (segment->record->state == TYTO_HLS_LISTED && !segment->fetching)
        tyto_collection_give_up (self, segment, reason);
    }
  }
  g_hash_table_iter_init (&iter, self->inits);
  while (g_hash_table_iter_next (&iter, NULL, &init))
    if (((TytoListedSegment *) init)->record->state == TYTO_HLS_LISTED
        && !((TytoListedSegment *) init)->fetching)
      tyto_collection_give_up (self, init, reason);
}

gboolean
tyto_collection_is_settled (TytoCollection *self)
{
  GHashTableIter iter;
  gpointer init;

  for (guint r = 0; r < TYTO_COLLECTION_RENDITIONS; r++) {
    GPtrArray *segments = tyto_segment_list_get_segments (self->lists[r]);

    for (guint i = segments->len; i > 0; i--)
      if (((const TytoListedSegment *) segments->pdata[i - 1])->record->state == TYTO_HLS_LISTED)
        return FALSE;
  }
  g_hash_table_iter_init (&iter, self->inits);
  while (g_hash_table_iter_next (&iter, NULL, &init))
    if (((const TytoListedSegment *) init)->record->state == TYTO_HLS_LISTED)
      return FALSE;
  return TRUE;
}

/* --- Initialization sections --- */

/* The same for the same section, whichever process asks. A query may be a token, another each time.
 * (transfer full) */
static char *
name_init (const TytoListedSegment *segment)
{
  const TytoSourceEntry *entry = segment->entry;
  g_autofree char *part = NULL;
  g_autofree char *digest = NULL;
  g_autofree char *plain = g_strndup (entry->map, strcspn (entry->map, "?#"));

  part = tyto_source_part_name (plain, entry->map_offset, entry->map_length);
  digest = tyto_sha256_of (part, strlen (part));
  return g_strdup_printf ("init-%u-%.8s-%u.%s", segment->epoch, digest, segment->record->rendition,
                          tyto_name_extension (plain));
}

void
tyto_collection_need_init (TytoCollection *self, TytoListedSegment *segment)
{
  TytoListedSegment *init;

  if (segment->entry->map == NULL || segment->entry->refusal != NULL)
    return;
  if (*segment->record->init == '\0') {
    g_free (segment->record->init);
    segment->record->init = name_init (segment);
  }
  init = g_hash_table_lookup (self->inits, segment->record->init);
  if (init == NULL) {
    init = tyto_listed_segment_new (tyto_hls_segment_new (0, segment->record->rendition), NULL);
    init->is_init = TRUE;
    g_free (init->record->file);
    init->record->file = g_strdup (segment->record->init);
    g_hash_table_replace (self->inits, g_strdup (init->record->file), init);
  }
  if (init->entry == NULL)
    init->entry = tyto_source_entry_new_map (segment->entry);
}

/* --- A try --- */

static void
hold (TytoCollection *self)
{
  self->hold_us
      = g_get_monotonic_time () + (gint64) tyto_backoff_next (&self->fetch_backoff) * 1000;
}

/* The source has no good answer to @segment: it may be tried so often. */
static void
use_up_try (TytoCollection *self, TytoListedSegment *segment, const char *why)
{
  guint64 tries = self->settings->tries;

  if (++segment->tries >= tries) {
    g_autofree char *reason = g_strdup_printf ("%s, %" G_GUINT64_FORMAT " %s", why, tries,
                                               tries == 1 ? "try" : "tries");

    tyto_collection_give_up (self, segment, reason);
    return;
  }
  segment->not_before_us
      = g_get_monotonic_time () + (gint64) self->settings->retry_s * G_USEC_PER_SEC;
}

/* The source is away, or seems so: it is tried again soon, and later if need be. */
static void
wait_for_source (TytoCollection *self, TytoListedSegment *segment, const char *why)
{
  TytoBackoff backoff
      = { TYTO_COLLECTION_BACKOFF_MS, TYTO_COLLECTION_BACKOFF_MAX_MS, segment->failures };

  segment->not_before_us = g_get_monotonic_time () + (gint64) tyto_backoff_next (&backoff) * 1000;
  segment->failures = backoff.failures;
  if (self->good_us <= segment->begun_us)
    hold (self);
  if (segment->failures < HICCUPS)
    return;
  g_free (self->fetch_failing);
  self->fetch_failing = g_strdup (why);
}

static void
wait_for_disk (TytoCollection *self, const char *why)
{
  if (g_strcmp0 (why, self->write_failing) != 0)
    g_message ("%s: nothing can be kept: %s", self->id, why);
  g_free (self->write_failing);
  self->write_failing = g_strdup (why);
  hold (self);
}

static void
try_failed (TytoCollection *self, TytoListedSegment *segment, const GError *error)
{
  g_autofree char *why = tyto_error_why (error);
  /* The source answers well to others; after the end, to a look since it failed last. */
  gboolean others = self->good_us > segment->begun_us;
  gint64 patience_us = PATIENCE * (gint64) self->settings->timeout_s * G_USEC_PER_SEC;
  gboolean answers = self->end_us > 0 && g_get_monotonic_time () - self->end_us > patience_us
                     && self->look_went && segment->failed_us > 0
                     && self->looked_us > segment->failed_us;

  switch (tyto_fetch_judge (error)) {
  case TYTO_FETCH_NEVER:
    tyto_collection_give_up (self, segment, why);
    break;
  case TYTO_FETCH_LOCAL:
    wait_for_disk (self, why);
    break;
  case TYTO_FETCH_ABSENT:
    if (self->look_went || self->looked_us == 0)
      use_up_try (self, segment, why);
    else
      wait_for_source (self, segment, why);
    break;
  case TYTO_FETCH_LATE:
    if (others)
      use_up_try (self, segment, why);
    else
      wait_for_source (self, segment, why);
    break;
  case TYTO_FETCH_AWAY:
  default:
    if (answers)
      use_up_try (self, segment, why);
    else
      wait_for_source (self, segment, why);
  }
  segment->failed_us = g_get_monotonic_time ();
}

static void
try_succeeded (TytoCollection *self, Try *try, const TytoFetched *fetched)
{
  TytoListedSegment *segment = try->segment;
  TytoHlsSegment *record = segment->record;

  record->state = TYTO_HLS_FETCHED;
  g_free (record->file);
  record->file = g_strdup (try->file);
  record->bytes = (guint64) fetched->bytes;
  g_free (record->etag);
  record->etag = g_strdup (fetched->etag);
  if (record->made_us < 0)
    record->made_us = fetched->made_us;
  g_clear_pointer (&segment->entry, tyto_source_entry_free);
  self->good_us = g_get_monotonic_time ();
  self->hold_us = 0;
  tyto_backoff_reset (&self->fetch_backoff);
  g_clear_pointer (&self->fetch_failing, g_free);
  g_clear_pointer (&self->write_failing, g_free);
  if (!segment->is_init)
    tyto_journal_queue_add (self->journal, segment);
}

static void
on_fetched (GObject *source, GAsyncResult *result, gpointer data)
{
  Try *try = data;
  TytoCollection *self = try->collection;
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoFetched) fetched = tyto_segment_fetch_finish (result, &error);

  self->fetching--;
  try->segment->fetching = FALSE;
  self->changed = TRUE;
  if (self->stopping) {
    tyto_collection_end_work (self);
    try_free (try);
    return;
  }
  if (fetched != NULL)
    try_succeeded (self, try, fetched);
  else
    try_failed (self, try->segment, error);
  tyto_collection_go_on (self);
  tyto_collection_end_work (self);
  try_free (try);
}

static void
begin_try (TytoCollection *self, TytoListedSegment *segment)
{
  const TytoHlsSegment *record = segment->record;
  Try *try = g_new (Try, 1);
  g_autofree char *plain
      = g_strndup (segment->entry->location, strcspn (segment->entry->location, "?#"));

  try->collection = g_object_ref (self);
  try->segment = segment;
  try->file = segment->is_init ? g_strdup (record->file)
                               : g_strdup_printf ("%06" G_GUINT64_FORMAT "-%u.%s", record->position,
                                                  record->rendition, tyto_name_extension (plain));
  segment->fetching = TRUE;
  segment->begun_us = g_get_monotonic_time ();
  self->fetching++;
  tyto_collection_begin_work (self);
  tyto_segment_fetch_async (self->source, segment->entry, self->directory, try->file,
                            self->settings->disk_floor, (guint) self->settings->timeout_s,
                            self->cancellable, on_fetched, try);
}

/* --- What comes next --- */

/* Whether a try may begin; else, where that is known, when: *@next_us. */
static gboolean
is_due (TytoCollection *self, const TytoListedSegment *segment, gint64 now, gint64 *next_us)
{
  gint64 due = MAX (segment->not_before_us, self->hold_us);

  if (segment->record->state != TYTO_HLS_LISTED || segment->fetching || segment->entry == NULL)
    return FALSE;
  if (due <= now)
    return TRUE;
  *next_us = MIN (*next_us, due);
  return FALSE;
}

/* Whether the initialization section that @segment needs, if any, is there. */
static gboolean
has_init (TytoCollection *self, TytoListedSegment *segment)
{
  const char *name = segment->record->init;
  const TytoListedSegment *init = *name != '\0' ? g_hash_table_lookup (self->inits, name) : NULL;

  if (*name == '\0' || (init != NULL && init->record->state == TYTO_HLS_FETCHED))
    return TRUE;
  if (init != NULL && init->record->state == TYTO_HLS_MISSING) {
    g_autofree char *reason
        = g_strconcat ("Its initialization section is missing: ", init->record->reason, NULL);

    tyto_collection_give_up (self, segment, reason);
  } else if (init == NULL && self->listed_all) {
    tyto_collection_give_up (self, segment, "Its initialization section is not listed any more");
  }
  return FALSE;
}

static void
fetch_inits (TytoCollection *self, gint64 now, gint64 *next_us)
{
  GHashTableIter iter;
  gpointer init;

  g_hash_table_iter_init (&iter, self->inits);
  while (g_hash_table_iter_next (&iter, NULL, &init))
    if (is_due (self, init, now, next_us))
      begin_try (self, init);
}

static gboolean
on_due (gpointer user_data)
{
  TytoCollection *self = user_data;

  self->fetch_timer = 0;
  tyto_collection_go_on (self);
  return G_SOURCE_REMOVE;
}

void
tyto_collection_fetch (TytoCollection *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 next_us = G_MAXINT64;

  g_clear_handle_id (&self->fetch_timer, g_source_remove);
  if (self->source == NULL)
    return;
  fetch_inits (self, now, &next_us);
  for (guint r = 0; r < TYTO_COLLECTION_RENDITIONS; r++) {
    GPtrArray *segments = tyto_segment_list_get_segments (self->lists[r]);

    for (guint i = 0; i < segments->len && self->fetching < self->settings->parallel; i++) {
      TytoListedSegment *segment = segments->pdata[i];

      if (segment->record->state == TYTO_HLS_LISTED && has_init (self, segment)
          && is_due (self, segment, now, &next_us))
        begin_try (self, segment);
    }
  }
  if (next_us < G_MAXINT64)
    self->fetch_timer = g_timeout_add ((guint) ((next_us - now) / 1000 + 1), on_due, self);
}
