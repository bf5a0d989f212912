/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/archive/tyto-upload-queue.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/archive/tyto-upload-candidates.h"
#include "recorder/archive/tyto-upload-schedule.h"

/* How often is looked for what nobody told of: thumbnails, recovered segments. */
#define LOOK_S 5

struct _TytoUploadQueue {
  GObject parent_instance;

  TytoCatalogue *catalogue;
  TytoArchiveTarget *target;
  TytoUploadCandidates *candidates;
  guint concurrency;
  char *template;
  GQueue active; /* (element-type TytoUploadJob): that begun first first */
  TytoUploadBreaker breaker;
  gboolean running;
  guint look_source;
  guint due_source;
  GTask *stopping; /* nullable */
};

G_DEFINE_FINAL_TYPE (TytoUploadQueue, tyto_upload_queue, G_TYPE_OBJECT)

enum { SIGNAL_DONE, SIGNAL_FAILED, SIGNAL_IDLE, N_SIGNALS };

static guint signals[N_SIGNALS];

static void begin_some (TytoUploadQueue *self);

TytoUploadQueue *
tyto_upload_queue_new (TytoCatalogue *catalogue, TytoArchiveTarget *target)
{
  TytoUploadQueue *self = g_object_new (TYTO_TYPE_UPLOAD_QUEUE, NULL);

  self->catalogue = g_object_ref (catalogue);
  self->target = g_object_ref (target);
  self->candidates = tyto_upload_candidates_new (catalogue);
  g_signal_connect_object (self->candidates, "changed", G_CALLBACK (begin_some), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (target, "ready", G_CALLBACK (begin_some), self, G_CONNECT_SWAPPED);
  return self;
}

void
tyto_upload_queue_set_limits (TytoUploadQueue *self, guint concurrency, const char *template)
{
  self->concurrency = concurrency;
  g_free (self->template);
  self->template = g_strdup (template);
  begin_some (self);
}

gboolean
tyto_upload_queue_is_open (TytoUploadQueue *self)
{
  return tyto_upload_breaker_is_open (&self->breaker);
}

gint64
tyto_upload_queue_get_probe_us (TytoUploadQueue *self)
{
  if (!tyto_upload_queue_is_open (self))
    return -1;
  return tyto_time_now () + MAX (self->breaker.open_until_us - g_get_monotonic_time (), 0);
}

guint
tyto_upload_queue_get_n_active (TytoUploadQueue *self)
{
  return self->active.length;
}

gboolean
tyto_upload_queue_is_idle (TytoUploadQueue *self)
{
  return self->active.length == 0 && tyto_upload_candidates_are_exhausted (self->candidates);
}

GVariant *
tyto_upload_queue_list_active (TytoUploadQueue *self)
{
  GVariantBuilder list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (GList *item = self->active.head; item != NULL; item = item->next)
    g_variant_builder_add_value (&list, tyto_upload_job_to_variant (item->data));
  return g_variant_builder_end (&list);
}

/* --- What became of one --- */

static void
on_hurried (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoUploadQueue) self = data;

  tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, NULL);
  tyto_upload_queue_wake (self);
}

/* The target is back: nothing waits for its own time any more. */
static void
recover (TytoUploadQueue *self)
{
  g_message ("The archive takes uploads again");
  tyto_upload_candidates_hurry (self->candidates);
  tyto_catalogue_hurry_uploads_async (self->catalogue, tyto_time_now (), NULL, on_hurried,
                                      g_object_ref (self));
}

static void
judge_target (TytoUploadQueue *self, const GError *error)
{
  static const TytoError away[] = { TYTO_ERROR_UNAVAILABLE, TYTO_ERROR_TIMED_OUT,
                                    TYTO_ERROR_FORBIDDEN, TYTO_ERROR_NOT_FOUND };

  for (guint i = 0; i < G_N_ELEMENTS (away); i++) {
    if (!g_error_matches (error, TYTO_ERROR, away[i]))
      continue;
    if (tyto_upload_breaker_failed (&self->breaker, g_get_monotonic_time (), g_random_double ()))
      g_warning ("The archive does not take uploads (%s); it is probed from now on",
                 error->message);
    return;
  }
  tyto_upload_breaker_unknown (&self->breaker);
}

