/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentwriter.h"
#include "segment/gstsegmentjobs.h"
#include "segment/gstsegmentopenings.h"
#include "segment/gstsegmentpool.h"
#include "segment/gstsegmentspace.h"
#include "segment/gstsegmentsyncer.h"

#define SPACE_INTERVAL (1 * G_TIME_SPAN_SECOND) /* between two looks at a full disk */
#define RESUME_BYTES   (4 * 1024 * 1024)        /* free above the floor to go on with */
#define MAX_FAILURES   3                        /* in a row, after which the disk is given up */

/* Writers write at multiples of this (µs), at least half of it later, so that a thread that wakes
 * up has work for many: cameras are read one after the other. */
#define WRITE_ROUND (50 * G_TIME_SPAN_MILLISECOND)

struct _GstSegmentWriter {
  GstElement *element; /* no ref */
  GstSegmentSettings settings;
  GstSegmentWrittenFunc on_written;
  gpointer user_data;
  GstSegmentJobs *jobs;

  GMutex lock; /* guards what follows; nothing but the pool is called while it is held */
  GstSegmentPoolEntry *entry; /* (nullable): while started; it writes */
  gboolean stopping;
  gboolean stopped; /* all is done */
  GCond stop;       /* it is */
  gboolean full;

  GstSegmentSyncer *syncer; /* (nullable): while started; it syncs and closes */

  GQueue open; /* (element-type GstSegmentOpening): oldest first; of the pool's calls alone, like
                  all below */
  GstSegmentJob *failed; /* (nullable): it did, of an output that is still being synced */
  GError *failure;
  gchar *full_path; /* (nullable): of the disk that is full */
  gint64 look_at;   /* monotonic, µs: when to look at it again */
  gsize last_size;  /* of the last segment */
  guint failures;   /* in a row */
};

static void
post (GstSegmentWriter *self, GstStructure *structure)
{
  gst_element_post_message (self->element,
                            gst_message_new_element (GST_OBJECT (self->element), structure));
}

/* A segment is told of when the one before it has been closed. */
static void
tell_opened (GstSegmentWriter *self)
{
  GstSegmentOpening *first = g_queue_peek_head (&self->open);

  if (first != NULL && first->opened != NULL)
    post (self, g_steal_pointer (&first->opened));
}

static void
forget (GstSegmentWriter *self, GstSegmentOutput *output)
{
  GstSegmentOpening *open = gst_segment_openings_find (&self->open, output);

  if (open == NULL)
    return;
  g_queue_remove (&self->open, open);
  gst_segment_opening_free (open);
  tell_opened (self);
}

static void
set_full (GstSegmentWriter *self, GstSegmentOutput *output)
{
  g_free (self->full_path);
  self->full_path = gst_segment_output_dup_location (output);
  self->look_at = g_get_monotonic_time () + SPACE_INTERVAL;
  g_mutex_lock (&self->lock);
  self->full = TRUE;
  g_mutex_unlock (&self->lock);
}

static void
look_for_space (GstSegmentWriter *self)
{
  if (self->full_path == NULL || g_get_monotonic_time () < self->look_at)
    return;
  self->look_at = g_get_monotonic_time () + SPACE_INTERVAL;
  if (!gst_segment_space_check (self->full_path, self->settings.floor_bytes + RESUME_BYTES,
                                self->settings.floor_percent, NULL))
    return;
  GST_INFO_OBJECT (self->element, "the disk has room again");
  g_clear_pointer (&self->full_path, g_free);
  g_mutex_lock (&self->lock);
  self->full = FALSE;
  g_mutex_unlock (&self->lock);
}

static void
finish (GstSegmentWriter *self, GstSegmentOutput *output, GstClockTime end, const gchar *reason)
{
  post (self, gst_segment_output_describe_closed (output, end, reason));
}

