/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentoutput.h"

G_BEGIN_DECLS

typedef enum {
  GST_SEGMENT_JOB_FRAGMENTS,
  GST_SEGMENT_JOB_CLOSE,
  GST_SEGMENT_JOB_EOS,
} GstSegmentJobKind;

/**
 * GstSegmentJob:
 * @output: (nullable): a ref; none of EOS
 * @fragments: (nullable) (element-type GstSegmentFragment): what is to be written
 * @bytes: of them
 * @end, @reason: of what is to be closed: see gst_segment_output_describe_closed()
 */
typedef struct {
  GstSegmentJobKind kind;
  GstSegmentOutput *output;
  GPtrArray *fragments;
  gsize bytes;
  GstClockTime end;
  const gchar *reason;
} GstSegmentJob;

void gst_segment_job_free (GstSegmentJob *job);

/* Adds the pictures and bytes that @job was to write. */
void gst_segment_job_count (const GstSegmentJob *job, guint64 *frames, guint64 *bytes);

/**
 * GstSegmentJobs:
 *
 * What a writer still has to do, in order. Safe to use from any thread.
 */
typedef struct _GstSegmentJobs GstSegmentJobs;

GstSegmentJobs *gst_segment_jobs_new (void);
void gst_segment_jobs_free (GstSegmentJobs *jobs);

/* Appends a job; @fragments (nullable): transfer full. */
void gst_segment_jobs_push (GstSegmentJobs *jobs, GstSegmentJobKind kind, GstSegmentOutput *output,
                            GPtrArray *fragments, GstClockTime end, const gchar *reason);

gboolean gst_segment_jobs_is_empty (GstSegmentJobs *jobs);

/* Takes the next one, but EOS only when it @may_end. Its bytes count until they are written.
 * Returns: (transfer full) (nullable) */
GstSegmentJob *gst_segment_jobs_pop (GstSegmentJobs *jobs, gboolean may_end);
void gst_segment_jobs_written (GstSegmentJobs *jobs, gsize bytes);

/* Bytes that are not written. */
gsize gst_segment_jobs_get_bytes (GstSegmentJobs *jobs);

/* Takes out all of @output. @frames, @bytes: added to: what it was. */
void gst_segment_jobs_purge (GstSegmentJobs *jobs, GstSegmentOutput *output, guint64 *frames,
                             guint64 *bytes);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentJob, gst_segment_job_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentJobs, gst_segment_jobs_free)

G_END_DECLS
