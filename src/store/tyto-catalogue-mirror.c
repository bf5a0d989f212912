/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-mirror.h"

#include "base/tyto-backoff.h"
#include "base/tyto-error.h"
#include "store/tyto-catalogue-changes.h"
#include "store/tyto-catalogue-postgresql.h"
#include "store/tyto-catalogue-upkeep.h"

/* Rows told at once, and how long to wait for more. */
#define BATCH   1000
#define IDLE_MS 500

/* What waits is told within a minute of the return of a database. */
#define MAX_DELAY_MS 15000

/* What is done next. All but the last two are done again after each failure. */
typedef enum {
  STEP_SOURCE_ID,
  STEP_TARGET_ID,
  STEP_OPEN,
  STEP_CLAIM,
  STEP_START,
  STEP_TABLES,
  STEP_CHANGES,
} Step;

struct _TytoCatalogueMirror {
  GObject parent_instance;

  TytoCatalogue *source;
  TytoCatalogue *target;
  char *recorder;

  Step step;
  gboolean running;
  gboolean busy; /* a call is under way */
  guint timer;
  TytoBackoff backoff;
  char *source_id;
  char *target_id;

  int table;   /* told as a whole, next; TYTO_N_SHARED_TABLES: none */
  char *after; /* nullable: where */
  char *last;  /* nullable: of the page that is under way */
  gint64 last_seq;
  gboolean is_all; /* the batch under way holds all there was when it was read */

  char *failure; /* nullable */
  guint64 waiting;
  gint64 oldest_us;
  GPtrArray *flushes; /* (element-type GTask) */
  guint n_covered;    /* the first of them: what they wait for is in the batch under way */
};

enum { SIGNAL_FAILING, SIGNAL_RECOVERED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoCatalogueMirror, tyto_catalogue_mirror, G_TYPE_OBJECT)

static void advance (TytoCatalogueMirror *self);

/* --- Between the calls --- */

static gboolean
on_timer (gpointer data)
{
  TytoCatalogueMirror *self = data;

  self->timer = 0;
  advance (self);
  return G_SOURCE_REMOVE;
}

static void
advance_after (TytoCatalogueMirror *self, guint delay_ms)
{
  if (self->running && self->timer == 0)
    self->timer = g_timeout_add (delay_ms, on_timer, self);
}

static void
end_flushes (TytoCatalogueMirror *self, guint count, const GError *error)
{
  for (; count > 0; count--) {
    g_autoptr (GTask) task = g_ptr_array_steal_index (self->flushes, 0);

    if (error != NULL)
      g_task_return_error (task, g_error_copy (error));
    else
      g_task_return_boolean (task, TRUE);
  }
}

static void
on_counted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoCatalogueMirror) self = data;

  tyto_catalogue_count_changes_finish (TYTO_CATALOGUE (source), result, &self->waiting,
                                       &self->oldest_us, NULL);
}

static void
count (TytoCatalogueMirror *self)
{
  if (self->running)
    tyto_catalogue_count_changes_async (self->source, NULL, on_counted, g_object_ref (self));
}

/* Takes @error. */
static void
fail (TytoCatalogueMirror *self, GError *error)
{
  g_autoptr (GError) owned = error;
  gboolean is_first = self->failure == NULL;

  self->busy = FALSE;
  if (!self->running)
    return;
  self->step = STEP_SOURCE_ID;
  g_free (self->failure);
  self->failure = tyto_error_why (error);
  end_flushes (self, self->flushes->len, error);
  self->n_covered = 0;
  if (is_first)
    g_signal_emit (self, signals[SIGNAL_FAILING], 0, self->failure);
  count (self);
  advance_after (self, tyto_backoff_next (&self->backoff));
}

/* What was under way went well. */
static void
go_on (TytoCatalogueMirror *self, Step step)
{
  self->busy = FALSE;
  self->step = step;
  advance (self);
}

static void
succeed (TytoCatalogueMirror *self)
{
  tyto_backoff_reset (&self->backoff);
  if (self->failure == NULL)
    return;
  g_clear_pointer (&self->failure, g_free);
  g_signal_emit (self, signals[SIGNAL_RECOVERED], 0);
}

/* --- Who tells whom --- */

