/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentwriter.h"
#include "segment/gstsegmentpool.h"
#include "segment/gstsegmentspace.h"

#define SPACE_INTERVAL (1 * G_TIME_SPAN_SECOND) /* between two looks at a full disk */
#define RESUME_BYTES   (4 * 1024 * 1024)        /* free above the floor to go on with */
#define MAX_FAILURES   3                        /* in a row, after which the disk is given up */

typedef enum {
  JOB_FRAGMENTS,
  JOB_CLOSE,
  JOB_EOS,
} JobKind;

typedef struct {
  JobKind kind;
  GstSegmentOutput *output; /* (nullable): none of EOS */
  GPtrArray *fragments;     /* (nullable) (element-type GstSegmentFragment) */
  gsize bytes;
  GstClockTime end;
  const gchar *reason;
} Job;

/* An output that is open, for the calls of the pool alone. */
typedef struct {
  GstSegmentOutput *output;
  GstStructure *opened; /* (nullable): the message, not yet posted */
  gint64 sync_at;       /* monotonic, µs */
} Open;

struct _GstSegmentWriter {
  GstElement *element; /* no ref */
  GstSegmentSettings settings;
  GstSegmentWrittenFunc on_written;
  gpointer user_data;

  GMutex
      lock; /* guards what follows; nothing but the pool is locked, or called, while it is held */
  GstSegmentPoolEntry *entry; /* (nullable): while started */
  GQueue jobs;                /* (element-type Job) */
  gsize queued;
  gboolean stopping;
  gboolean stopped; /* all is done */
  GCond stop;       /* it is */
  gboolean full;

  GQueue open; /* (element-type Open): oldest first; of the pool's calls alone, like all below */
  gchar *full_path; /* (nullable): of the disk that is full */
  gint64 look_at;   /* monotonic, µs: when to look at it again */
  gsize last_size;  /* of the last segment */
  guint failures;   /* in a row */
};

static void
job_free (Job *job)
{
  g_clear_pointer (&job->output, gst_segment_output_unref);
  g_clear_pointer (&job->fragments, g_ptr_array_unref);
  g_free (job);
}

static void
open_free (Open *open)
{
  gst_segment_output_unref (open->output);
  g_clear_pointer (&open->opened, gst_structure_free);
  g_free (open);
}

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
  Open *first = g_queue_peek_head (&self->open);

  if (first != NULL && first->opened != NULL)
    post (self, g_steal_pointer (&first->opened));
}

static Open *
find_open (GstSegmentWriter *self, GstSegmentOutput *output)
{
  for (GList *l = self->open.head; l != NULL; l = l->next)
    if (((Open *) l->data)->output == output)
      return l->data;
  return NULL;
}

static void
forget (GstSegmentWriter *self, GstSegmentOutput *output)
{
  Open *open = find_open (self, output);

  if (open == NULL)
    return;
  g_queue_remove (&self->open, open);
  open_free (open);
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
  self->last_size = (gsize) gst_segment_output_get_size (output);
  post (self, gst_segment_output_describe_closed (output, end, reason));
}

/* Saves what can be saved of the output of @job, and tells the rest. */
static void
fail (GstSegmentWriter *self, const Job *job, const GError *error)
{
  GstSegmentOutput *output = job->output;
  gboolean full = g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
  gboolean opened = gst_segment_output_is_open (output);
  gboolean rescued = opened && full && gst_segment_output_rescue (output, NULL);
  GstSegmentExtent written, kept;
  GstSegmentLoss loss = { full ? "disk-full" : "disk", error, FALSE, NULL, 0, 0, 0 };

  GST_WARNING_OBJECT (self->element, "%s", error->message);
  gst_segment_output_get_written (output, &written);
  gst_segment_output_get_synced (output, &kept);
  if (rescued) {
    kept = written;
    finish (self, output, job->end, job->kind == JOB_CLOSE ? job->reason : "gap");
  } else {
    gst_segment_output_abandon (output);
    loss.part = written.bytes > 0 ? gst_segment_output_get_part (output) : NULL;
  }
  loss.wall = kept.wall;
  loss.frames = written.frames - kept.frames;
  loss.bytes = written.bytes - kept.bytes;
  for (guint i = 0; job->fragments != NULL && i < job->fragments->len; i++) {
    const GstSegmentFragment *fragment = job->fragments->pdata[i];

    loss.frames += fragment->audio ? 0 : fragment->samples->len;
    loss.bytes += fragment->bytes;
  }
  if (full)
    set_full (self, output);
  else
    loss.fatal = !opened || ++self->failures >= MAX_FAILURES;
  /* What was to be closed, and was saved, is whole. */
  self->on_written (self->user_data, output, rescued && job->kind == JOB_CLOSE ? NULL : &loss);
  forget (self, output);
}

