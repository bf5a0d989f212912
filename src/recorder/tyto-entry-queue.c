/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/tyto-entry-queue.h"

#include "base/tyto-backoff.h"
#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-log.h"
#include "recorder/tyto-entry.h"

/* While it fails two rows are tried at a time: a second one that goes in shows that the first is
 * refused for its own sake. Refused so often amid successes, it is given up. */
#define PROBE_ROWS   2
#define MAX_REFUSALS 3

/* What workers tell comes in bursts, each piece from a source of its own of the default priority:
 * after those that are ready, so that they go in with one commit. */
#define GATHER_PRIORITY (G_PRIORITY_DEFAULT + 1)
#define GATHER_MAX      128

struct _TytoEntryQueue {
  GObject parent_instance;

  TytoCatalogue *catalogue;
  GQueue entries; /* (element-type TytoEntry), the oldest first */
  guint n_in_flight;
  guint64 n_pushed;
  guint64 n_successes;
  gboolean holding; /* a row was refused: nothing but probes goes in */
  guint retry_source;
  guint gather_source; /* holds a reference */
  TytoBackoff backoff;
  char *failure;  /* nullable */
  GList *flushes; /* (element-type GTask), data: the last TytoEntry waited for */
};

G_DEFINE_FINAL_TYPE (TytoEntryQueue, tyto_entry_queue, G_TYPE_OBJECT)

enum {
  SIGNAL_SEGMENT_ENTERED,
  SIGNAL_GAP_ENTERED,
  SIGNAL_GAP_ENDED,
  SIGNAL_THUMBNAIL_ENTERED,
  SIGNAL_FAILING,
  SIGNAL_RECOVERED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void pump (TytoEntryQueue *self);

TytoEntryQueue *
tyto_entry_queue_new (TytoCatalogue *catalogue)
{
  TytoEntryQueue *self = g_object_new (TYTO_TYPE_ENTRY_QUEUE, NULL);

  self->catalogue = g_object_ref (catalogue);
  return self;
}

static void
tell_entered (TytoEntryQueue *self, TytoEntry *entry)
{
  switch (entry->kind) {
  case TYTO_ENTRY_SEGMENT:
    g_signal_emit (self, signals[SIGNAL_SEGMENT_ENTERED], 0, entry->segment);
    break;
  case TYTO_ENTRY_GAP:
    g_signal_emit (self, signals[SIGNAL_GAP_ENTERED], 0, entry->gap);
    if (entry->whole)
      g_signal_emit (self, signals[SIGNAL_GAP_ENDED], 0, entry->gap);
    break;
  case TYTO_ENTRY_GAP_END:
    g_signal_emit (self, signals[SIGNAL_GAP_ENDED], 0, entry->gap);
    break;
  case TYTO_ENTRY_THUMBNAIL:
    g_signal_emit (self, signals[SIGNAL_THUMBNAIL_ENTERED], 0, entry->camera, entry->thumbnail);
    break;
  default:
    break;
  }
}

/* Whether @entry or an older one is still queued. */
static gboolean
is_pending (TytoEntryQueue *self, TytoEntry *last)
{
  TytoEntry *head = g_queue_peek_head (&self->entries);

  return head != NULL && head->serial <= last->serial;
}

/* (transfer full) (nullable) */
static GTask *
take_finished_flush (TytoEntryQueue *self)
{
  for (GList *l = self->flushes; l != NULL; l = l->next) {
    GTask *task = l->data;

    if (self->failure != NULL || !is_pending (self, g_task_get_task_data (task))) {
      self->flushes = g_list_delete_link (self->flushes, l);
      return task;
    }
  }
  return NULL;
}

/* One at a time: who is told may ask for another flush at once. */
static void
complete_flushes (TytoEntryQueue *self)
{
  GTask *task;

  while ((task = take_finished_flush (self)) != NULL) {
    if (self->failure != NULL)
      g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_STORAGE,
                               "The catalogue does not take rows: %s\nThey are kept in memory "
                               "and entered once it does; make room on its disk.",
                               self->failure);
    else
      g_task_return_boolean (task, TRUE);
    g_object_unref (task);
  }
}

