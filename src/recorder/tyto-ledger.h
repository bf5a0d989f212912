/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-ledger.h: accounts for each second of one stream: what should have been recorded and was not
 * becomes a gap with its reason.
 *
 * It is told what happened, with the times, and says which gaps open and close; it reads no clock
 * and writes nowhere. A gap opens where the last recorded frame ends and closes at the first frame
 * of the next run's first segment. A first connect that succeeds makes no gap; one that fails makes
 * a gap from the time the recording was asked for. All times: wall clock, µs since the Unix epoch.
 */
#pragma once

#include "store/tyto-gap.h"
#include "store/tyto-segment.h"

G_BEGIN_DECLS

#define TYTO_TYPE_LEDGER (tyto_ledger_get_type ())
G_DECLARE_FINAL_TYPE (TytoLedger, tyto_ledger, TYTO, LEDGER, GObject)

/* Signals: "gap-opened" (TytoGap *gap: end_us is -1), "gap-closed" (TytoGap *gap: the same record,
 * its end_us set; a gap that is known only when it is over comes as both, with its end). */

TytoLedger *tyto_ledger_new (const char *camera, const char *stream);

/* Recording is wanted from @now_us on. Asking again changes nothing. */
void tyto_ledger_ask (TytoLedger *self, gint64 now_us);

/* Recording is no longer wanted: closes an open gap at @now_us. */
void tyto_ledger_cease (TytoLedger *self, gint64 now_us);

/* Takes an earlier life of the recorder into account, when recording is wanted: @open, a gap it
 * left open, goes on; else, when segments end at @last_end_us (-1: there are none), a gap
 * "recorder-down" opens there. */
void tyto_ledger_resume (TytoLedger *self, TytoGap *open, gint64 last_end_us);

/* A run began, or ended at the end of its last recorded frame (@end_us; -1: it recorded nothing).
 * @reason: a gap's reason, or "stopped", which opens none */
void tyto_ledger_start_run (TytoLedger *self);
void tyto_ledger_end_run (TytoLedger *self, const char *reason, const char *detail, gint64 end_us,
                          guint64 frames_lost);

/* A segment began at @start_us, or was finished; packets lost within it make a gap "packet-loss".
 */
void tyto_ledger_open_segment (TytoLedger *self, gint64 start_us);
void tyto_ledger_close_segment (TytoLedger *self, const TytoSegment *segment);

/* Recording is not possible now (a connect failed, the worker died): ends a run that is under way
 * and opens a gap unless one is open. */
void
tyto_ledger_fail (TytoLedger *self, const char *reason, const char *detail, guint64 frames_lost);

/* The open gap (transfer none), or NULL. */
TytoGap *tyto_ledger_get_open_gap (TytoLedger *self);

/* Gaps opened since the ledger was made, a resumed one not counted. */
guint64 tyto_ledger_get_n_gaps (TytoLedger *self);

G_END_DECLS
