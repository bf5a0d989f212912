/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/spool/tyto-recovery.h"

#include "base/tyto-time.h"
#include "recorder/spool/tyto-recovery-private.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ioprio_set(2), which has no wrapper: the class that runs when no other asks, of this thread. */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_IDLE        (3 << 13)
#define NICE               10

G_DEFINE_FINAL_TYPE (TytoRecovery, tyto_recovery, G_TYPE_OBJECT)

enum { SIGNAL_SEGMENT, N_SIGNALS };

static guint signals[N_SIGNALS];

TytoRecovery *
tyto_recovery_new (TytoCatalogue *catalogue, TytoSpool *spool, TytoRecoveryMode mode)
{
  TytoRecovery *self = g_object_new (TYTO_TYPE_RECOVERY, NULL);

  self->catalogue = g_object_ref (catalogue);
  self->spool = g_object_ref (spool);
  self->mode = mode;
  self->report = tyto_recovery_report_new (mode);
  return self;
}

void
tyto_recovery_add_live (TytoRecovery *self, const char *run)
{
  g_hash_table_add (self->live, g_strdup (run));
}

void
tyto_recovery_add_slow_directory (TytoRecovery *self, const char *directory)
{
  g_ptr_array_add (self->slow, g_strdup (directory));
}

void
tyto_recovery_add_path (TytoRecovery *self, const char *path)
{
  g_hash_table_add (self->directories, g_path_get_dirname (path));
}

TytoRecoveryReport *
tyto_recovery_get_report (TytoRecovery *self)
{
  return self->report;
}

gboolean
tyto_recovery_has_young (TytoRecovery *self)
{
  return self->has_young;
}

gboolean
tyto_recovery_has_mended (TytoRecovery *self)
{
  return self->has_mended;
}

void
tyto_recovery_note (TytoRecovery *self, TytoFindingKind kind, const char *path, const char *segment,
                    const char *detail)
{
  tyto_recovery_report_add (self->report, kind, path, segment, detail);
  if (kind == TYTO_FINDING_DAMAGED || kind == TYTO_FINDING_FAILED)
    g_warning ("Recovery: %s: %s: %s", tyto_finding_kind_to_string (kind), path,
               detail != NULL ? detail : "");
  else
    g_debug ("Recovery: %s: %s", tyto_finding_kind_to_string (kind), path);
}

gboolean
tyto_recovery_is_changing (TytoRecovery *self)
{
  return self->mode != TYTO_RECOVERY_CHECK;
}

/* --- News for the main context --- */

typedef struct {
  TytoRecovery *recovery;
  TytoSegment *segment;
} News;

static gboolean
tell_segment (gpointer data)
{
  News *news = data;

  g_signal_emit (news->recovery, signals[SIGNAL_SEGMENT], 0, news->segment);
  return G_SOURCE_REMOVE;
}

static void
news_free (News *news)
{
  g_object_unref (news->recovery);
  tyto_segment_unref (news->segment);
  g_free (news);
}

void
tyto_recovery_tell (TytoRecovery *self, TytoSegment *segment)
{
  News *news = g_new (News, 1);

  news->recovery = g_object_ref (self);
  news->segment = tyto_segment_ref (segment);
  g_main_context_invoke_full (self->context, G_PRIORITY_DEFAULT, tell_segment, news,
                              (GDestroyNotify) news_free);
}

/* --- The thread --- */

static void
be_humble (void)
{
  pid_t thread = gettid ();

  (void) setpriority (PRIO_PROCESS, (id_t) thread, NICE);
  (void) syscall (SYS_ioprio_set, IOPRIO_WHO_PROCESS, thread, IOPRIO_IDLE);
}

static gboolean
recover (TytoRecovery *self, GError **error)
{
  if (!tyto_recovery_left (self, error))
    return FALSE;
  self->has_mended = self->mode != TYTO_RECOVERY_CHECK;
  return self->mode == TYTO_RECOVERY_OPEN
         || (tyto_recovery_broadcasts (self, error) && tyto_recovery_compare (self, error));
}

static gpointer
run (gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoRecovery *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (self->mode != TYTO_RECOVERY_OPEN)
    be_humble ();
  self->rows = tyto_recovery_rows_new (self->catalogue, self->cancellable);
  recover (self, &error);
  g_clear_pointer (&self->rows, tyto_recovery_rows_free);
  tyto_recovery_report_end (self->report, error);
  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_boolean (task, TRUE);
  return NULL;
}

void
tyto_recovery_run_async (TytoRecovery *self, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);

  g_return_if_fail (self->context == NULL);

  g_task_set_source_tag (task, tyto_recovery_run_async);
  self->context = g_main_context_ref_thread_default ();
  self->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  self->started_us = tyto_time_now ();
  g_thread_unref (g_thread_new ("tyto-recovery", run, task));
}

gboolean
tyto_recovery_run_finish (TytoRecovery *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
tyto_recovery_finalize (GObject *object)
{
  TytoRecovery *self = TYTO_RECOVERY (object);

  g_object_unref (self->catalogue);
  g_object_unref (self->spool);
  tyto_recovery_report_unref (self->report);
  g_hash_table_unref (self->live);
  g_ptr_array_unref (self->slow);
  g_hash_table_unref (self->directories);
  g_hash_table_unref (self->known);
  g_ptr_array_unref (self->missing);
  g_ptr_array_unref (self->batch);
  g_clear_object (&self->cancellable);
  g_clear_error (&self->error);
  g_clear_pointer (&self->context, g_main_context_unref);
  G_OBJECT_CLASS (tyto_recovery_parent_class)->finalize (object);
}

static void
tyto_recovery_class_init (TytoRecoveryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_recovery_finalize;
  signals[SIGNAL_SEGMENT] = g_signal_new ("segment", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, TYTO_TYPE_SEGMENT);
}

static void
tyto_recovery_init (TytoRecovery *self)
{
  self->live = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->slow = g_ptr_array_new_with_free_func (g_free);
  self->directories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->known = g_hash_table_new (g_direct_hash, g_direct_equal);
  self->missing = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_segment_unref);
  self->batch = g_ptr_array_new_with_free_func ((GDestroyNotify) tyto_segment_unref);
}
