/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-local-copies.h: deletes the local files of recordings that have been in the archive for long
 * enough. A file goes only when its row, its mark (tyto-spool-mark.h) and the object, which is
 * looked at once more, have the same size and SHA-256. What the archive has lost is uploaded again.
 */
#pragma once

#include "recorder/archive/tyto-archive-target.h"
#include "store/tyto-catalogue-archive.h"

G_BEGIN_DECLS

#define TYTO_TYPE_LOCAL_COPIES (tyto_local_copies_get_type ())
G_DECLARE_FINAL_TYPE (TytoLocalCopies, tyto_local_copies, TYTO, LOCAL_COPIES, GObject)

/* Signals: "evicted" (TytoSegment *segment: as it was); "lost" (TytoSegment *segment): the archive
 * has it no more, or changed; it waits to be uploaded again. */

TytoLocalCopies *tyto_local_copies_new (TytoCatalogue *catalogue);

/* Deletes those archived before @before_us (wall clock), one after the other, unless a run is under
 * way; ends when @target does not answer. */
void tyto_local_copies_run (TytoLocalCopies *self, TytoArchiveTarget *target, gint64 before_us);
void tyto_local_copies_stop (TytoLocalCopies *self);

G_END_DECLS
