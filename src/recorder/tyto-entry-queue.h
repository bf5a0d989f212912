/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-entry-queue.h: rows on their way into the catalogue, in the order in which things happened.
 *
 * What the catalogue does not take (disk full, database away) is kept in memory and tried again
 * after 1 s, 2 s, … 30 s, its order kept; nothing is given up but a row that the catalogue goes on
 * refusing while it takes later ones.
 */
#pragma once

#include "store/tyto-catalogue.h"
#include "store/tyto-wish.h"

G_BEGIN_DECLS

#define TYTO_TYPE_ENTRY_QUEUE (tyto_entry_queue_get_type ())
G_DECLARE_FINAL_TYPE (TytoEntryQueue, tyto_entry_queue, TYTO, ENTRY_QUEUE, GObject)

/* Signals: "segment-entered" (TytoSegment *), "gap-entered" (TytoGap *: its id is set), "gap-ended"
 * (TytoGap *), "thumbnail-entered" (const char *camera, GVariant *thumbnail): each after its row is
 * committed; "failing" (const char *why): from a first refusal until "recovered". */

TytoEntryQueue *tyto_entry_queue_new (TytoCatalogue *catalogue);

void tyto_entry_queue_enter_camera (TytoEntryQueue *self, const char *camera, const char *name);
void tyto_entry_queue_enter_run (TytoEntryQueue *self, TytoRun *run);
void tyto_entry_queue_end_run (TytoEntryQueue *self, TytoRun *run);
/* A segment that is being written; then the finished one. */
void tyto_entry_queue_open_segment (TytoEntryQueue *self, TytoSegment *segment);
void tyto_entry_queue_enter_segment (TytoEntryQueue *self, TytoSegment *segment);
/* @thumbnail: a{sv} with path s, wall x, bytes t. */
void
tyto_entry_queue_enter_thumbnail (TytoEntryQueue *self, const char *camera, GVariant *thumbnail);
void tyto_entry_queue_enter_gap (TytoEntryQueue *self, TytoGap *gap);
/* @gap: entered before through the queue, or with an id; its start_us is later than it was, or its
 * end_us is set. */
void tyto_entry_queue_move_gap (TytoEntryQueue *self, TytoGap *gap);
void tyto_entry_queue_end_gap (TytoEntryQueue *self, TytoGap *gap);

/* A wish begins, or one ends when its end_us is set. */
void tyto_entry_queue_enter_wish (TytoEntryQueue *self, TytoWish *wish);

/* Done when all that was queued before the call is committed. TYTO_ERROR_STORAGE as soon as the
 * catalogue refuses: the rows stay queued. */
void tyto_entry_queue_flush_async (TytoEntryQueue *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_entry_queue_flush_finish (TytoEntryQueue *self, GAsyncResult *result, GError **error);

/* Ends the flushes under way with TYTO_ERROR_STORAGE and @why; the rows stay queued. */
void tyto_entry_queue_give_up_waiting (TytoEntryQueue *self, const char *why);

guint tyto_entry_queue_get_length (TytoEntryQueue *self);        /* rows not committed yet */
const char *tyto_entry_queue_get_failure (TytoEntryQueue *self); /* why it is failing, or NULL */

G_END_DECLS
