/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-ledger-items.h: the intervals of a ledger's report and their sums, added in the order of
 * time; used by #TytoLedgerReport alone. Neighbours that say the same become one. */
#pragma once

#include "store/tyto-gap.h"
#include "store/tyto-segment.h"

G_BEGIN_DECLS

typedef struct _TytoLedgerItems TytoLedgerItems;

TytoLedgerItems *tyto_ledger_items_new (void);
void tyto_ledger_items_free (TytoLedgerItems *self);

/* @state: static: "expired", "off" or "unaccounted" */
void tyto_ledger_items_add_plain (TytoLedgerItems *self, const char *state, gint64 start_us,
                                  gint64 end_us);
void tyto_ledger_items_add_starting (TytoLedgerItems *self, gint64 start_us, gint64 end_us);
/* The part of @gap from @start_us to @end_us. */
void tyto_ledger_items_add_gap (TytoLedgerItems *self, const TytoGap *gap, gint64 start_us,
                                gint64 end_us);
/* The part of @segment; @counted: another part of it was added before. */
void
tyto_ledger_items_add_segment (TytoLedgerItems *self, const TytoSegment *segment, gint64 start_us,
                               gint64 end_us, gboolean counted, gboolean is_open);
void tyto_ledger_items_add_loss (TytoLedgerItems *self, const TytoGap *gap, gint64 start_us,
                                 gint64 end_us);

/* Lets the last interval, when there is one that was wanted, last until @end_us. */
gboolean tyto_ledger_items_extend (TytoLedgerItems *self, gint64 end_us);

/* Puts items, losses and summary into @dict, see tyto-ledger-report.h. */
void tyto_ledger_items_insert (TytoLedgerItems *self, GVariantDict *dict);

G_END_DECLS
