/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-entry.h: one row on its way into the catalogue; used by #TytoEntryQueue alone. */
#pragma once

#include "store/tyto-catalogue-wishes.h"

G_BEGIN_DECLS

typedef enum {
  TYTO_ENTRY_CAMERA,
  TYTO_ENTRY_RUN,
  TYTO_ENTRY_RUN_END,
  TYTO_ENTRY_OPEN_SEGMENT,
  TYTO_ENTRY_SEGMENT,
  TYTO_ENTRY_THUMBNAIL,
  TYTO_ENTRY_GAP,
  TYTO_ENTRY_GAP_MOVE,
  TYTO_ENTRY_GAP_END,
  TYTO_ENTRY_WISH,
} TytoEntryKind;

/**
 * TytoEntry: reference-counted; of the members run … name those of its kind are set.
 * @serial: its place in the queue
 * @whole: a gap that was over before it was entered
 * @n_tries: times the catalogue refused it; @n_refusals: those while it took others
 * @successes_before: rows the queue had entered when it was last refused
 */
typedef struct {
  TytoEntryKind kind;
  char *camera;
  char *name;
  TytoRun *run;
  TytoSegment *segment;
  TytoGap *gap;
  TytoWish *wish;
  GVariant *thumbnail;
  guint64 serial;
  gboolean whole;
  gboolean in_flight;
  guint n_tries;
  guint n_refusals;
  guint64 successes_before;
} TytoEntry;

TytoEntry *tyto_entry_new (TytoEntryKind kind, const char *camera);
TytoEntry *tyto_entry_ref (TytoEntry *self);
void tyto_entry_unref (TytoEntry *self);

/* The row in a word for the log, e.g. the segment's path. (transfer none) */
const char *tyto_entry_describe (const TytoEntry *self);

void tyto_entry_submit_async (TytoEntry *self, TytoCatalogue *catalogue,
                              GAsyncReadyCallback callback, gpointer user_data);
/* A gap's id is set in its record. */
gboolean tyto_entry_submit_finish (TytoEntry *self, TytoCatalogue *catalogue, GAsyncResult *result,
                                   GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoEntry, tyto_entry_unref)

G_END_DECLS