static void
on_source_id (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoCatalogueMirror) self = data;
  GError *error = NULL;

  g_free (self->source_id);
  self->source_id = tyto_catalogue_get_id_finish (self->source, result, &error);
  if (self->source_id != NULL)
    go_on (self, STEP_TARGET_ID);
  else
    fail (self, error);
}

static void
on_target_id (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoCatalogueMirror) self = data;
  GError *error = NULL;

  g_free (self->target_id);
  self->target_id = tyto_catalogue_get_id_finish (self->target, result, &error);
  if (self->target_id != NULL) {
    go_on (self, STEP_CLAIM);
  } else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE)) {
    g_error_free (error);
    go_on (self, STEP_OPEN);
  } else {
    fail (self, error);
  }
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoCatalogueMirror) self = data;
  GError *error = NULL;

  if (tyto_catalogue_open_finish (self->target, result, &error))
    go_on (self, STEP_TARGET_ID);
  else
    fail (self, error);
}

static void
on_claimed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoCatalogueMirror) self = data;
  GError *error = NULL;

  if (tyto_catalogue_enter_finish (self->target, result, &error))
    go_on (self, STEP_START);
  else
    fail (self, error);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoCatalogueMirror) self = data;
  GError *error = NULL;

  g_clear_pointer (&self->after, g_free);
  if (tyto_catalogue_start_changes_finish (self->source, result, &self->table, &self->after,
                                           &error))
    go_on (self, self->table < TYTO_N_SHARED_TABLES ? STEP_TABLES : STEP_CHANGES);
  else
    fail (self, error);
}

/* --- Telling: read from the source, taken by the target, kept by the source --- */

static void
on_kept (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoCatalogueMirror) self = data;
  GError *error = NULL;

  if (!tyto_catalogue_enter_finish (self->source, result, &error)) {
    fail (self, error);
    return;
  }
  succeed (self);
  count (self);
  if (self->step == STEP_TABLES) {
    go_on (self, self->table < TYTO_N_SHARED_TABLES ? STEP_TABLES : STEP_CHANGES);
    return;
  }
  if (self->is_all) { /* until the next count says otherwise */
    self->waiting = 0;
    self->oldest_us = -1;
    end_flushes (self, self->n_covered, NULL);
  }
  self->n_covered = 0;
  go_on (self, STEP_CHANGES);
}

static void
on_taken (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoCatalogueMirror) self = data;
  GError *error = NULL;

  if (!tyto_catalogue_enter_finish (self->target, result, &error)) {
    fail (self, error);
    return;
  }
  if (!self->running)
    return;
  if (self->step == STEP_CHANGES) {
    tyto_catalogue_forget_changes_async (self->source, self->last_seq, NULL, on_kept,
                                         g_object_ref (self));
    return;
  }
  if (self->last == NULL)
    self->table++;
  g_free (self->after);
  self->after = g_steal_pointer (&self->last);
  tyto_catalogue_keep_place_async (self->source, self->table, self->after, NULL, on_kept,
                                   g_object_ref (self));
}

/* Nothing has changed since. */
static void
rest (TytoCatalogueMirror *self)
{
  self->busy = FALSE;
  self->waiting = 0;
  self->oldest_us = -1;
  succeed (self);
  end_flushes (self, self->n_covered, NULL);
  self->n_covered = 0;
  advance_after (self, self->flushes->len > 0 ? 0 : IDLE_MS);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoCatalogueMirror) self = data;
  GError *error = NULL;
  TytoChanges *changes = tyto_catalogue_read_changes_finish (self->source, result, &error);

  if (changes == NULL) {
    fail (self, error);
    return;
  }
  if (!self->running || (self->step == STEP_CHANGES && changes->count == 0)) {
    tyto_changes_free (changes);
    rest (self);
    return;
  }
  self->is_all = changes->count < BATCH;
  self->last_seq = changes->last_seq;
  g_free (self->last);
  self->last = g_strdup (changes->last);
  tyto_catalogue_take_changes_async (self->target, self->recorder, changes, NULL, on_taken,
                                     g_object_ref (self));
}