/* Saves what can be saved of the output of @job, and tells the rest. */
static void
fail (GstSegmentWriter *self, const GstSegmentJob *job, const GError *error)
{
  GstSegmentOutput *output = job->output;
  gboolean full = g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
  gboolean opened = gst_segment_output_is_open (output);
  gboolean rescued = opened && full && gst_segment_output_rescue (output, NULL);
  GstSegmentExtent written, kept;
  GstSegmentLoss loss = { full ? "disk-full" : "disk", error, FALSE, NULL, 0, 0, 0 };

  GST_WARNING_OBJECT (self->element, "%s", error->message);
  gst_segment_output_get_extents (output, &written, &kept);
  if (rescued) {
    kept = written;
    finish (self, output, job->end, job->kind == GST_SEGMENT_JOB_CLOSE ? job->reason : "gap");
  } else {
    gst_segment_output_abandon (output);
    loss.part = written.bytes > 0 ? gst_segment_output_get_part (output) : NULL;
  }
  loss.wall = kept.wall;
  loss.frames = written.frames - kept.frames;
  loss.bytes = written.bytes - kept.bytes;
  gst_segment_job_count (job, &loss.frames, &loss.bytes);
  if (full)
    set_full (self, output);
  else
    loss.fatal = !opened || ++self->failures >= MAX_FAILURES;
  /* What was to be closed, and was saved, is whole. */
  self->on_written (self->user_data, output,
                    rescued && job->kind == GST_SEGMENT_JOB_CLOSE ? NULL : &loss);
  forget (self, output);
}

static gboolean
open_output (GstSegmentWriter *self, GstSegmentOutput *output, GError **error)
{
  g_autofree gchar *location = gst_segment_output_dup_location (output);
  GstSegmentOpening *open;

  if (!gst_segment_space_check (location, self->settings.floor_bytes, self->settings.floor_percent,
                                error)
      || !gst_segment_output_open (output, self->last_size, error))
    return FALSE;
  open = g_new0 (GstSegmentOpening, 1);
  open->output = gst_segment_output_ref (output);
  g_queue_push_tail (&self->open, open);
  gst_segment_syncer_add (self->syncer, output);
  return TRUE;
}

/* What failed is told of when it is not synced any more, and when what was before it is closed.
 * Returns: whether that has been. */
static gboolean
settle_failure (GstSegmentWriter *self)
{
  const GstSegmentOpening *first = g_queue_peek_head (&self->open);

  if (self->failed == NULL)
    return TRUE;
  if (!gst_segment_syncer_remove (self->syncer, self->failed->output))
    return FALSE;
  if (first != NULL && first->close != NULL) {
    gst_segment_syncer_hurry (self->syncer);
    return FALSE;
  }
  fail (self, self->failed, self->failure);
  g_clear_pointer (&self->failed, gst_segment_job_free);
  g_clear_error (&self->failure);
  return TRUE;
}

static gboolean
is_stopping (GstSegmentWriter *self)
{
  gboolean stopping;

  g_mutex_lock (&self->lock);
  stopping = self->stopping;
  g_mutex_unlock (&self->lock);
  return stopping;
}

/* Returns: whether @job, which it takes then, failed. */
static gboolean
write_fragments (GstSegmentWriter *self, GstSegmentJob *job)
{
  gboolean first = !gst_segment_output_is_open (job->output);

  if ((first && !open_output (self, job->output, &self->failure))
      || !gst_segment_output_write (job->output, job->fragments, &self->failure)) {
    self->failed = job;
    return TRUE;
  }
  if (first) {
    gst_segment_openings_find (&self->open, job->output)->opened
        = gst_segment_output_describe_opened (job->output);
    tell_opened (self);
  }
  return FALSE;
}

/* Returns: %TRUE, having taken @job. */
static gboolean
end_output (GstSegmentWriter *self, GstSegmentJob *job)
{
  GstSegmentOpening *open = gst_segment_openings_find (&self->open, job->output);

  if (open == NULL) { /* it failed */
    gst_segment_job_free (job);
  } else if (!gst_segment_output_end (job->output, &self->failure)) {
    self->failed = job;
  } else {
    self->last_size = (gsize) gst_segment_output_get_size (job->output);
    open->close = job;
    gst_segment_syncer_close (self->syncer, job->output);
  }
  return TRUE;
}

/* What waits for a disk that does not get done with its syncs is not to fill the memory as dirty
 * pages: beyond as much as may be queued it stays in the queue. */
static gboolean
is_held (GstSegmentWriter *self)
{
  return gst_segment_openings_get_unsynced (&self->open) > self->settings.queue_bytes
         && gst_segment_syncer_is_busy (self->syncer);
}