static void
remove_entry (TytoEntryQueue *self, TytoEntry *entry)
{
  g_queue_remove (&self->entries, entry);
  tyto_entry_unref (entry);
}

/* The catalogue takes rows: the next may all go in. */
static void
end_holding (TytoEntryQueue *self)
{
  if (!self->holding)
    return;
  self->holding = FALSE;
  g_clear_pointer (&self->failure, g_free);
  g_message ("The catalogue takes rows again; %u are waiting", g_queue_get_length (&self->entries));
  g_signal_emit (self, signals[SIGNAL_RECOVERED], 0);
}

static void
on_committed (TytoEntryQueue *self, TytoEntry *entry)
{
  gboolean was_head = g_queue_peek_head (&self->entries) == entry;

  self->n_successes++;
  tyto_backoff_reset (&self->backoff);
  remove_entry (self, entry); /* first: who is told may push more */
  if (was_head)
    end_holding (self);
  tell_entered (self, entry);
}

static void
on_refused (TytoEntryQueue *self, TytoEntry *entry, const GError *error)
{
  gboolean was_failing = self->failure != NULL;

  entry->in_flight = FALSE;
  if (entry->n_tries > 0 && self->n_successes > entry->successes_before)
    entry->n_refusals++;
  entry->n_tries++;
  entry->successes_before = self->n_successes;
  self->holding = TRUE;
  g_free (self->failure);
  self->failure = tyto_error_why (error);
  if (!was_failing)
    g_signal_emit (self, signals[SIGNAL_FAILING], 0, self->failure);

  if (entry->n_refusals >= MAX_REFUSALS) {
    tyto_log_camera (entry->camera, G_LOG_LEVEL_WARNING,
                     "The catalogue takes other rows but not this one, which is given up: %s: %s",
                     tyto_entry_describe (entry), self->failure);
    if (entry->kind == TYTO_ENTRY_GAP)
      entry->gap->id = -1;
    remove_entry (self, entry);
    end_holding (self);
  }
}

static gboolean
on_retry (gpointer data)
{
  TytoEntryQueue *self = data;

  self->retry_source = 0;
  pump (self);
  return G_SOURCE_REMOVE;
}

/* What is to be done next: all that waits, or a probe when its time comes. */
static void
go_on (TytoEntryQueue *self)
{
  if (!self->holding)
    pump (self);
  else if (self->n_in_flight == 0 && self->retry_source == 0 && !g_queue_is_empty (&self->entries))
    self->retry_source = g_timeout_add (tyto_backoff_next (&self->backoff), on_retry, self);
}

typedef struct {
  TytoEntryQueue *queue;
  TytoEntry *entry;
} Submission;

static void
on_entered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Submission *submission = data;
  g_autoptr (TytoEntryQueue) self = submission->queue;
  g_autoptr (TytoEntry) entry = submission->entry;
  g_autoptr (GError) error = NULL;

  self->n_in_flight--;
  if (tyto_entry_submit_finish (entry, TYTO_CATALOGUE (source), result, &error))
    on_committed (self, entry);
  else
    on_refused (self, entry, error);
  complete_flushes (self);

  go_on (self);
}

static void
submit (TytoEntryQueue *self, TytoEntry *entry)
{
  Submission *submission = g_new (Submission, 1);

  submission->queue = g_object_ref (self);
  submission->entry = tyto_entry_ref (entry);
  entry->in_flight = TRUE;
  self->n_in_flight++;
  tyto_entry_submit_async (entry, self->catalogue, on_entered, submission);
}