static void
advance (TytoCatalogueMirror *self)
{
  g_autofree char *target = NULL;
  gpointer data;

  if (!self->running || self->busy)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  self->busy = TRUE;
  data = g_object_ref (self);
  switch (self->step) {
  case STEP_SOURCE_ID:
    tyto_catalogue_get_id_async (self->source, NULL, on_source_id, data);
    break;
  case STEP_TARGET_ID:
    tyto_catalogue_get_id_async (self->target, NULL, on_target_id, data);
    break;
  case STEP_OPEN:
    tyto_catalogue_open_async (self->target, NULL, on_opened, data);
    break;
  case STEP_CLAIM:
    tyto_catalogue_claim_recorder_async (self->target, self->recorder, self->source_id, NULL,
                                         on_claimed, data);
    break;
  case STEP_START:
    target = g_strdup_printf ("%s %s", self->target_id, self->recorder);
    tyto_catalogue_start_changes_async (self->source, target, NULL, on_started, data);
    break;
  case STEP_TABLES:
    tyto_catalogue_read_table_async (self->source, self->table, self->after, BATCH, NULL, on_read,
                                     data);
    break;
  case STEP_CHANGES:
    self->n_covered = self->flushes->len;
    tyto_catalogue_read_changes_async (self->source, BATCH, NULL, on_read, data);
    break;
  }
}

/* --- For everyone --- */

void
tyto_catalogue_mirror_start (TytoCatalogueMirror *self)
{
  self->running = TRUE;
  count (self);
  advance (self);
}

void
tyto_catalogue_mirror_flush_async (TytoCatalogueMirror *self, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  if (!self->running) {
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE, "The mirror is stopped");
    return;
  }
  g_ptr_array_add (self->flushes, g_steal_pointer (&task));
  advance (self);
}

gboolean
tyto_catalogue_mirror_flush_finish (TytoCatalogueMirror *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
tyto_catalogue_mirror_stop (TytoCatalogueMirror *self)
{
  g_autoptr (GError) error = NULL;

  if (!self->running)
    return;
  self->running = FALSE;
  g_clear_handle_id (&self->timer, g_source_remove);
  tyto_set_error (&error, TYTO_ERROR_UNAVAILABLE, NULL, "The mirror is stopped.");
  end_flushes (self, self->flushes->len, error);
  if (TYTO_IS_CATALOGUE_POSTGRESQL (self->target))
    tyto_catalogue_postgresql_leave (TYTO_CATALOGUE_POSTGRESQL (self->target));
  tyto_catalogue_close (self->target);
}

guint64
tyto_catalogue_mirror_get_waiting (TytoCatalogueMirror *self)
{
  return self->table < TYTO_N_SHARED_TABLES ? MAX (self->waiting, 1) : self->waiting;
}

gint64
tyto_catalogue_mirror_get_oldest_us (TytoCatalogueMirror *self)
{
  return self->oldest_us;
}

const char *
tyto_catalogue_mirror_get_failure (TytoCatalogueMirror *self)
{
  return self->failure;
}

static void
tyto_catalogue_mirror_finalize (GObject *object)
{
  TytoCatalogueMirror *self = TYTO_CATALOGUE_MIRROR (object);

  tyto_catalogue_mirror_stop (self);
  g_object_unref (self->source);
  g_object_unref (self->target);
  g_free (self->recorder);
  g_free (self->source_id);
  g_free (self->target_id);
  g_free (self->after);
  g_free (self->last);
  g_free (self->failure);
  g_ptr_array_unref (self->flushes);
  G_OBJECT_CLASS (tyto_catalogue_mirror_parent_class)->finalize (object);
}

static void
tyto_catalogue_mirror_class_init (TytoCatalogueMirrorClass *klass)
{
  GType type = G_TYPE_FROM_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = tyto_catalogue_mirror_finalize;
  signals[SIGNAL_FAILING] = g_signal_new ("failing", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_RECOVERED]
      = g_signal_new ("recovered", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_catalogue_mirror_init (TytoCatalogueMirror *self)
{
  self->backoff = (TytoBackoff){ 1000, MAX_DELAY_MS, 0 };
  self->oldest_us = -1;
  self->flushes = g_ptr_array_new ();
}

TytoCatalogueMirror *
tyto_catalogue_mirror_new (TytoCatalogue *source, TytoCatalogue *target, const char *recorder)
{
  TytoCatalogueMirror *self = g_object_new (TYTO_TYPE_CATALOGUE_MIRROR, NULL);

  self->source = g_object_ref (source);
  self->target = g_object_ref (target);
  self->recorder = g_strdup (recorder);
  return self;
}
