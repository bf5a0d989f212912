/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-gap.h: an interval that should have been recorded and was not, with its reason. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_GAP (tyto_gap_get_type ())

/**
 * TytoGap: a reference-counted record.
 * @id: the catalogue's number, 0 before it is entered
 * @start_us, @end_us: µs since the Unix epoch; @end_us is -1 while the gap is open
 * @reason: "camera-offline", "camera-refused", "camera-silent", "camera-ended", "camera-stalled",
 * "packet-loss", "disk" (an I/O error), "disk-full", "disk-slow", "worker-died", "recorder-down",
 * "parked", "settings" (a change of settings), "clock", "file-missing" (a row whose file is gone),
 * "file-damaged", "deleted" (by hand, out of turn) or "internal"
 * @detail: the error's own words; "" for none
 * @packets_lost, @frames_lost: where they are known, else 0
 */
typedef struct {
  gint64 id;
  char *camera;
  char *stream;
  gint64 start_us;
  gint64 end_us;
  char *reason;
  char *detail;
  guint64 packets_lost;
  guint64 frames_lost;
} TytoGap;

GType tyto_gap_get_type (void);
TytoGap *tyto_gap_new (const char *camera, const char *stream, gint64 start_us, const char *reason,
                       const char *detail);
TytoGap *tyto_gap_ref (TytoGap *self);
void tyto_gap_unref (TytoGap *self);

/* As the API shows it (a{sv}, floating): id, camera, stream, start, end (absent while open),
 * duration (s), open (b), reason, detail, packets_lost, frames_lost. */
GVariant *tyto_gap_to_variant (const TytoGap *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoGap, tyto_gap_unref)

G_END_DECLS
