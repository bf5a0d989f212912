/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-recovery-file.h: one recorded file on its way back into the catalogue. Blocking: from a
 * thread. */
#pragma once

#include "media/tyto-media-file.h"
#include "store/tyto-segment.h"

G_BEGIN_DECLS

/**
 * TytoPartState: what became of an unfinished file.
 * TYTO_PART_BUSY: somebody writes it
 * TYTO_PART_YOUNG: it was touched within the last seconds: somebody may just be about to lock it
 * TYTO_PART_GONE: it is not there
 * TYTO_PART_MENDED: it was finished and has its name now
 * TYTO_PART_EMPTY: nothing was in it: deleted when it had not one byte, else renamed
 * TYTO_PART_FAILED: see the error
 */
typedef enum {
  TYTO_PART_BUSY,
  TYTO_PART_YOUNG,
  TYTO_PART_GONE,
  TYTO_PART_MENDED,
  TYTO_PART_EMPTY,
  TYTO_PART_FAILED,
} TytoPartState;

/* Whether nobody writes the ".part" at @part (flock(2), see plugins/segment) and it was not touched
 * for some seconds. */
gboolean tyto_recovery_part_is_left (const char *part);

/* Mends @part ("….mp4.part"), which @certain says is nobody's however young, and gives it its name,
 * without ever replacing a file: a name that is taken is passed over for NAME-1, …; @path: (out)
 * (transfer full): that name, or (EMPTY) what it is called now, NULL when it was deleted. @file:
 * (out) (transfer full): what it holds. Errors are those of tyto_media_file_mend(). */
TytoPartState tyto_recovery_mend_part (const char *part, gboolean certain, char **path,
                                       TytoMediaFile **file, GError **error);

/* The row of the file at @path. @open: (nullable): what the catalogue knew of it while it was being
 * written: fills in what the file does not say. TYTO_ERROR_INVALID_ARGUMENT when neither says which
 * segment it is. (transfer full) */
TytoSegment *
tyto_recovery_make_segment (const TytoMediaFile *file, const char *path, const TytoSegment *open,
                            gboolean recovered, GError **error);

G_END_DECLS
