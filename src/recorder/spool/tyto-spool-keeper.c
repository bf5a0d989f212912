/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/spool/tyto-spool-keeper.h"

#include "base/tyto-error.h"
#include "store/tyto-catalogue-upkeep.h"

#define CLAIM_RETRY_S 5
/* When a file was too young to be judged, and how often one looks again. */
#define YOUNG_RETRY_S 10
#define MAX_RETRIES   2

struct _TytoSpoolKeeper {
  GObject parent_instance;

  TytoCatalogue *catalogue;
  TytoEntryQueue *entries;
  TytoAlerts *alerts;
  GCancellable *cancellable; /* of all recoveries */
  TytoSpool *spool;          /* nullable: the claimed one */
  char *wanted;              /* nullable: directory that cannot be used now */
  gboolean pending[2];       /* OPEN, START: to run when the catalogue takes rows */
  gboolean flushing;
  TytoRecovery *open;  /* nullable: running */
  TytoRecovery *whole; /* nullable: running: START, CHECK or REBUILD */
  gboolean open_again; /* another worker died meanwhile */
  guint n_retries;     /* left */
  TytoRecoveryReport *report;
  guint claim_source;
  guint idle_source;
  guint later_source;
  guint young_source;
  GTask *stop; /* nullable */
  gboolean stopping;
};

G_DEFINE_FINAL_TYPE (TytoSpoolKeeper, tyto_spool_keeper, G_TYPE_OBJECT)

enum { SIGNAL_BEGINS, SIGNAL_SEGMENT, SIGNAL_ENDED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void start_pending (TytoSpoolKeeper *self);

static void
on_catalogue_recovered (TytoEntryQueue *entries, TytoSpoolKeeper *self)
{
  start_pending (self);
}

TytoSpoolKeeper *
tyto_spool_keeper_new (TytoCatalogue *catalogue, TytoEntryQueue *entries, TytoAlerts *alerts)
{
  TytoSpoolKeeper *self = g_object_new (TYTO_TYPE_SPOOL_KEEPER, NULL);

  self->catalogue = g_object_ref (catalogue);
  self->entries = g_object_ref (entries);
  self->alerts = g_object_ref (alerts);
  g_signal_connect (entries, "recovered", G_CALLBACK (on_catalogue_recovered), self);
  return self;
}

/* --- The claim --- */

/* A claim under way: task data. */
typedef struct {
  char *directory;
  char *catalogue_id;
  TytoSpool *spool;
} Claim;

static void
claim_free (Claim *claim)
{
  g_free (claim->directory);
  g_free (claim->catalogue_id);
  g_clear_object (&claim->spool);
  g_free (claim);
}

static void
on_retried (GObject *source, GAsyncResult *result, gpointer data)
{
  TytoSpoolKeeper *self = TYTO_SPOOL_KEEPER (source);
  g_autoptr (GError) error = NULL;

  if (!tyto_spool_keeper_claim_finish (self, result, &error))
    tyto_alerts_raise (self->alerts, "recordings", "critical", "", error->message);
}

static gboolean
on_claim_retry (gpointer data)
{
  TytoSpoolKeeper *self = data;

  self->claim_source = 0;
  tyto_spool_keeper_claim_async (self, self->wanted, on_retried, NULL);
  return G_SOURCE_REMOVE;
}

static void
retry_later (TytoSpoolKeeper *self, Claim *claim, const GError *error)
{
  g_free (self->wanted);
  self->wanted = g_steal_pointer (&claim->directory);
  tyto_alerts_raise (self->alerts, "recordings", "critical", "", error->message);
  if (self->claim_source == 0 && !self->stopping)
    self->claim_source = g_timeout_add_seconds (CLAIM_RETRY_S, on_claim_retry, self);
}

static void
take_spool (TytoSpoolKeeper *self, Claim *claim)
{
  static const char *const words[]
      = { "", " (new to this catalogue)", " (its catalogue was lost: made again from its files)" };

  g_set_object (&self->spool, claim->spool);
  tyto_alerts_clear (self->alerts, "recordings", "", "The directory of the recordings is there");
  g_message ("Recording into %s%s", tyto_spool_get_directory (self->spool),
             words[tyto_spool_get_claim (self->spool)]);
  /* At a start the workers are to be adopted first; later on nobody else asks for it. */
  if (self->wanted != NULL)
    tyto_spool_keeper_recover (self, TYTO_RECOVERY_START);
  g_clear_pointer (&self->wanted, g_free);
}

static void
on_claimed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoSpoolKeeper *self = g_task_get_source_object (task);
  Claim *claim = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (tyto_spool_claim_finish (claim->spool, result, NULL, &error)) {
    take_spool (self, claim);
  } else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_STORAGE)) {
    retry_later (self, claim, error);
  } else {
    g_task_return_error (task, g_steal_pointer (&error));
    return;
  }
  g_task_return_boolean (task, TRUE);
}