static void
pump (TytoEntryQueue *self)
{
  guint left = self->holding ? PROBE_ROWS : G_MAXUINT;
  GList *link = self->entries.head;

  g_clear_handle_id (&self->gather_source, g_source_remove);
  while (link != NULL && left > 0) {
    TytoEntry *entry = link->data;

    link = link->next;
    if (entry->in_flight)
      continue;
    if ((entry->kind == TYTO_ENTRY_GAP_END || entry->kind == TYTO_ENTRY_GAP_MOVE)
        && entry->gap->id <= 0) {
      if (entry->gap->id == 0)
        return; /* its beginning is on its way: that goes first */
      remove_entry (self, entry);
      continue;
    }
    submit (self, entry);
    left--;
  }
}

static void
append (TytoEntryQueue *self, TytoEntry *entry)
{
  entry->serial = ++self->n_pushed;
  g_queue_push_tail (&self->entries, entry);
}

static void
push (TytoEntryQueue *self, TytoEntry *entry)
{
  append (self, entry);
  go_on (self);
}

static gboolean
on_gathered (gpointer data)
{
  TytoEntryQueue *self = data;

  self->gather_source = 0;
  go_on (self);
  return G_SOURCE_REMOVE;
}

/* Of what comes in bursts. */
static void
push_with_others (TytoEntryQueue *self, TytoEntry *entry)
{
  append (self, entry);
  if (g_queue_get_length (&self->entries) - self->n_in_flight > GATHER_MAX)
    go_on (self);
  else if (self->gather_source == 0)
    self->gather_source
        = g_idle_add_full (GATHER_PRIORITY, on_gathered, g_object_ref (self), g_object_unref);
}

void
tyto_entry_queue_enter_camera (TytoEntryQueue *self, const char *camera, const char *name)
{
  TytoEntry *entry = tyto_entry_new (TYTO_ENTRY_CAMERA, camera);

  entry->name = g_strdup (name);
  push (self, entry);
}

static void
push_run (TytoEntryQueue *self, TytoEntryKind kind, TytoRun *run)
{
  TytoEntry *entry = tyto_entry_new (kind, run->camera);

  entry->run = tyto_run_ref (run);
  push_with_others (self, entry);
}

void
tyto_entry_queue_enter_run (TytoEntryQueue *self, TytoRun *run)
{
  push_run (self, TYTO_ENTRY_RUN, run);
}

void
tyto_entry_queue_end_run (TytoEntryQueue *self, TytoRun *run)
{
  push_run (self, TYTO_ENTRY_RUN_END, run);
}

void
tyto_entry_queue_open_segment (TytoEntryQueue *self, TytoSegment *segment)
{
  TytoEntry *entry = tyto_entry_new (TYTO_ENTRY_OPEN_SEGMENT, segment->camera);

  entry->segment = tyto_segment_ref (segment);
  push_with_others (self, entry);
}

void
tyto_entry_queue_enter_segment (TytoEntryQueue *self, TytoSegment *segment)
{
  TytoEntry *entry = tyto_entry_new (TYTO_ENTRY_SEGMENT, segment->camera);

  entry->segment = tyto_segment_ref (segment);
  push_with_others (self, entry);
}

void
tyto_entry_queue_enter_thumbnail (TytoEntryQueue *self, const char *camera, GVariant *thumbnail)
{
  TytoEntry *entry = tyto_entry_new (TYTO_ENTRY_THUMBNAIL, camera);

  entry->thumbnail = g_variant_ref_sink (thumbnail);
  push_with_others (self, entry);
}

static void
push_gap (TytoEntryQueue *self, TytoEntryKind kind, TytoGap *gap)
{
  TytoEntry *entry = tyto_entry_new (kind, gap->camera);

  entry->gap = tyto_gap_ref (gap);
  entry->whole = kind == TYTO_ENTRY_GAP && gap->end_us >= 0;
  push (self, entry);
}

