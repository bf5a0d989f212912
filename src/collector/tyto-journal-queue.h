/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-journal-queue.h: writes the journal of a broadcast in threads: many lines, one sync. What
 * cannot be written is tried again, after 0.5 … 10 s.
 *
 * Signal "written": some of it is on the disk.
 */
#pragma once

#include "collector/tyto-segment-list.h"

G_BEGIN_DECLS

#define TYTO_TYPE_JOURNAL_QUEUE (tyto_journal_queue_get_type ())
G_DECLARE_FINAL_TYPE (TytoJournalQueue, tyto_journal_queue, TYTO, JOURNAL_QUEUE, GObject)

/* @journal: taken. */
TytoJournalQueue *tyto_journal_queue_new (TytoHlsJournal *journal);

/* Notes @segment as it is now; it has to live until its unwritten is 0. */
void tyto_journal_queue_add (TytoJournalQueue *self, TytoListedSegment *segment);
/* Notes that all was collected. */
void tyto_journal_queue_add_end (TytoJournalQueue *self);

/* All is on the disk. */
gboolean tyto_journal_queue_is_idle (TytoJournalQueue *self);
/* It is just being written. */
gboolean tyto_journal_queue_is_writing (TytoJournalQueue *self);
/* Why it cannot be written; NULL: it can. (transfer none) */
const char *tyto_journal_queue_get_failure (TytoJournalQueue *self);
/* Writes nothing more; what is under way comes to its end. */
void tyto_journal_queue_stop (TytoJournalQueue *self);

G_END_DECLS