/* Whether the catalogue knows no segment at all. */
static void
on_totals (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Claim *claim = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) totals
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);
  guint64 segments = 0;

  if (totals == NULL) {
    g_task_return_error (task, error);
    return;
  }
  for (guint i = 0; i < totals->len; i++)
    segments += ((TytoCatalogueTotals *) g_ptr_array_index (totals, i))->segments;
  tyto_spool_claim_async (claim->spool, claim->catalogue_id, segments == 0, NULL, on_claimed,
                          g_steal_pointer (&task));
}

static void
on_id (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Claim *claim = g_task_get_task_data (task);
  GError *error = NULL;

  claim->catalogue_id = tyto_catalogue_get_id_finish (TYTO_CATALOGUE (source), result, &error);
  if (claim->catalogue_id == NULL)
    g_task_return_error (task, error);
  else
    tyto_catalogue_list_totals_async (TYTO_CATALOGUE (source), NULL, on_totals,
                                      g_steal_pointer (&task));
}

void
tyto_spool_keeper_claim_async (TytoSpoolKeeper *self, const char *directory,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  Claim *claim = g_new0 (Claim, 1);

  g_task_set_source_tag (task, tyto_spool_keeper_claim_async);
  g_task_set_task_data (task, claim, (GDestroyNotify) claim_free);
  g_clear_handle_id (&self->claim_source, g_source_remove);
  claim->directory = g_strdup (directory);
  claim->spool = tyto_spool_new (directory);
  if (self->spool != NULL
      && g_str_equal (tyto_spool_get_directory (self->spool),
                      tyto_spool_get_directory (claim->spool))) {
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
    return;
  }
  tyto_catalogue_get_id_async (self->catalogue, NULL, on_id, task);
}

gboolean
tyto_spool_keeper_claim_finish (TytoSpoolKeeper *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- Recoveries --- */

static void
complete_stop (TytoSpoolKeeper *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->open != NULL || self->whole != NULL)
    return;
  task = g_steal_pointer (&self->stop);
  if (task != NULL)
    g_task_return_boolean (task, TRUE);
}

static gboolean
on_young_retry (gpointer data)
{
  TytoSpoolKeeper *self = data;

  self->young_source = 0;
  if (self->whole == NULL)
    tyto_spool_keeper_recover (self, TYTO_RECOVERY_START);
  return G_SOURCE_REMOVE;
}