/* Returns: whether it took @job. */
static gboolean
run (GstSegmentWriter *self, GstSegmentJob *job)
{
  if (job->kind == GST_SEGMENT_JOB_FRAGMENTS)
    return write_fragments (self, job);
  if (job->kind == GST_SEGMENT_JOB_CLOSE)
    return end_output (self, job);
  gst_element_post_message (self->element, gst_message_new_eos (GST_OBJECT (self->element)));
  return FALSE;
}

/* Tells of what was closed, or failed to be synced. */
static void
take_synced (GstSegmentWriter *self)
{
  GstSegmentOutput *synced;
  GError *failure = NULL;

  while ((synced = gst_segment_syncer_take (self->syncer, &failure)) != NULL) {
    g_autoptr (GstSegmentOutput) output = synced;
    g_autoptr (GError) error = g_steal_pointer (&failure);
    GstSegmentJob none = { .output = output, .end = GST_CLOCK_TIME_NONE };
    GstSegmentOpening *open = gst_segment_openings_find (&self->open, output);
    const GstSegmentJob *job = open != NULL && open->close != NULL ? open->close : &none;

    if (error != NULL) {
      fail (self, job, error);
      continue;
    }
    self->failures = 0;
    finish (self, output, job->end, job->reason);
    self->on_written (self->user_data, output, NULL);
    forget (self, output);
  }
}

/* Returns: when there is something to do (monotonic, µs). */
static gint64
find_deadline (GstSegmentWriter *self)
{
  if (!gst_segment_jobs_is_empty (self->jobs) || is_stopping (self))
    return 0;
  return self->full_path != NULL ? self->look_at : GST_SEGMENT_POOL_NEVER;
}

