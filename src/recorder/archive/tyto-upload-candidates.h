/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-upload-candidates.h: which uploads are next: some of the oldest and some of the newest that
 * are due, read from the catalogue a batch at a time, and given by turns. What was given is not
 * given again before it has ended; what failed not before its time, whether or not the catalogue
 * took note of that.
 */
#pragma once

#include "store/tyto-catalogue-archive.h"

G_BEGIN_DECLS

#define TYTO_TYPE_UPLOAD_CANDIDATES (tyto_upload_candidates_get_type ())
G_DECLARE_FINAL_TYPE (TytoUploadCandidates, tyto_upload_candidates, TYTO, UPLOAD_CANDIDATES,
                      GObject)

/* Signal "changed": a batch has been read; it may be empty. */

TytoUploadCandidates *tyto_upload_candidates_new (TytoCatalogue *catalogue);

/* Learns from the catalogue which uploads of an earlier life are not due yet. */
void tyto_upload_candidates_load (TytoUploadCandidates *self);
/* The catalogue may have others than it had: a batch is read when none is left. */
void tyto_upload_candidates_refresh (TytoUploadCandidates *self);

/* Whether there is one. */
gboolean tyto_upload_candidates_have (TytoUploadCandidates *self);
/* The next one, when there is one. (transfer full) */
TytoUpload *tyto_upload_candidates_take (TytoUploadCandidates *self);
/* One that was taken ended, well or not. */
void tyto_upload_candidates_end (TytoUploadCandidates *self, const char *id);
/* @id is not to be given before @due_us (wall clock). */
void tyto_upload_candidates_hold (TytoUploadCandidates *self, const char *id, gint64 due_us);
/* Nothing is held any more. */
void tyto_upload_candidates_hurry (TytoUploadCandidates *self);

/* µs until the first that is held is due; -1: none is. */
gint64 tyto_upload_candidates_next_due (TytoUploadCandidates *self, gint64 now_us);
/* Whether the catalogue had nothing more when it was last asked. */
gboolean tyto_upload_candidates_are_exhausted (TytoUploadCandidates *self);

G_END_DECLS
