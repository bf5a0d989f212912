/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-queue.h"

#include "base/tyto-error.h"
#include "store/tyto-catalogue-job.h"

/* Jobs in one transaction: bounds how long the first of them waits. */
#define MAX_GROUP 128

struct _TytoCatalogueQueue {
  GThread *thread;
  GAsyncQueue *tasks;      /* (element-type GTask), or the queue itself: the end */
  TytoCatalogue *to_close; /* no-ref, set before the end is pushed: who pushes it waits */
  gboolean is_open;        /* of the thread only */
  GThreadPool *readers;    /* nullable: until one is needed */
};

static void
tell (GTask *task)
{
  TytoCatalogueJob *job = g_task_get_task_data (task);

  if (job->error != NULL)
    g_task_return_error (task, g_steal_pointer (&job->error));
  else
    g_task_return_boolean (task, TRUE);
}

/* Completes @task in its caller's context. */
static void
complete (GTask *task)
{
  tell (task);
  g_object_unref (task);
}

/* Whether the job still has to be done; completes those that must not be. */
static gboolean
admit (TytoCatalogueQueue *self, GTask *task)
{
  TytoCatalogueJob *job = g_task_get_task_data (task);

  if (g_task_return_error_if_cancelled (task)) {
    g_object_unref (task);
    return FALSE;
  }
  if (self->is_open == job->opens) {
    tyto_set_error (&job->error, TYTO_ERROR_UNAVAILABLE, NULL,
                    job->opens ? "The catalogue is open already." : "The catalogue is not open.");
    complete (task);
    return FALSE;
  }
  return TRUE;
}

static gboolean
perform (GTask *task)
{
  TytoCatalogueJob *job = g_task_get_task_data (task);
  TytoCatalogue *catalogue = g_task_get_source_object (task);
  TytoCatalogueClass *class = TYTO_CATALOGUE_GET_CLASS (catalogue);

  tyto_catalogue_job_clear_result (job);
  return job->opens ? class->open (catalogue, &job->error)
                    : class->perform (catalogue, job, &job->error);
}

/* A job of a group, between a savepoint and its release. FALSE when the transaction is lost. */
static gboolean
perform_in_group (TytoCatalogueClass *class, TytoCatalogue *catalogue, GTask *task)
{
  TytoCatalogueJob *job = g_task_get_task_data (task);

  if (!class->begin (catalogue, NULL))
    return FALSE;
  if (perform (task))
    return class->commit (catalogue, &job->error);
  return class->rollback (catalogue);
}

/* One job in a transaction of its own. */
static gboolean
perform_once (TytoCatalogueClass *class, TytoCatalogue *catalogue, GTask *task)
{
  TytoCatalogueJob *job = g_task_get_task_data (task);

  tyto_catalogue_job_clear_result (job);
  if (!class->begin (catalogue, &job->error))
    return FALSE;
  if (perform (task))
    return class->commit (catalogue, &job->error);
  class->rollback (catalogue);
  return FALSE;
}

/* Whether a job that failed is to be done once more: also one of unknown outcome, since doing it
 * twice changes nothing. */
static gboolean
must_repeat (TytoCatalogueClass *class, TytoCatalogue *catalogue)
{
  return class->recover != NULL && class->recover (catalogue);
}

static void
perform_alone (TytoCatalogueClass *class, TytoCatalogue *catalogue, GTask *task)
{
  if (!perform_once (class, catalogue, task) && must_repeat (class, catalogue))
    perform_once (class, catalogue, task);
}

/* FALSE when nothing of the group is committed though some of it could be. */
static gboolean
perform_group (TytoCatalogueClass *class, TytoCatalogue *catalogue, GPtrArray *group)
{
  g_autoptr (GError) error = NULL;

  if (!class->begin (catalogue, &error)) {
    for (guint i = 0; i < group->len; i++) {
      TytoCatalogueJob *job = g_task_get_task_data (group->pdata[i]);

      job->error = g_error_copy (error);
    }
    return TRUE;
  }
  for (guint i = 0; i < group->len; i++)
    if (!perform_in_group (class, catalogue, group->pdata[i])) {
      class->rollback (catalogue);
      return FALSE;
    }
  return class->commit (catalogue, NULL);
}

/* Writing jobs behind @first, as far as they wait already; what comes after them is put in @next.
 */
static GPtrArray *
gather_group (TytoCatalogueQueue *self, GTask *first, gpointer *next)
{
  GPtrArray *group = g_ptr_array_new ();

  g_ptr_array_add (group, first);
  while (group->len < MAX_GROUP && (*next = g_async_queue_try_pop (self->tasks)) != NULL) {
    TytoCatalogueJob *job = *next != self ? g_task_get_task_data (*next) : NULL;

    if (job == NULL || (!job->writes && !job->over))
      break;
    if (job->over) {
      g_object_unref (g_steal_pointer (next));
      continue;
    }
    if (admit (self, *next))
      g_ptr_array_add (group, *next);
    *next = NULL;
  }
  return group;
}

