/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-ledger-report.h: what became of each second of one stream between two times, from the rows
 * of the catalogue: recorded, a gap with its reason, expired (deleted as was agreed), or off (not
 * wanted).
 *
 * Intervals follow one another without a hole and do not overlap. A segment is proof: where one is,
 * it is recorded, whatever else is said; but "disk-slow" within one was left out of it.
 * "packet-loss" lies within what is recorded and is listed apart. The time from a wish to its first
 * frame is a gap "starting". A hole shorter than 1 s belongs to what is before it. What is left,
 * "unaccounted", is a fault of the recorder. Times: wall clock, µs since the Unix epoch.
 */
#pragma once

#include "store/tyto-gap.h"
#include "store/tyto-segment.h"
#include "store/tyto-wish.h"

G_BEGIN_DECLS

typedef struct _TytoLedgerReport TytoLedgerReport;

/* Of [@from_us, @to_us). */
TytoLedgerReport *tyto_ledger_report_new (const char *camera, gint64 from_us, gint64 to_us);
void tyto_ledger_report_free (TytoLedgerReport *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoLedgerReport, tyto_ledger_report_free)

/* What overlaps the time, in any order; referenced. An open gap or wish lasts to the report's
 * end; of the segment that is being written, the end is as far as frames are known to have come. */
void tyto_ledger_report_add_wish (TytoLedgerReport *self, TytoWish *wish);
/* A gap "deleted" is what was deleted by hand. */
void tyto_ledger_report_add_gap (TytoLedgerReport *self, TytoGap *gap);
void
tyto_ledger_report_add_segment (TytoLedgerReport *self, TytoSegment *segment, gboolean is_open);

/* Up to here retention has deleted: where nothing is known before, it has expired. -1: nothing. */
void tyto_ledger_report_set_expired (TytoLedgerReport *self, gint64 expired_us);

/**
 * The report (a{sv}, floating): camera s, from s, to s, items (aa{sv}), losses (aa{sv}), summary
 * (a{sv}).
 * An item: state s ("recorded", "gap", "expired", "off", "unaccounted"), start s, end s, duration d
 * (s); recorded: run s, first_segment s, segments t, frames t (of the segments that begin in it),
 * frames_missing t, packets_lost t, open b (it is being written); gap: reason s, detail s, open b,
 * gap x (the row's id; absent for "starting"), frames_lost t.
 * A loss: reason s, start s, end s, duration d, packets_lost t, frames_lost t, gap x.
 * The summary: wanted d, recorded d, off d, expired d, unaccounted d, gap d (s), gaps (a{sv}:
 * reason → d), coverage d (recorded of wanted, 0–1; absent when nothing was wanted),
 * frames_recorded t, frames_missing t (numbered by the camera, never received whole), frames_lost t
 * (received and not recorded), frame_loss_percent d.
 */
GVariant *tyto_ledger_report_make (TytoLedgerReport *self);

G_END_DECLS
