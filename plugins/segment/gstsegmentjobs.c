/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentjobs.h"

struct _GstSegmentJobs {
  GMutex lock;
  GQueue queue; /* (element-type GstSegmentJob) */
  gsize bytes;
};

void
gst_segment_job_free (GstSegmentJob *job)
{
  g_clear_pointer (&job->output, gst_segment_output_unref);
  g_clear_pointer (&job->fragments, g_ptr_array_unref);
  g_free (job);
}

void
gst_segment_job_count (const GstSegmentJob *job, guint64 *frames, guint64 *bytes)
{
  for (guint i = 0; job->fragments != NULL && i < job->fragments->len; i++) {
    const GstSegmentFragment *fragment = job->fragments->pdata[i];

    *frames += fragment->audio ? 0 : fragment->samples->len;
    *bytes += fragment->bytes;
  }
}

GstSegmentJobs *
gst_segment_jobs_new (void)
{
  GstSegmentJobs *jobs = g_new0 (GstSegmentJobs, 1);

  g_mutex_init (&jobs->lock);
  g_queue_init (&jobs->queue);
  return jobs;
}

void
gst_segment_jobs_free (GstSegmentJobs *jobs)
{
  g_queue_clear_full (&jobs->queue, (GDestroyNotify) gst_segment_job_free);
  g_mutex_clear (&jobs->lock);
  g_free (jobs);
}

void
gst_segment_jobs_push (GstSegmentJobs *jobs, GstSegmentJobKind kind, GstSegmentOutput *output,
                       GPtrArray *fragments, GstClockTime end, const gchar *reason)
{
  GstSegmentJob *job = g_new0 (GstSegmentJob, 1);

  job->kind = kind;
  job->output = output != NULL ? gst_segment_output_ref (output) : NULL;
  job->fragments = fragments;
  job->end = end;
  job->reason = reason;
  for (guint i = 0; fragments != NULL && i < fragments->len; i++)
    job->bytes += ((const GstSegmentFragment *) fragments->pdata[i])->bytes;
  g_mutex_lock (&jobs->lock);
  g_queue_push_tail (&jobs->queue, job);
  jobs->bytes += job->bytes;
  g_mutex_unlock (&jobs->lock);
}

gboolean
gst_segment_jobs_is_empty (GstSegmentJobs *jobs)
{
  gboolean empty;

  g_mutex_lock (&jobs->lock);
  empty = g_queue_is_empty (&jobs->queue);
  g_mutex_unlock (&jobs->lock);
  return empty;
}

GstSegmentJob *
gst_segment_jobs_pop (GstSegmentJobs *jobs, gboolean may_end)
{
  GstSegmentJob *job;

  g_mutex_lock (&jobs->lock);
  job = g_queue_peek_head (&jobs->queue);
  if (job != NULL && (job->kind != GST_SEGMENT_JOB_EOS || may_end))
    g_queue_pop_head (&jobs->queue);
  else
    job = NULL;
  g_mutex_unlock (&jobs->lock);
  return job;
}

void
gst_segment_jobs_written (GstSegmentJobs *jobs, gsize bytes)
{
  g_mutex_lock (&jobs->lock);
  jobs->bytes -= bytes;
  g_mutex_unlock (&jobs->lock);
}

gsize
gst_segment_jobs_get_bytes (GstSegmentJobs *jobs)
{
  gsize bytes;

  g_mutex_lock (&jobs->lock);
  bytes = jobs->bytes;
  g_mutex_unlock (&jobs->lock);
  return bytes;
}

void
gst_segment_jobs_purge (GstSegmentJobs *jobs, GstSegmentOutput *output, guint64 *frames,
                        guint64 *bytes)
{
  GList *next;

  g_mutex_lock (&jobs->lock);
  for (GList *l = jobs->queue.head; l != NULL; l = next) {
    GstSegmentJob *job = l->data;

    next = l->next;
    if (job->output != output)
      continue;
    gst_segment_job_count (job, frames, bytes);
    jobs->bytes -= job->bytes;
    g_queue_delete_link (&jobs->queue, l);
    gst_segment_job_free (job);
  }
  g_mutex_unlock (&jobs->lock);
}
