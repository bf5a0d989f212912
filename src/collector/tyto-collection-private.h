/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-collection-private.h: what the files of #TytoCollection share. Times are those of
 * g_get_monotonic_time (). */
#pragma once

#include "base/tyto-backoff.h"
#include "collector/tyto-collection.h"
#include "collector/tyto-journal-queue.h"
#include "collector/tyto-segment-fetch.h"
#include "collector/tyto-segment-list.h"

G_BEGIN_DECLS

#define TYTO_COLLECTION_RENDITIONS 2
/* Of a source that is away. */
#define TYTO_COLLECTION_BACKOFF_MS     500
#define TYTO_COLLECTION_BACKOFF_MAX_MS 10000

/**
 * _TytoCollection:
 * @source: NULL when there is none; @why_none: then why
 * @inits: file name → TytoListedSegment, the Media Initialization Sections
 * @busy: asynchronous work under way
 * @look_failing, @fetch_failing, @write_failing: why not; NULL: it goes
 * @looked_us: when a look was answered last; @look_went: the last one was
 * @idle_us: since something new was listed, while it could be
 * @want_whole: the next look has to be at all there is
 * @located: those from an earlier process that are not seen any more are fetched by their names
 * @good_us: when anything came last; @hold_us: until then nothing is fetched
 * @end_us: when it was told, 0: not yet; @news_us: when something new was listed last
 * @listed_all: nothing more is to be listed; @end_noted: nor to be fetched
 */
struct _TytoCollection {
  GObject parent_instance;

  char *id;
  char *stream_key;
  char *origin;
  char *directory;
  gint64 after_us;
  TytoCollectorSettings *settings;
  TytoSegmentSource *source;
  char *why_none;
  TytoSegmentList *lists[TYTO_COLLECTION_RENDITIONS];
  GHashTable *inits;
  TytoJournalQueue *journal;
  GCancellable *cancellable;
  guint busy;
  gboolean stopping;

  gboolean looking;
  TytoLook depth;
  GCancellable *look_cancellable;
  guint look_timer;
  guint look_watch;
  TytoBackoff look_backoff;
  char *look_failing;
  gboolean look_went;
  gboolean want_whole;
  gint64 look_begun_us;
  gint64 looked_us;
  gint64 idle_us;
  gint64 target_us;
  gboolean source_ended;
  gboolean located;

  guint fetching;
  guint fetch_timer;
  TytoBackoff fetch_backoff;
  char *fetch_failing;
  char *write_failing;
  gint64 good_us;
  gint64 hold_us;

  gint64 end_us;
  gint64 news_us;
  gboolean listed_all;
  gboolean end_noted;
  gboolean collected;

  guint tick;
  gboolean changed;
};

/* Asynchronous work begins and ends; the collection lives meanwhile. */
void tyto_collection_begin_work (TytoCollection *self);
void tyto_collection_end_work (TytoCollection *self);
/* Something changed: fetches what can be fetched, and ends when nothing is left. */
void tyto_collection_go_on (TytoCollection *self);

/* tyto-collection-look.c */
void tyto_collection_begin_look (TytoCollection *self);
void tyto_collection_stop_looking (TytoCollection *self);

/* tyto-collection-fetch.c */
void tyto_collection_fetch (TytoCollection *self);
/* Sets the initialization section that @segment, just listed, needs. */
void tyto_collection_need_init (TytoCollection *self, TytoListedSegment *segment);
/* Gives @segment up. */
void tyto_collection_give_up (TytoCollection *self, TytoListedSegment *segment, const char *reason);
/* Gives up all that is still waited for. */
void tyto_collection_give_up_all (TytoCollection *self);
/* Whether nothing is waited for. */
gboolean tyto_collection_is_settled (TytoCollection *self);
/* Whether a segment given up for @reason may be there by now. */
gboolean tyto_collection_reason_passes (const char *reason);

/* tyto-collection-state.c: the state that org.tyto.Collector1 tells. Floating. */
GVariant *tyto_collection_describe (TytoCollection *self);

G_END_DECLS