/* The first sync of a file comes at random, so that those of many cameras are spread. */
static gboolean
open_output (GstSegmentWriter *self, GstSegmentOutput *output, GError **error)
{
  g_autofree gchar *location = gst_segment_output_dup_location (output);
  gint64 first = g_random_int_range (0, (gint32) self->settings.sync_ms) * G_TIME_SPAN_MILLISECOND;
  Open *open;

  if (!gst_segment_space_check (location, self->settings.floor_bytes, self->settings.floor_percent,
                                error)
      || !gst_segment_output_open (output, self->last_size, error))
    return FALSE;
  open = g_new0 (Open, 1);
  open->output = gst_segment_output_ref (output);
  open->sync_at = g_get_monotonic_time () + first;
  g_queue_push_tail (&self->open, open);
  return TRUE;
}

static void
write_fragments (GstSegmentWriter *self, Job *job)
{
  g_autoptr (GError) error = NULL;
  gboolean first = !gst_segment_output_is_open (job->output);

  if ((first && !open_output (self, job->output, &error))
      || !gst_segment_output_write (job->output, job->fragments, &error)) {
    fail (self, job, error);
    return;
  }
  if (first) {
    find_open (self, job->output)->opened = gst_segment_output_describe_opened (job->output);
    tell_opened (self);
  }
}

static void
close_output (GstSegmentWriter *self, Job *job)
{
  g_autoptr (GError) error = NULL;

  if (!gst_segment_output_is_open (job->output))
    return; /* it failed */
  if (!gst_segment_output_finish (job->output, &error)) {
    fail (self, job, error);
    return;
  }
  self->failures = 0;
  finish (self, job->output, job->end, job->reason);
  self->on_written (self->user_data, job->output, NULL);
  forget (self, job->output);
}

static void
run (GstSegmentWriter *self, Job *job)
{
  switch (job->kind) {
  case JOB_FRAGMENTS:
    write_fragments (self, job);
    break;
  case JOB_CLOSE:
    close_output (self, job);
    break;
  case JOB_EOS:
    gst_element_post_message (self->element, gst_message_new_eos (GST_OBJECT (self->element)));
    break;
  }
}

/* A sync is best just after a fragment, when least is left unwritten: one that is nearly due is
 * done then. */
static void
sync_outputs (GstSegmentWriter *self)
{
  gint64 slack
      = MIN (self->settings.fragment_ms, self->settings.sync_ms) * G_TIME_SPAN_MILLISECOND / 2;
  GList *next;

  for (GList *l = self->open.head; l != NULL; l = next) {
    g_autoptr (GError) error = NULL;
    Open *open = l->data;
    gint64 now = g_get_monotonic_time ();

    next = l->next;
    if (!gst_segment_output_is_dirty (open->output) || now < open->sync_at - slack)
      continue;
    open->sync_at = now + self->settings.sync_ms * G_TIME_SPAN_MILLISECOND;
    if (gst_segment_output_sync (open->output, &error)) {
      self->failures = 0;
    } else {
      Job none = { .output = open->output, .end = GST_CLOCK_TIME_NONE };

      fail (self, &none, error);
    }
  }
}

/* Returns: when there is something to do (monotonic, µs). */
static gint64
find_deadline (GstSegmentWriter *self)
{
  gint64 deadline = self->full_path != NULL ? self->look_at : GST_SEGMENT_POOL_NEVER;
  gboolean at_once;

  g_mutex_lock (&self->lock);
  at_once = !g_queue_is_empty (&self->jobs) || self->stopping;
  g_mutex_unlock (&self->lock);
  if (at_once)
    return 0;
  for (GList *l = self->open.head; l != NULL; l = l->next) {
    const Open *open = l->data;

    if (gst_segment_output_is_dirty (open->output))
      deadline = MIN (deadline, open->sync_at);
  }
  return deadline;
}

