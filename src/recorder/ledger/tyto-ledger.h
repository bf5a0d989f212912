/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-ledger.h: accounts for each second of one stream: what should have been recorded and was not
 * becomes a gap with its reason.
 *
 * It is told what happened, with the times, and says which gaps open and close; it reads no clock
 * and writes nowhere. A gap opens where the last recorded frame ends and closes at the first frame
 * of the next segment; it goes on under its first reason, but for "settings" and "recorder-down",
 * which end where a connect fails. A first connect that succeeds makes no gap; one that fails makes
 * a gap from the time the recording was asked for. Gaps "packet-loss" and "disk-slow" lie within a
 * segment and beside the others. All times: wall clock, µs since the Unix epoch.
 */
#pragma once

#include "store/tyto-gap.h"
#include "store/tyto-segment.h"

G_BEGIN_DECLS

#define TYTO_TYPE_LEDGER (tyto_ledger_get_type ())
G_DECLARE_FINAL_TYPE (TytoLedger, tyto_ledger, TYTO, LEDGER, GObject)

/* Signals: "gap-opened" (TytoGap *gap: end_us is -1), "gap-closed" (TytoGap *gap: the same record,
 * its end_us set; a gap that is known only when it is over comes as both, with its end),
 * "gap-moved" (TytoGap *gap: an open one that begins later than was thought). */

TytoLedger *tyto_ledger_new (const char *camera, const char *stream);

/* Recording is wanted from @now_us on. Asking again changes nothing. */
void tyto_ledger_ask (TytoLedger *self, gint64 now_us);

/* Recording is no longer wanted: closes an open gap at @now_us. */
void tyto_ledger_cease (TytoLedger *self, gint64 now_us);

/* Takes an earlier life of the recorder into account, when recording is wanted and was so before:
 * @open, a gap it left open, goes on; else all from @since_us on (where the last segment ends; -1:
 * unknown) up to the next segment is a gap "recorder-down". It is entered once that segment is
 * known: a worker that outlived the recorder may have gone on recording. */
void tyto_ledger_resume (TytoLedger *self, TytoGap *open, gint64 since_us);

/* A run began, or ended at the end of its last recorded frame (@end_us; -1: it recorded nothing).
 * @reason: a gap's reason, or "stopped", which opens none */
void tyto_ledger_start_run (TytoLedger *self);
void tyto_ledger_end_run (TytoLedger *self, const char *reason, const char *detail, gint64 end_us,
                          guint64 frames_lost);

/* A segment began at @start_us, or was finished. Packets lost within it are no gap by themselves:
 * where pictures did not come whole the worker tells, and lost sound leaves the pictures. */
void tyto_ledger_open_segment (TytoLedger *self, gint64 start_us);
void tyto_ledger_close_segment (TytoLedger *self, const TytoSegment *segment);

/* A segment of a dead worker was mended: the gap that began before its end begins there. */
void tyto_ledger_recovered (TytoLedger *self, const TytoSegment *segment);

/* The worker tells a gap (its signal Gap) while a run goes on: @end_us -1 while it lasts, then told
 * again with the same @reason and @start_us. */
void tyto_ledger_note (TytoLedger *self, const char *reason, const char *detail, gint64 start_us,
                       gint64 end_us, guint64 packets_lost, guint64 frames_lost);

/* Recording is not possible at @now_us (a connect failed, the worker died): ends a run that is
 * under way and opens a gap unless one is open. */
void tyto_ledger_fail (TytoLedger *self, const char *reason, const char *detail, gint64 now_us,
                       guint64 frames_lost);

/* The open gap (transfer none), or NULL; those within a segment are left out. */
TytoGap *tyto_ledger_get_open_gap (TytoLedger *self);

/* From when on it is not known yet whether the recorder was down; -1: it is known. */
gint64 tyto_ledger_get_unknown_since (TytoLedger *self);

/* Gaps opened since the ledger was made, a resumed one not counted. */
guint64 tyto_ledger_get_n_gaps (TytoLedger *self);

/* @seconds: how long the gaps of one reason lasted */
typedef void (*TytoLedgerDurationFunc) (const char *reason, double seconds, gpointer user_data);

/* How long the gaps since then lasted, an open one until @now_us: @func is called for each reason.
 */
void tyto_ledger_foreach_duration (TytoLedger *self, gint64 now_us, TytoLedgerDurationFunc func,
                                   gpointer user_data);

G_END_DECLS