static void
on_failure_entered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (!tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error))
    g_debug ("A failed upload is not noted: %s", error->message);
}

static void
fail (TytoUploadQueue *self, TytoUploadJob *job, GError *error)
{
  const TytoUpload *upload = tyto_upload_job_get_upload (job);
  guint tries = upload->tries + 1;
  gint64 due_us = tyto_time_now () + tyto_upload_schedule_delay (tries, g_random_double ());
  g_autofree char *why = tyto_error_why (error);

  judge_target (self, error);
  g_warning ("%s is not in the archive yet (try %u): %s", upload->path, tries, why);
  tyto_upload_candidates_hold (self->candidates, upload->id, due_us);
  tyto_catalogue_fail_upload_async (self->catalogue, upload->id, due_us, why, NULL,
                                    on_failure_entered, NULL);
  g_signal_emit (self, signals[SIGNAL_FAILED], 0, job, error, tries);
}

static void
end_stop (TytoUploadQueue *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->active.length > 0 || self->stopping == NULL)
    return;
  task = g_steal_pointer (&self->stopping);
  g_task_return_boolean (task, TRUE);
}

typedef struct {
  TytoUploadQueue *queue;
  gint64 begun_us; /* monotonic */
} Running;

static void
on_job_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Running *running = data;
  g_autoptr (TytoUploadQueue) self = running->queue;
  g_autoptr (TytoUploadJob) job = TYTO_UPLOAD_JOB (source); /* the list's reference */
  double seconds = (double) (g_get_monotonic_time () - running->begun_us) / G_USEC_PER_SEC;
  g_autoptr (GError) error = NULL;
  TytoUploadOutcome outcome;
  gboolean done = tyto_upload_job_run_finish (job, result, &outcome, &error);

  g_queue_remove (&self->active, job);
  tyto_upload_candidates_end (self->candidates, tyto_upload_job_get_upload (job)->id);
  if (done) {
    if (tyto_upload_breaker_succeeded (&self->breaker))
      recover (self);
    g_signal_emit (self, signals[SIGNAL_DONE], 0, job, outcome, seconds);
  } else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    tyto_upload_breaker_unknown (&self->breaker);
  } else {
    fail (self, job, error);
  }
  end_stop (self);
  begin_some (self);
}

/* --- What is next --- */

static void
begin_one (TytoUploadQueue *self, TytoUpload *upload)
{
  TytoUploadJob *job = tyto_upload_job_new (self->catalogue, self->target, upload, self->template);
  Running *running = g_new0 (Running, 1);

  running->queue = g_object_ref (self);
  running->begun_us = g_get_monotonic_time ();
  g_queue_push_tail (&self->active, job);
  tyto_upload_job_run_async (job, on_job_ended, running);
}

static gboolean
on_due (gpointer data)
{
  TytoUploadQueue *self = data;

  self->due_source = 0;
  tyto_upload_queue_wake (self);
  return G_SOURCE_REMOVE;
}

/* The next thing that time alone brings: a probe, or an upload that failed before. */
static void
await_due (TytoUploadQueue *self)
{
  gint64 wait_us = tyto_upload_candidates_next_due (self->candidates, tyto_time_now ());
  gint64 probe_us = self->breaker.open_until_us - g_get_monotonic_time ();

  g_clear_handle_id (&self->due_source, g_source_remove);
  if (tyto_upload_breaker_is_open (&self->breaker)) {
    if (tyto_upload_candidates_have (self->candidates))
      wait_us = probe_us;
    else if (wait_us >= 0)
      wait_us = MAX (wait_us, probe_us);
  }
  /* What is due and cannot begin waits for an end, or for the target to be ready. */
  if (wait_us < 0 || self->breaker.probing)
    return;
  self->due_source = g_timeout_add ((guint) (wait_us / 1000) + 1, on_due, self);
}

