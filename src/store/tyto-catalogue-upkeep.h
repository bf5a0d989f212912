/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-catalogue-upkeep.h: what a catalogue needs to be true to the files: segments that are being
 * written, those whose file is gone or copied elsewhere, and gaps that turn out shorter.
 *
 * The rules of tyto-catalogue.h hold. Entering a segment also forgets it as an open one and cuts
 * the gaps that overlap it (but not those within a segment: packet-loss, disk-slow), all in one
 * transaction: a second is never both recorded and a gap.
 */
#pragma once

#include "store/tyto-catalogue.h"

G_BEGIN_DECLS

/* A segment is being written: id, camera, stream, run, sequence, path (its final name), format,
 * codecs, start_us, monotonic_ns and clock_offset_us of @segment. One that is entered as finished
 * already is not opened again. */
void tyto_catalogue_open_segment_async (TytoCatalogue *self, TytoSegment *segment,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
/* It came to nothing: its file holds no frame. An unknown @id is no error. */
void tyto_catalogue_forget_open_segment_async (TytoCatalogue *self, const char *id,
                                               GCancellable *cancellable,
                                               GAsyncReadyCallback callback, gpointer user_data);
/* The row goes, the file is the caller's. An unknown @id is no error. */
void
tyto_catalogue_delete_segment_async (TytoCatalogue *self, const char *id, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
/* Whether a copy of the segment is elsewhere. When not, it has no object (any more) and waits to be
 * uploaded (again). TYTO_ERROR_NOT_FOUND. */
void tyto_catalogue_set_archived_async (TytoCatalogue *self, const char *id, gboolean archived,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
/* A gap began later than was thought, because media of it was recovered; one of which nothing is
 * left is deleted. A start before the present one changes nothing. An unknown @id is no error: its
 * gap may have been cut away. */
void tyto_catalogue_move_gap_start_async (TytoCatalogue *self, gint64 id, gint64 start_us,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data);
/* The finish function of the five above: tyto_catalogue_enter_finish(). */

/* Segments that are being written or were when their worker died (element-type TytoSegment; end_us
 * -1, nothing counted), the oldest first. */
void tyto_catalogue_list_open_segments_async (TytoCatalogue *self, GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);

/* Runs that go on or whose end nobody told (element-type TytoRun), the oldest first, as far as
 * their finished segments reach: end_us, packets_lost, frames_received and frames_recorded are
 * theirs. */
void tyto_catalogue_list_open_runs_async (TytoCatalogue *self, GCancellable *cancellable,
                                          GAsyncReadyCallback callback, gpointer user_data);

/* A segment's row becomes a gap over its span: its file is gone or holds nothing.
 * @reason: of the gap: "file-missing" or "file-damaged"
 * The finish function gives the gap's id, or -1; TYTO_ERROR_NOT_FOUND when there is no segment. */
void tyto_catalogue_replace_segment_by_gap_async (TytoCatalogue *self, const char *id,
                                                  const char *reason, const char *detail,
                                                  GCancellable *cancellable,
                                                  GAsyncReadyCallback callback, gpointer user_data);
gint64 tyto_catalogue_replace_segment_by_gap_finish (TytoCatalogue *self, GAsyncResult *result,
                                                     GError **error);

/* The catalogue's own id, a UUID made with the database. (transfer full) */
void tyto_catalogue_get_id_async (TytoCatalogue *self, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
char *tyto_catalogue_get_id_finish (TytoCatalogue *self, GAsyncResult *result, GError **error);

G_END_DECLS