/* Returns: (nullable): the next job; %NULL with @end when there is to be none any more. */
static Job *
take_job (GstSegmentWriter *self, gboolean *end)
{
  Job *job;

  g_mutex_lock (&self->lock);
  job = g_queue_pop_head (&self->jobs);
  *end = job == NULL && self->stopping;
  g_mutex_unlock (&self->lock);
  return job;
}

static void
end_run (GstSegmentWriter *self)
{
  for (GList *l = self->open.head; l != NULL; l = l->next)
    gst_segment_output_sync (((Open *) l->data)->output, NULL);
  g_queue_clear_full (&self->open, (GDestroyNotify) open_free);
  g_mutex_lock (&self->lock);
  self->stopped = TRUE;
  g_cond_signal (&self->stop);
  g_mutex_unlock (&self->lock);
}

/* One job at a time, so that other writers have their turn. */
static gint64
take_turn (gpointer data)
{
  GstSegmentWriter *self = data;
  gboolean end;
  Job *job = take_job (self, &end);

  if (end) {
    end_run (self);
    return GST_SEGMENT_POOL_NEVER;
  }
  if (job != NULL) {
    run (self, job);
    g_mutex_lock (&self->lock);
    self->queued -= job->bytes;
    g_mutex_unlock (&self->lock);
    job_free (job);
  }
  sync_outputs (self);
  look_for_space (self);
  return find_deadline (self);
}

static void
push (GstSegmentWriter *self, JobKind kind, GstSegmentOutput *output, GPtrArray *fragments,
      GstClockTime end, const gchar *reason)
{
  Job *job = g_new0 (Job, 1);

  job->kind = kind;
  job->output = output != NULL ? gst_segment_output_ref (output) : NULL;
  job->fragments = fragments;
  job->end = end;
  job->reason = reason;
  for (guint i = 0; fragments != NULL && i < fragments->len; i++)
    job->bytes += ((const GstSegmentFragment *) fragments->pdata[i])->bytes;
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->jobs, job);
  self->queued += job->bytes;
  if (self->entry != NULL)
    gst_segment_pool_wake (self->entry);
  g_mutex_unlock (&self->lock);
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
  g_queue_init (&self->jobs);
  g_queue_init (&self->open);
  return self;
}

void
gst_segment_writer_free (GstSegmentWriter *writer)
{
  gst_segment_writer_stop (writer);
  gst_segment_settings_clear (&writer->settings);
  g_mutex_clear (&writer->lock);
  g_cond_clear (&writer->stop);
  g_free (writer);
}

void
gst_segment_writer_start (GstSegmentWriter *writer)
{
  g_autoptr (GstSegmentPool) pool = gst_segment_pool_get_shared ();

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
  g_clear_pointer (&writer->full_path, g_free);
}

void
gst_segment_writer_push_fragments (GstSegmentWriter *writer, GstSegmentOutput *output,
                                   GPtrArray *fragments)
{
  push (writer, JOB_FRAGMENTS, output, fragments, GST_CLOCK_TIME_NONE, NULL);
}

void
gst_segment_writer_push_close (GstSegmentWriter *writer, GstSegmentOutput *output, GstClockTime end,
                               const gchar *reason)
{
  push (writer, JOB_CLOSE, output, NULL, end, reason);
}

void
gst_segment_writer_push_eos (GstSegmentWriter *writer)
{
  push (writer, JOB_EOS, NULL, NULL, GST_CLOCK_TIME_NONE, NULL);
}

void
gst_segment_writer_purge (GstSegmentWriter *writer, GstSegmentOutput *output, guint64 *frames,
                          guint64 *bytes)
{
  GList *next;

  g_mutex_lock (&writer->lock);
  for (GList *l = writer->jobs.head; l != NULL; l = next) {
    Job *job = l->data;

    next = l->next;
    if (job->output != output)
      continue;
    for (guint i = 0; job->fragments != NULL && i < job->fragments->len; i++) {
      const GstSegmentFragment *fragment = job->fragments->pdata[i];

      *frames += fragment->audio ? 0 : fragment->samples->len;
    }
    *bytes += job->bytes;
    writer->queued -= job->bytes;
    g_queue_delete_link (&writer->jobs, l);
    job_free (job);
  }
  g_mutex_unlock (&writer->lock);
}

gsize
gst_segment_writer_get_queued (GstSegmentWriter *writer)
{
  gsize queued;

  g_mutex_lock (&writer->lock);
  queued = writer->queued;
  g_mutex_unlock (&writer->lock);
  return queued;
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