/* What was left open has what came on the disk. Returns: %FALSE when it is to be called again. */
static gboolean
end_run (GstSegmentWriter *self)
{
  for (GList *l = self->open.head; l != NULL; l = l->next)
    if (!gst_segment_syncer_remove (self->syncer, ((GstSegmentOpening *) l->data)->output))
      return FALSE;
  for (GList *l = self->open.head; l != NULL; l = l->next)
    gst_segment_output_sync (((GstSegmentOpening *) l->data)->output, NULL);
  g_queue_clear_full (&self->open, (GDestroyNotify) gst_segment_opening_free);
  g_mutex_lock (&self->lock);
  self->stopped = TRUE;
  g_cond_signal (&self->stop);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* There is no job: all there was is done, or EOS waits for files that are being closed. */
static void
rest (GstSegmentWriter *self, gboolean closing, gboolean stopping)
{
  if (closing && (stopping || !gst_segment_jobs_is_empty (self->jobs)))
    gst_segment_syncer_hurry (self->syncer);
  else if (stopping)
    end_run (self);
}

/* One job at a time, so that other writers have their turn. What waits for the syncer is called for
 * by that. */
static gint64
take_turn (gpointer data)
{
  GstSegmentWriter *self = data;
  gboolean stopping = is_stopping (self); /* nothing is added any more */
  gboolean closing;
  GstSegmentJob *job;
  gsize bytes;

  take_synced (self);
  if (!settle_failure (self) || is_held (self))
    return GST_SEGMENT_POOL_NEVER;
  look_for_space (self);
  closing = gst_segment_openings_is_closing (&self->open);
  job = gst_segment_jobs_pop (self->jobs, !closing);
  if (job == NULL) {
    rest (self, closing, stopping);
    return self->full_path != NULL ? self->look_at : GST_SEGMENT_POOL_NEVER;
  }
  bytes = job->bytes;
  if (!run (self, job))
    gst_segment_job_free (job);
  gst_segment_jobs_written (self->jobs, bytes);
  return settle_failure (self) ? find_deadline (self) : GST_SEGMENT_POOL_NEVER;
}

static void
wake_at (GstSegmentWriter *self, gint64 time)
{
  g_mutex_lock (&self->lock);
  if (self->entry != NULL)
    gst_segment_pool_wake_at (self->entry, time);
  g_mutex_unlock (&self->lock);
}

static void
wake (gpointer data)
{
  wake_at (data, g_get_monotonic_time ());
}

static void
push (GstSegmentWriter *self, GstSegmentJobKind kind, GstSegmentOutput *output,
      GPtrArray *fragments, GstClockTime end, const gchar *reason)
{
  gint64 now = g_get_monotonic_time ();

  gst_segment_jobs_push (self->jobs, kind, output, fragments, end, reason);
  wake_at (self, kind == GST_SEGMENT_JOB_FRAGMENTS
                     ? ((now + WRITE_ROUND / 2) / WRITE_ROUND + 1) * WRITE_ROUND
                     : now);
}

GstSegmentWriter *
gst_segment_writer_new (GstElement *element, const GstSegmentSettings *settings,
                        GstSegmentWrittenFunc on_written, gpointer user_data)
{
  GstSegmentWriter *self = g_new0 (GstSegmentWriter, 1);

  self->element = element;
  gst_segment_settings_copy (&self->settings, settings);
  self->on_written = on_written;
  self->user_data = user_data;
  g_mutex_init (&self->lock);
  g_cond_init (&self->stop);
  self->jobs = gst_segment_jobs_new ();
  g_queue_init (&self->open);
  return self;
}

void
gst_segment_writer_free (GstSegmentWriter *writer)
{
  gst_segment_writer_stop (writer);
  gst_segment_jobs_free (writer->jobs);
  gst_segment_settings_clear (&writer->settings);
  g_mutex_clear (&writer->lock);
  g_cond_clear (&writer->stop);
  g_free (writer);
}

void
gst_segment_writer_start (GstSegmentWriter *writer)
{
  g_autoptr (GstSegmentPool) pool = gst_segment_pool_get_shared (GST_SEGMENT_POOL_WRITES);

  writer->syncer = gst_segment_syncer_new (&writer->settings, wake, writer);
  g_mutex_lock (&writer->lock);
  writer->stopping = writer->stopped = writer->full = FALSE;
  writer->failures = 0;
  writer->entry = gst_segment_pool_add (pool, take_turn, writer);
  gst_segment_pool_wake (writer->entry);
  g_mutex_unlock (&writer->lock);
}

void
gst_segment_writer_stop (GstSegmentWriter *writer)
{
  GstSegmentPoolEntry *entry;

  g_mutex_lock (&writer->lock);
  writer->stopping = TRUE;
  if (writer->entry != NULL)
    gst_segment_pool_wake (writer->entry);
  while (writer->entry != NULL && !writer->stopped)
    g_cond_wait (&writer->stop, &writer->lock);
  entry = g_steal_pointer (&writer->entry);
  g_mutex_unlock (&writer->lock);
  g_clear_pointer (&entry, gst_segment_pool_remove);
  g_clear_pointer (&writer->syncer, gst_segment_syncer_free);
  g_clear_pointer (&writer->full_path, g_free);
}

void
gst_segment_writer_push_fragments (GstSegmentWriter *writer, GstSegmentOutput *output,
                                   GPtrArray *fragments)
{
  push (writer, GST_SEGMENT_JOB_FRAGMENTS, output, fragments, GST_CLOCK_TIME_NONE, NULL);
}

void
gst_segment_writer_push_close (GstSegmentWriter *writer, GstSegmentOutput *output, GstClockTime end,
                               const gchar *reason)
{
  push (writer, GST_SEGMENT_JOB_CLOSE, output, NULL, end, reason);
}

void
gst_segment_writer_push_eos (GstSegmentWriter *writer)
{
  push (writer, GST_SEGMENT_JOB_EOS, NULL, NULL, GST_CLOCK_TIME_NONE, NULL);
}

void
gst_segment_writer_purge (GstSegmentWriter *writer, GstSegmentOutput *output, guint64 *frames,
                          guint64 *bytes)
{
  gst_segment_jobs_purge (writer->jobs, output, frames, bytes);
}

gsize
gst_segment_writer_get_queued (GstSegmentWriter *writer)
{
  return gst_segment_jobs_get_bytes (writer->jobs);
}

gboolean
gst_segment_writer_is_full (GstSegmentWriter *writer)
{
  gboolean full;

  g_mutex_lock (&writer->lock);
  full = writer->full;
  g_mutex_unlock (&writer->lock);
  return full;
}