static void
tell_end (TytoSpoolKeeper *self, TytoRecovery *recovery, const GError *error)
{
  TytoRecoveryReport *report = tyto_recovery_get_report (recovery);
  g_autofree char *summary = tyto_recovery_report_summary (report);
  guint64 absent = tyto_recovery_report_get (report, TYTO_FINDING_ABSENT);

  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_warning ("Recordings and catalogue were not compared to the end: %s", error->message);
  if (summary != NULL)
    g_message ("%s", summary);
  if (recovery != self->whole || error != NULL)
    return;
  if (absent > 0) {
    g_autofree char *message = g_strdup_printf (
        "%" G_GUINT64_FORMAT " recordings of the catalogue are not in %s\nMount their disk; if "
        "they were deleted on purpose: tytoctl catalogue rebuild",
        absent, tyto_spool_get_directory (self->spool));

    tyto_alerts_raise (self->alerts, "recordings", "warning", "", message);
  } else {
    tyto_alerts_clear (self->alerts, "recordings", "", "All recordings are there");
  }
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoSpoolKeeper) self = data;
  g_autoptr (TytoRecovery) recovery = g_object_ref (TYTO_RECOVERY (source));
  g_autoptr (GError) error = NULL;
  gboolean is_open = recovery == self->open;

  tyto_recovery_run_finish (recovery, result, &error);
  tell_end (self, recovery, error);
  g_signal_handlers_disconnect_by_data (recovery, self);
  if (is_open)
    g_clear_object (&self->open);
  else
    g_clear_object (&self->whole);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0, recovery);
  if (self->stopping) {
    complete_stop (self);
    return;
  }
  if (is_open && self->open_again)
    tyto_spool_keeper_recover (self, TYTO_RECOVERY_OPEN);
  if (is_open && tyto_recovery_has_young (recovery))
    tyto_spool_keeper_recover_later (self);
  if (!is_open && error == NULL && tyto_recovery_has_young (recovery) && self->n_retries > 0
      && self->young_source == 0) {
    self->n_retries--;
    self->young_source = g_timeout_add_seconds (YOUNG_RETRY_S, on_young_retry, self);
  }
}

static void
on_segment (TytoRecovery *recovery, TytoSegment *segment, TytoSpoolKeeper *self)
{
  g_signal_emit (self, signals[SIGNAL_SEGMENT], 0, segment);
}

static void
begin (TytoSpoolKeeper *self, TytoRecoveryMode mode)
{
  TytoRecovery *recovery = tyto_recovery_new (self->catalogue, self->spool, mode);

  if (mode == TYTO_RECOVERY_OPEN) {
    self->open = recovery;
    self->open_again = FALSE;
  } else {
    self->whole = recovery;
    g_clear_pointer (&self->report, tyto_recovery_report_unref);
    self->report = tyto_recovery_report_ref (tyto_recovery_get_report (recovery));
  }
  g_signal_connect (recovery, "segment", G_CALLBACK (on_segment), self);
  g_signal_emit (self, signals[SIGNAL_BEGINS], 0, recovery);
  tyto_recovery_run_async (recovery, self->cancellable, on_ended, g_object_ref (self));
}

static void
on_flushed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoSpoolKeeper) self = data;

  self->flushing = FALSE;
  /* When the catalogue takes no rows now, its "recovered" comes back here. */
  if (!tyto_entry_queue_flush_finish (self->entries, result, NULL) || self->stopping
      || self->spool == NULL)
    return;
  if (self->pending[TYTO_RECOVERY_OPEN] && self->open == NULL) {
    self->pending[TYTO_RECOVERY_OPEN] = FALSE;
    begin (self, TYTO_RECOVERY_OPEN);
  }
  if (self->pending[TYTO_RECOVERY_START] && self->whole == NULL) {
    self->pending[TYTO_RECOVERY_START] = FALSE;
    begin (self, TYTO_RECOVERY_START);
  }
}

static gboolean
on_idle (gpointer data)
{
  TytoSpoolKeeper *self = data;

  self->idle_source = 0;
  self->flushing = TRUE;
  tyto_entry_queue_flush_async (self->entries, NULL, on_flushed, g_object_ref (self));
  return G_SOURCE_REMOVE;
}

/* What the workers told must be in the catalogue before it is compared; what else the same event
 * brings is queued first. */
static void
start_pending (TytoSpoolKeeper *self)
{
  if (self->flushing || self->stopping || self->spool == NULL
      || !(self->pending[TYTO_RECOVERY_OPEN] || self->pending[TYTO_RECOVERY_START]))
    return;
  if (self->idle_source == 0)
    self->idle_source = g_idle_add (on_idle, self);
}

