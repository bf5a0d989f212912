/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-journal-queue.h"

#include "base/tyto-backoff.h"
#include "base/tyto-error.h"

#define BACKOFF                                                                                    \
  {                                                                                                \
    500, 10000, 0                                                                                  \
  }

struct _TytoJournalQueue {
  GObject parent_instance;

  TytoHlsJournal *journal;
  GPtrArray *waiting; /* (element-type Note) */
  gboolean writing;
  guint timer;
  TytoBackoff backoff;
  char *failure;
  gboolean stopped;
};

enum { SIGNAL_WRITTEN, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoJournalQueue, tyto_journal_queue, G_TYPE_OBJECT)

/* A line to be. */
typedef struct {
  TytoListedSegment *segment; /* NULL: the end */
  TytoHlsSegment *record;
} Note;

static void
note_free (gpointer data)
{
  Note *note = data;

  g_clear_pointer (&note->record, tyto_hls_segment_free);
  g_free (note);
}

static void begin_writing (TytoJournalQueue *self);

TytoJournalQueue *
tyto_journal_queue_new (TytoHlsJournal *journal)
{
  TytoJournalQueue *self = g_object_new (TYTO_TYPE_JOURNAL_QUEUE, NULL);

  self->journal = journal;
  return self;
}

/* --- Writing --- */

static void
run_writing (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  TytoJournalQueue *self = source;
  GPtrArray *batch = data;
  GError *error = NULL;

  for (guint i = 0; i < batch->len && error == NULL; i++) {
    const Note *note = batch->pdata[i];

    if (note->record != NULL)
      tyto_hls_journal_note (self->journal, note->record, &error);
    else
      tyto_hls_journal_note_end (self->journal, &error);
  }
  if (error == NULL && tyto_hls_journal_sync (self->journal, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static gboolean
on_again (gpointer user_data)
{
  TytoJournalQueue *self = user_data;

  self->timer = 0;
  begin_writing (self);
  return G_SOURCE_REMOVE;
}

/* It comes again with what came since. A line twice is as good as once. */
static void
put_back (TytoJournalQueue *self, GPtrArray *batch, const GError *error)
{
  g_autoptr (GPtrArray) later = self->waiting;

  self->waiting = g_ptr_array_ref (batch);
  g_ptr_array_extend_and_steal (self->waiting, g_steal_pointer (&later));
  g_free (self->failure);
  self->failure = tyto_error_why (error);
  self->timer = g_timeout_add (tyto_backoff_next (&self->backoff), on_again, self);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer unused)
{
  TytoJournalQueue *self = TYTO_JOURNAL_QUEUE (source);
  GPtrArray *batch = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  self->writing = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    if (!self->stopped)
      put_back (self, batch, error);
  } else {
    g_clear_pointer (&self->failure, g_free);
    tyto_backoff_reset (&self->backoff);
    for (guint i = 0; i < batch->len && !self->stopped; i++) {
      Note *note = batch->pdata[i];

      if (note->segment != NULL)
        note->segment->unwritten--;
    }
    begin_writing (self);
  }
  g_signal_emit (self, signals[SIGNAL_WRITTEN], 0);
}

static void
begin_writing (TytoJournalQueue *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->writing || self->timer != 0 || self->stopped || self->waiting->len == 0)
    return;
  self->writing = TRUE;
  task = g_task_new (self, NULL, on_written, NULL);
  g_task_set_task_data (task, self->waiting, (GDestroyNotify) g_ptr_array_unref);
  self->waiting = g_ptr_array_new_with_free_func (note_free);
  g_task_run_in_thread (task, run_writing);
}

/* --- What is to be written --- */

static void
add (TytoJournalQueue *self, TytoListedSegment *segment)
{
  Note *note = g_new0 (Note, 1);

  note->segment = segment;
  note->record = segment != NULL ? tyto_hls_segment_copy (segment->record) : NULL;
  g_ptr_array_add (self->waiting, note);
  begin_writing (self);
}

void
tyto_journal_queue_add (TytoJournalQueue *self, TytoListedSegment *segment)
{
  segment->unwritten++;
  add (self, segment);
}

void
tyto_journal_queue_add_end (TytoJournalQueue *self)
{
  add (self, NULL);
}

gboolean
tyto_journal_queue_is_idle (TytoJournalQueue *self)
{
  return !self->writing && self->waiting->len == 0;
}

gboolean
tyto_journal_queue_is_writing (TytoJournalQueue *self)
{
  return self->writing;
}

const char *
tyto_journal_queue_get_failure (TytoJournalQueue *self)
{
  return self->failure;
}

void
tyto_journal_queue_stop (TytoJournalQueue *self)
{
  self->stopped = TRUE;
  g_clear_handle_id (&self->timer, g_source_remove);
}

static void
tyto_journal_queue_finalize (GObject *object)
{
  TytoJournalQueue *self = TYTO_JOURNAL_QUEUE (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_pointer (&self->journal, tyto_hls_journal_close);
  g_ptr_array_unref (self->waiting);
  g_free (self->failure);
  G_OBJECT_CLASS (tyto_journal_queue_parent_class)->finalize (object);
}

static void
tyto_journal_queue_class_init (TytoJournalQueueClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_journal_queue_finalize;
  signals[SIGNAL_WRITTEN] = g_signal_new ("written", TYTO_TYPE_JOURNAL_QUEUE, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_journal_queue_init (TytoJournalQueue *self)
{
  const TytoBackoff backoff = BACKOFF;

  self->backoff = backoff;
  self->waiting = g_ptr_array_new_with_free_func (note_free);
}
