/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentoutput.h"

G_BEGIN_DECLS

/**
 * GstSegmentSyncer:
 *
 * Has the files of one writer put on the disk while that goes on writing, in threads that all of
 * the process share (#GST_SEGMENT_POOL_SYNCS): for each file one thing at a time.
 *
 * The syncs of all files of the machine that have the same sync-ms are at the same times, and each
 * thing is done for all files that are due before the next is done for any: the disk is asked to
 * begin with all before one is waited for, so that a commit of the journal serves many.
 */
typedef struct _GstSegmentSyncer GstSegmentSyncer;

/* There is something to take, or it is not at work any more though somebody asked. From a thread of
 * the syncers. */
typedef void (*GstSegmentSyncedFunc) (gpointer user_data);

GstSegmentSyncer *gst_segment_syncer_new (const GstSegmentSettings *settings,
                                          GstSegmentSyncedFunc on_synced, gpointer user_data);

/* Waits for what is under way. */
void gst_segment_syncer_free (GstSegmentSyncer *syncer);

/* From now on @output, which was opened, is synced, so that all that came is on the disk after
 * sync-ms. */
void gst_segment_syncer_add (GstSegmentSyncer *syncer, GstSegmentOutput *output);

/* @output was ended: it is to be closed, with the next syncs. */
void gst_segment_syncer_close (GstSegmentSyncer *syncer, GstSegmentOutput *output);

/* What is to be closed by now is closed at once. */
void gst_segment_syncer_hurry (GstSegmentSyncer *syncer);

/* Takes @output out. Returns: %FALSE when it is at work on it: to be called again. */
gboolean gst_segment_syncer_remove (GstSegmentSyncer *syncer, GstSegmentOutput *output);

/* Returns: whether it is at work on a file; it tells when it is not any more. */
gboolean gst_segment_syncer_is_busy (GstSegmentSyncer *syncer);

/* Takes the next file that was closed, or with @error failed, and that it has nothing more to do
 * with. None comes before those that were to be closed before it.
 * Returns: (transfer full) (nullable) */
GstSegmentOutput *gst_segment_syncer_take (GstSegmentSyncer *syncer, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentSyncer, gst_segment_syncer_free)

G_END_DECLS
