/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Looks at the source again and again, and lists what is new. */
#include "collector/tyto-collection-private.h"

#include "base/tyto-error.h"
#include "collector/tyto-url-source.h"

/* A look that does not end in so many time-outs is broken off. */
#define PATIENCE 4
/* After the end, nothing new for so long means that nothing more comes: two segments' time. */
#define SETTLE_MIN_US     (2 * G_USEC_PER_SEC)
#define SETTLE_MAX_US     (30 * G_USEC_PER_SEC)
#define SETTLE_UNKNOWN_US (4 * G_USEC_PER_SEC)
/* News after the end put that off, but not for ever: somebody may have ended what goes on. */
#define SETTLE_TIMES 3

static gboolean
on_look_due (gpointer user_data)
{
  TytoCollection *self = user_data;

  self->look_timer = 0;
  tyto_collection_begin_look (self);
  return G_SOURCE_REMOVE;
}

static void
schedule (TytoCollection *self, guint delay_ms)
{
  g_clear_handle_id (&self->look_timer, g_source_remove);
  if (!self->stopping && !self->collected)
    self->look_timer = g_timeout_add (delay_ms, on_look_due, self);
}

/* --- What is new --- */

static void
enter (TytoCollection *self, TytoListedSegment *segment)
{
  if (segment->entry != NULL)
    tyto_collection_need_init (self, segment);
  tyto_journal_queue_add (self->journal, segment);
  if (segment->entry != NULL && segment->entry->refusal != NULL)
    tyto_collection_give_up (self, segment, segment->entry->refusal);
}

/* Those that were listed by an earlier process may have been seen again. */
static void
renew_inits (TytoCollection *self, guint rendition)
{
  GPtrArray *segments = tyto_segment_list_get_segments (self->lists[rendition]);

  for (guint i = 0; i < segments->len; i++) {
    TytoListedSegment *segment = segments->pdata[i];

    if (segment->record->state == TYTO_HLS_LISTED && segment->entry != NULL)
      tyto_collection_need_init (self, segment);
  }
}

static guint
take_view (TytoCollection *self, const TytoSourceView *view)
{
  g_autoptr (GPtrArray) added = g_ptr_array_new ();

  tyto_segment_list_take (self->lists[view->rendition], view, self->depth == TYTO_LOOK_LAST, added);
  for (guint i = 0; i < added->len; i++)
    enter (self, added->pdata[i]);
  if (!self->located)
    renew_inits (self, view->rendition);
  return added->len;
}

/* What an earlier process left, and no look shows any more, is asked for by its name. */
static void
locate (TytoCollection *self)
{
  for (guint r = 0; r < TYTO_COLLECTION_RENDITIONS && !self->located; r++) {
    GPtrArray *segments = tyto_segment_list_get_segments (self->lists[r]);

    for (guint i = 0; i < segments->len; i++) {
      TytoListedSegment *segment = segments->pdata[i];

      if (segment->record->state != TYTO_HLS_LISTED || segment->entry != NULL)
        continue;
      segment->entry = tyto_segment_source_locate (self->source, r, segment->record->name);
      if (segment->entry == NULL)
        tyto_collection_give_up (self, segment, "It is not listed any more");
    }
  }
  self->located = TRUE;
}

static gboolean
has_hole (TytoCollection *self, GPtrArray *views)
{
  for (guint i = 0; i < views->len; i++) {
    const TytoSourceView *view = views->pdata[i];

    if (!view->whole && tyto_segment_list_has_hole (self->lists[view->rendition], view))
      return TRUE;
  }
  return FALSE;
}

static void
take_views (TytoCollection *self, GPtrArray *views)
{
  guint added = 0;

  self->source_ended = views->len > 0;
  for (guint i = 0; i < views->len; i++) {
    const TytoSourceView *view = views->pdata[i];

    if (!self->listed_all)
      added += take_view (self, view);
    self->source_ended = self->source_ended && view->ended;
    self->target_us = MAX (self->target_us, view->target_us);
  }
  if (added > 0) {
    self->idle_us = 0;
    self->news_us = g_get_monotonic_time ();
  }
}

/* --- The end --- */

/* Whether nothing more comes. */
static gboolean
is_quiet (TytoCollection *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 settle = self->target_us > 0 ? CLAMP (2 * self->target_us, SETTLE_MIN_US, SETTLE_MAX_US)
                                      : SETTLE_UNKNOWN_US;

  if (self->end_us == 0 || self->look_begun_us < self->end_us)
    return FALSE;
  return self->source_ended || now - MAX (self->end_us, self->news_us) >= settle
         || now - self->end_us >= SETTLE_TIMES * settle;
}