void
tyto_entry_queue_enter_gap (TytoEntryQueue *self, TytoGap *gap)
{
  push_gap (self, TYTO_ENTRY_GAP, gap);
}

void
tyto_entry_queue_move_gap (TytoEntryQueue *self, TytoGap *gap)
{
  push_gap (self, TYTO_ENTRY_GAP_MOVE, gap);
}

void
tyto_entry_queue_end_gap (TytoEntryQueue *self, TytoGap *gap)
{
  TytoEntry *last = g_queue_peek_tail (&self->entries);

  /* It goes in with its end. */
  if (last != NULL && last->whole && last->gap == gap)
    return;
  push_gap (self, TYTO_ENTRY_GAP_END, gap);
}

void
tyto_entry_queue_enter_wish (TytoEntryQueue *self, TytoWish *wish)
{
  TytoEntry *entry = tyto_entry_new (TYTO_ENTRY_WISH, wish->camera);

  entry->wish = tyto_wish_ref (wish);
  push (self, entry);
}

void
tyto_entry_queue_flush_async (TytoEntryQueue *self, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  TytoEntry *tail;

  g_task_set_source_tag (task, tyto_entry_queue_flush_async);
  if (self->gather_source != 0)
    go_on (self);
  tail = g_queue_peek_tail (&self->entries);
  if (tail == NULL) {
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
    return;
  }
  g_task_set_task_data (task, tyto_entry_ref (tail), (GDestroyNotify) tyto_entry_unref);
  self->flushes = g_list_append (self->flushes, task);
  complete_flushes (self);
}

gboolean
tyto_entry_queue_flush_finish (TytoEntryQueue *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
tyto_entry_queue_give_up_waiting (TytoEntryQueue *self, const char *why)
{
  g_autofree char *failure = g_steal_pointer (&self->failure);

  self->failure = g_strdup (failure != NULL ? failure : why);
  complete_flushes (self);
  if (failure == NULL)
    g_clear_pointer (&self->failure, g_free);
}

guint
tyto_entry_queue_get_length (TytoEntryQueue *self)
{
  return g_queue_get_length (&self->entries);
}

const char *
tyto_entry_queue_get_failure (TytoEntryQueue *self)
{
  return self->failure;
}

static void
tyto_entry_queue_finalize (GObject *object)
{
  TytoEntryQueue *self = TYTO_ENTRY_QUEUE (object);

  g_clear_handle_id (&self->retry_source, g_source_remove);
  g_queue_clear_full (&self->entries, (GDestroyNotify) tyto_entry_unref);
  g_list_free_full (self->flushes, g_object_unref);
  g_free (self->failure);
  g_object_unref (self->catalogue);
  G_OBJECT_CLASS (tyto_entry_queue_parent_class)->finalize (object);
}

static void
tyto_entry_queue_class_init (TytoEntryQueueClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = tyto_entry_queue_finalize;
  signals[SIGNAL_SEGMENT_ENTERED]
      = g_signal_new ("segment-entered", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                      1, TYTO_TYPE_SEGMENT);
  signals[SIGNAL_GAP_ENTERED] = g_signal_new ("gap-entered", type, G_SIGNAL_RUN_FIRST, 0, NULL,
                                              NULL, NULL, G_TYPE_NONE, 1, TYTO_TYPE_GAP);
  signals[SIGNAL_GAP_ENDED] = g_signal_new ("gap-ended", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL,
                                            NULL, G_TYPE_NONE, 1, TYTO_TYPE_GAP);
  signals[SIGNAL_THUMBNAIL_ENTERED]
      = g_signal_new ("thumbnail-entered", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_VARIANT);
  signals[SIGNAL_FAILING] = g_signal_new ("failing", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_RECOVERED]
      = g_signal_new ("recovered", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_entry_queue_init (TytoEntryQueue *self)
{
  g_queue_init (&self->entries);
  self->backoff = (TytoBackoff) TYTO_BACKOFF_INIT;
}
