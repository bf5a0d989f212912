/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentsettings.h"
#include "segment/gstsegmenttrack.h"

G_BEGIN_DECLS

/**
 * GstSegmentAssembler:
 *
 * Puts the frames of the tracks together into fragments and segments, and gives them to a
 * GstSegmentWriter. No track ever waits for another: a segment ends with its pictures, and stays
 * open for the sound that belongs to it a little longer. What the disk cannot take is left out, in
 * whole groups of pictures, and told as a gap. Safe to use from several threads.
 */
typedef struct _GstSegmentAssembler GstSegmentAssembler;

/* @element: no ref: messages are posted in its name, and its clock is asked. */
GstSegmentAssembler *
gst_segment_assembler_new (GstElement *element, const GstSegmentSettings *settings);
void gst_segment_assembler_free (GstSegmentAssembler *assembler);

/* @track: no ref. @reference: (nullable): the track that says where segments end. */
void gst_segment_assembler_add_track (GstSegmentAssembler *assembler, GstSegmentTrack *track);
void gst_segment_assembler_remove_track (GstSegmentAssembler *assembler, GstSegmentTrack *track);
void
gst_segment_assembler_set_reference (GstSegmentAssembler *assembler, GstSegmentTrack *reference);

/* Starts a run. */
void gst_segment_assembler_start (GstSegmentAssembler *assembler);

/* Ends it where it is: a file that is open stays unfinished, with all that was received. */
void gst_segment_assembler_stop (GstSegmentAssembler *assembler);

/* Takes what @track is from now on. Returns: %FALSE when MP4 cannot hold it. */
gboolean gst_segment_assembler_set_caps (GstSegmentAssembler *assembler, GstSegmentTrack *track,
                                         GstCaps *caps);
void gst_segment_assembler_set_segment (GstSegmentAssembler *assembler, GstSegmentTrack *track,
                                        const GstSegment *segment);

/* Takes a frame (transfer full). */
GstFlowReturn gst_segment_assembler_take (GstSegmentAssembler *assembler, GstSegmentTrack *track,
                                          GstBuffer *buffer);

/* Takes the frames of @list (transfer full), which came at once. */
GstFlowReturn gst_segment_assembler_take_list (GstSegmentAssembler *assembler,
                                               GstSegmentTrack *track, GstBufferList *list);

/* Finishes everything, and has EOS posted after the last message. */
void gst_segment_assembler_finish (GstSegmentAssembler *assembler);

/* Returns: (transfer full): see "stats" of segmentsink. */
GstStructure *gst_segment_assembler_get_stats (GstSegmentAssembler *assembler);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentAssembler, gst_segment_assembler_free)

G_END_DECLS