static void
do_group (GPtrArray *group)
{
  TytoCatalogue *catalogue = g_task_get_source_object (group->pdata[0]);
  TytoCatalogueClass *class = TYTO_CATALOGUE_GET_CLASS (catalogue);

  if (group->len == 1 || !perform_group (class, catalogue, group))
    for (guint i = 0; i < group->len; i++)
      perform_alone (class, catalogue, group->pdata[i]);
  for (guint i = 0; i < group->len; i++)
    complete (group->pdata[i]);
}

/* On a reader's thread. The last reference may be the catalogue's, which this thread must not
 * drop: closing it waits for us. */
static void
read_aside (gpointer data, gpointer user_data)
{
  TytoCatalogueQueue *self = user_data;
  GTask *task = data;
  TytoCatalogueJob *job = g_task_get_task_data (task);
  TytoCatalogue *catalogue = g_task_get_source_object (task);

  TYTO_CATALOGUE_GET_CLASS (catalogue)->perform_aside (catalogue, job, &job->error);
  tell (task);
  job->over = TRUE;
  g_async_queue_push (self->tasks, task);
}

/* FALSE when this catalogue has no readers. */
static gboolean
hand_to_reader (TytoCatalogueQueue *self, GTask *task)
{
  TytoCatalogueClass *class = TYTO_CATALOGUE_GET_CLASS (g_task_get_source_object (task));

  if (class->perform_aside == NULL)
    return FALSE;
  if (self->readers == NULL)
    self->readers = g_thread_pool_new (read_aside, self, (int) class->max_readers, FALSE, NULL);
  g_thread_pool_push (self->readers, task, NULL);
  return TRUE;
}

/* Waits for what is being read. */
static void
end_readers (TytoCatalogueQueue *self)
{
  gpointer task;

  if (self->readers != NULL)
    g_thread_pool_free (self->readers, FALSE, TRUE);
  while ((task = g_async_queue_try_pop (self->tasks)) != NULL)
    g_object_unref (task);
}

/* A job that changes no rows, or opens. */
static void
do_single (TytoCatalogueQueue *self, GTask *task)
{
  TytoCatalogue *catalogue = g_task_get_source_object (task);
  TytoCatalogueJob *job = g_task_get_task_data (task);
  gboolean success = perform (task);

  if (job->opens)
    self->is_open = success;
  else if (!success && must_repeat (TYTO_CATALOGUE_GET_CLASS (catalogue), catalogue))
    perform (task);
  complete (task);
}

static gpointer
run (gpointer data)
{
  TytoCatalogueQueue *self = data;
  gpointer next = NULL;

  for (;;) {
    GTask *task = next != NULL ? g_steal_pointer (&next) : g_async_queue_pop (self->tasks);
    TytoCatalogueJob *job;

    if ((gpointer) task == self)
      break;
    job = g_task_get_task_data (task);
    if (job->over) {
      g_object_unref (task);
      continue;
    }
    if (!admit (self, task))
      continue;

    if (job->writes) {
      g_autoptr (GPtrArray) group = gather_group (self, task, &next);

      do_group (group);
    } else if (job->opens || !hand_to_reader (self, task)) {
      do_single (self, task);
    }
  }

  end_readers (self);

  if (self->to_close != NULL && self->is_open)
    TYTO_CATALOGUE_GET_CLASS (self->to_close)->close (self->to_close);
  g_async_queue_unref (self->tasks);
  g_free (self);
  return NULL;
}

TytoCatalogueQueue *
tyto_catalogue_queue_new (void)
{
  TytoCatalogueQueue *self = g_new0 (TytoCatalogueQueue, 1);

  self->tasks = g_async_queue_new ();
  self->thread = g_thread_new ("catalogue", run, self);
  return self;
}

void
tyto_catalogue_queue_push (TytoCatalogueQueue *self, GTask *task)
{
  g_async_queue_push (self->tasks, task);
}

void
tyto_catalogue_queue_free (TytoCatalogueQueue *self, TytoCatalogue *catalogue)
{
  GThread *thread = self->thread;
  gboolean is_own = thread == g_thread_self ();

  if (is_own) {
    if (self->is_open)
      TYTO_CATALOGUE_GET_CLASS (catalogue)->close (catalogue);
    g_async_queue_push (self->tasks, self);
    g_thread_unref (thread);
  } else {
    self->to_close = catalogue;
    g_async_queue_push (self->tasks, self);
    g_thread_join (thread);
  }
}
