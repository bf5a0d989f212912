/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-catalogue-mirror.h: one catalogue told to another: a recorder's own (SQLite) to the one a
 * fleet shares (PostgreSQL).
 *
 * The source notes each row of cameras, runs, segments, gaps, thumbnails, wishes and clips that is
 * entered, changed or deleted, in the same transaction, in a table of changes: what the target has
 * not taken waits there, on disk, in order. Telling the same change twice changes nothing. Rows at
 * the target carry the source's recorder, so that several recorders share one.
 */
#pragma once

#include "store/tyto-catalogue.h"

G_BEGIN_DECLS

#define TYTO_TYPE_CATALOGUE_MIRROR (tyto_catalogue_mirror_get_type ())
G_DECLARE_FINAL_TYPE (TytoCatalogueMirror, tyto_catalogue_mirror, TYTO, CATALOGUE_MIRROR, GObject)

/* Signals: "failing" (const char *why): the target takes nothing, from the first failure on until
 * "recovered". Both are open before, or @target opens later: it is tried again after 1, 2, … 15 s.
 */

/* @recorder: the name of this recorder at the target, e.g. the host's. */
TytoCatalogueMirror *
tyto_catalogue_mirror_new (TytoCatalogue *source, TytoCatalogue *target, const char *recorder);

/* Begins, all rows first when @source was never mirrored. Not blocking. */
void tyto_catalogue_mirror_start (TytoCatalogueMirror *self);

/* Done when what was entered before the call is at the target; TYTO_ERROR_STORAGE as soon as the
 * target refuses. */
void tyto_catalogue_mirror_flush_async (TytoCatalogueMirror *self, GCancellable *cancellable,
                                        GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_catalogue_mirror_flush_finish (TytoCatalogueMirror *self, GAsyncResult *result,
                                             GError **error);
/* Ends, and closes the target, at once: what is under way is given up. What waits goes on after the
 * next start. */
void tyto_catalogue_mirror_stop (TytoCatalogueMirror *self);

/* @catalogue is mirrored no longer: it forgets what was not told, and notes nothing more. The
 * finish function is tyto_catalogue_enter_finish(). */
void tyto_catalogue_forget_mirror_async (TytoCatalogue *catalogue, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);

/* Changes not told yet; at least 1 until all rows of before are told. */
guint64 tyto_catalogue_mirror_get_waiting (TytoCatalogueMirror *self);
gint64 tyto_catalogue_mirror_get_oldest_us (TytoCatalogueMirror *self); /* of them; -1 for none */
const char *tyto_catalogue_mirror_get_failure (TytoCatalogueMirror *self); /* or NULL */

G_END_DECLS