static void
begin_some (TytoUploadQueue *self)
{
  while (self->running && tyto_archive_target_is_ready (self->target)
         && self->active.length < self->concurrency
         && tyto_upload_candidates_have (self->candidates)
         && tyto_upload_breaker_try (&self->breaker, g_get_monotonic_time ())) {
    g_autoptr (TytoUpload) upload = tyto_upload_candidates_take (self->candidates);

    begin_one (self, upload);
  }
  if (!self->running)
    return;
  await_due (self);
  if (tyto_upload_queue_is_idle (self))
    g_signal_emit (self, signals[SIGNAL_IDLE], 0);
}

static gboolean
on_look (gpointer data)
{
  tyto_upload_queue_wake (data);
  return G_SOURCE_CONTINUE;
}

void
tyto_upload_queue_wake (TytoUploadQueue *self)
{
  if (!self->running)
    return;
  tyto_upload_candidates_refresh (self->candidates);
  begin_some (self);
}

void
tyto_upload_queue_start (TytoUploadQueue *self)
{
  if (self->running)
    return;
  self->running = TRUE;
  self->look_source = g_timeout_add_seconds (LOOK_S, on_look, self);
  tyto_upload_candidates_load (self->candidates);
  tyto_upload_queue_wake (self);
}

void
tyto_upload_queue_stop (TytoUploadQueue *self)
{
  self->running = FALSE;
  self->breaker = (TytoUploadBreaker){ 0 };
  g_clear_handle_id (&self->look_source, g_source_remove);
  g_clear_handle_id (&self->due_source, g_source_remove);
  for (GList *item = self->active.head; item != NULL; item = item->next)
    tyto_upload_job_cancel (item->data);
}

void
tyto_upload_queue_stop_async (TytoUploadQueue *self, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  self->stopping = g_task_new (self, NULL, callback, user_data);
  tyto_upload_queue_stop (self);
  end_stop (self);
}

gboolean
tyto_upload_queue_stop_finish (TytoUploadQueue *self, GAsyncResult *result)
{
  return g_task_propagate_boolean (G_TASK (result), NULL);
}

static void
on_hurry (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoUploadQueue *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (!tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error)) {
    g_task_return_error (task, error);
    return;
  }
  tyto_upload_breaker_hurry (&self->breaker, g_get_monotonic_time ());
  tyto_upload_candidates_hurry (self->candidates);
  tyto_upload_queue_wake (self);
  g_task_return_boolean (task, TRUE);
}

void
tyto_upload_queue_hurry_async (TytoUploadQueue *self, GAsyncReadyCallback callback,
                               gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  tyto_catalogue_hurry_uploads_async (self->catalogue, tyto_time_now (), NULL, on_hurry, task);
}

gboolean
tyto_upload_queue_hurry_finish (TytoUploadQueue *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- The object --- */

static void
tyto_upload_queue_dispose (GObject *object)
{
  TytoUploadQueue *self = TYTO_UPLOAD_QUEUE (object);

  tyto_upload_queue_stop (self);
  g_clear_object (&self->candidates);
  g_clear_object (&self->target);
  g_clear_object (&self->catalogue);
  G_OBJECT_CLASS (tyto_upload_queue_parent_class)->dispose (object);
}

static void
tyto_upload_queue_finalize (GObject *object)
{
  g_free (TYTO_UPLOAD_QUEUE (object)->template);
  G_OBJECT_CLASS (tyto_upload_queue_parent_class)->finalize (object);
}

static void
tyto_upload_queue_class_init (TytoUploadQueueClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tyto_upload_queue_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_upload_queue_finalize;
  signals[SIGNAL_DONE]
      = g_signal_new ("done", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                      TYTO_TYPE_UPLOAD_JOB, G_TYPE_UINT, G_TYPE_DOUBLE);
  signals[SIGNAL_FAILED]
      = g_signal_new ("failed", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 3,
                      TYTO_TYPE_UPLOAD_JOB, G_TYPE_ERROR, G_TYPE_UINT);
  signals[SIGNAL_IDLE]
      = g_signal_new ("idle", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_upload_queue_init (TytoUploadQueue *self)
{
  g_queue_init (&self->active);
  self->concurrency = 4;
}