/* What comes after a look that was answered. @shown: it showed what there is. */
static void
look_went (TytoCollection *self, gboolean shown)
{
  gint64 now = g_get_monotonic_time ();

  if (self->look_went && self->looked_us > 0 && self->news_us < self->look_begun_us)
    self->idle_us += now - self->looked_us;
  self->look_went = TRUE;
  self->looked_us = now;
  self->changed = TRUE;
  tyto_backoff_reset (&self->look_backoff);
  if (shown)
    locate (self);
  if (self->depth == TYTO_LOOK_LAST)
    self->listed_all = TRUE;
  schedule (self, !self->listed_all && is_quiet (self) ? 0 : (guint) self->settings->poll_ms);
}

/* Whether the server answered, though with no playlist: after the end it need not keep one. */
static gboolean
is_answer (TytoCollection *self, const GError *error)
{
  if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND))
    return TRUE;
  return self->end_us > 0 && TYTO_IS_URL_SOURCE (self->source)
         && (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_FORBIDDEN)
             || g_error_matches (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT));
}

/* One failure alone is a hiccup, and is not told. */
static void
look_failed (TytoCollection *self, GError *error)
{
  guint delay_ms = tyto_backoff_next (&self->look_backoff);
  gboolean answered = is_answer (self, error);
  g_autofree char *why = tyto_error_why (error);

  if ((answered || self->look_backoff.failures > 1) && g_strcmp0 (self->look_failing, why) != 0) {
    g_message ("%s: nothing can be listed: %s", self->id, why);
    g_free (self->look_failing);
    self->look_failing = g_steal_pointer (&why);
    self->changed = TRUE;
  }
  if (answered) {
    look_went (self, TRUE);
    return;
  }
  self->look_went = FALSE;
  schedule (self, delay_ms);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  TytoCollection *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) views
      = tyto_segment_source_look_finish (TYTO_SEGMENT_SOURCE (source), result, &error);

  self->looking = FALSE;
  g_clear_handle_id (&self->look_watch, g_source_remove);
  g_clear_object (&self->look_cancellable);
  if (self->stopping) {
    tyto_collection_end_work (self);
    return;
  }
  if (TYTO_SEGMENT_SOURCE (source) != self->source) {
    schedule (self, 0); /* its settings changed meanwhile */
  } else if (views == NULL) {
    if (error->domain != TYTO_ERROR) {
      g_clear_error (&error);
      error = g_error_new_literal (TYTO_ERROR, TYTO_ERROR_TIMED_OUT, "The source is too slow");
    }
    look_failed (self, error);
  } else if (has_hole (self, views)) {
    self->want_whole = TRUE;
    schedule (self, 0);
  } else {
    if (self->look_failing != NULL)
      g_message ("%s: it can be listed again", self->id);
    g_clear_pointer (&self->look_failing, g_free);
    self->good_us = g_get_monotonic_time ();
    self->want_whole = FALSE;
    take_views (self, views);
    look_went (self, views->len > 0);
  }
  tyto_collection_go_on (self);
  tyto_collection_end_work (self);
}

static gboolean
on_too_long (gpointer user_data)
{
  TytoCollection *self = user_data;

  self->look_watch = 0;
  g_cancellable_cancel (self->look_cancellable);
  return G_SOURCE_REMOVE;
}

void
tyto_collection_begin_look (TytoCollection *self)
{
  if (self->looking || self->stopping || self->collected || self->source == NULL)
    return;
  g_clear_handle_id (&self->look_timer, g_source_remove);
  self->looking = TRUE;
  self->depth = self->want_whole ? TYTO_LOOK_WHOLE : TYTO_LOOK_PLAYLIST;
  if (!self->listed_all && is_quiet (self))
    self->depth = TYTO_LOOK_LAST;
  self->look_begun_us = g_get_monotonic_time ();
  self->look_cancellable = g_cancellable_new ();
  self->look_watch
      = g_timeout_add_seconds ((guint) self->settings->timeout_s * PATIENCE, on_too_long, self);
  tyto_collection_begin_work (self);
  tyto_segment_source_look_async (self->source, self->depth, self->look_cancellable, on_looked,
                                  self);
}

void
tyto_collection_stop_looking (TytoCollection *self)
{
  g_clear_handle_id (&self->look_timer, g_source_remove);
  if (self->look_cancellable != NULL)
    g_cancellable_cancel (self->look_cancellable);
}