void
tyto_spool_keeper_recover (TytoSpoolKeeper *self, TytoRecoveryMode mode)
{
  g_return_if_fail (mode == TYTO_RECOVERY_OPEN || mode == TYTO_RECOVERY_START);

  if (mode == TYTO_RECOVERY_OPEN && self->open != NULL) {
    self->open_again = TRUE;
    return;
  }
  self->pending[mode] = TRUE;
  start_pending (self);
}

static gboolean
on_later (gpointer data)
{
  TytoSpoolKeeper *self = data;

  self->later_source = 0;
  tyto_spool_keeper_recover (self, TYTO_RECOVERY_OPEN);
  return G_SOURCE_REMOVE;
}

void
tyto_spool_keeper_recover_later (TytoSpoolKeeper *self)
{
  if (!self->stopping && self->later_source == 0)
    self->later_source = g_timeout_add_seconds (YOUNG_RETRY_S, on_later, self);
}

gboolean
tyto_spool_keeper_begin (TytoSpoolKeeper *self, TytoRecoveryMode mode, GError **error)
{
  if (self->stopping || self->spool == NULL) {
    tyto_set_error (error, TYTO_ERROR_STORAGE, "See to its disk, then try again.",
                    "The directory of the recordings cannot be used now");
    return FALSE;
  }
  if (self->whole != NULL) {
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, "Wait for its end.",
                    "Recordings and catalogue are being compared already");
    return FALSE;
  }
  begin (self, mode);
  return TRUE;
}

gboolean
tyto_spool_keeper_is_running (TytoSpoolKeeper *self)
{
  return self->whole != NULL;
}

TytoRecoveryReport *
tyto_spool_keeper_get_report (TytoSpoolKeeper *self)
{
  return self->report;
}

void
tyto_spool_keeper_cancel (TytoSpoolKeeper *self)
{
  self->stopping = TRUE;
  g_clear_handle_id (&self->claim_source, g_source_remove);
  g_clear_handle_id (&self->young_source, g_source_remove);
  g_clear_handle_id (&self->idle_source, g_source_remove);
  g_clear_handle_id (&self->later_source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
}

void
tyto_spool_keeper_stop_async (TytoSpoolKeeper *self, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_return_if_fail (self->stop == NULL);

  tyto_spool_keeper_cancel (self);
  self->stop = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->stop, tyto_spool_keeper_stop_async);
  complete_stop (self);
}

gboolean
tyto_spool_keeper_stop_finish (TytoSpoolKeeper *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
tyto_spool_keeper_dispose (GObject *object)
{
  TytoSpoolKeeper *self = TYTO_SPOOL_KEEPER (object);

  tyto_spool_keeper_cancel (self);
  if (self->entries != NULL)
    g_signal_handlers_disconnect_by_data (self->entries, self);
  g_clear_object (&self->entries);
  G_OBJECT_CLASS (tyto_spool_keeper_parent_class)->dispose (object);
}

static void
tyto_spool_keeper_finalize (GObject *object)
{
  TytoSpoolKeeper *self = TYTO_SPOOL_KEEPER (object);

  g_object_unref (self->cancellable);
  g_clear_object (&self->spool);
  g_clear_pointer (&self->report, tyto_recovery_report_unref);
  g_free (self->wanted);
  g_object_unref (self->alerts);
  g_object_unref (self->catalogue);
  G_OBJECT_CLASS (tyto_spool_keeper_parent_class)->finalize (object);
}

static void
tyto_spool_keeper_class_init (TytoSpoolKeeperClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tyto_spool_keeper_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_spool_keeper_finalize;
  signals[SIGNAL_BEGINS] = g_signal_new ("begins", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                         G_TYPE_NONE, 1, TYTO_TYPE_RECOVERY);
  signals[SIGNAL_SEGMENT] = g_signal_new ("segment", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, TYTO_TYPE_SEGMENT);
  signals[SIGNAL_ENDED] = g_signal_new ("ended", type, G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 1, TYTO_TYPE_RECOVERY);
}

static void
tyto_spool_keeper_init (TytoSpoolKeeper *self)
{
  self->cancellable = g_cancellable_new ();
  self->n_retries = MAX_RETRIES;
}
