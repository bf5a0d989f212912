/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-tier-mover.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/retention/tyto-slow-directory.h"
#include "recorder/retention/tyto-tier-move.h"
#include "store/tyto-catalogue-upkeep.h"

#define LOOK_S    5  /* between looks for what is to be moved */
#define REST_S    60 /* after a failure of slow-dir */
#define PAGE      50
#define MINUTE_US (60 * (gint64) G_USEC_PER_SEC)

struct _TytoTierMover {
  GObject parent_instance;

  TytoSettings *settings;
  TytoCatalogue *catalogue;
  TytoAlerts *alerts;
  TytoSlowDirectory *directory;
  char *journal;
  GCancellable *cancellable;
  guint source;
  gboolean running;   /* started, and not stopped */
  gboolean looking;   /* a look is under way */
  GPtrArray *waiting; /* (element-type TytoSegment): found, not yet moved */
  guint next;         /* of them */
  GHashTable *left;   /* (element-type utf8): ids of those that cannot be moved */
  TytoTierMove *move; /* under way */
  guint pauses;
  gboolean copied; /* it is, and waits for the end of a pause */
  char *failure;   /* (nullable) */
  guint64 moved;
};

G_DEFINE_FINAL_TYPE (TytoTierMover, tyto_tier_mover, G_TYPE_OBJECT)

static void move_next (TytoTierMover *self);
static gboolean look (gpointer data);

static void
look_again (TytoTierMover *self, guint seconds)
{
  self->looking = FALSE;
  if (self->running && self->source == 0)
    self->source = g_timeout_add_seconds (seconds, look, self);
}

static void
set_failure (TytoTierMover *self, const char *why)
{
  if (why != NULL) {
    g_autofree char *message = g_strdup_printf (
        "Recordings are not moved to slow-dir, and stay where they are: %s", why);

    tyto_alerts_raise (self->alerts, "tier", "warning", "", message);
  } else if (self->failure != NULL) {
    tyto_alerts_clear (self->alerts, "tier", "", "Recordings are moved to slow-dir again");
  }
  g_free (self->failure);
  self->failure = g_strdup (why);
}

/* --- The end of a move --- */

static void
on_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoTierMover) self = data;
  g_autoptr (TytoTierMove) move = g_steal_pointer (&self->move);
  g_autoptr (GError) error = NULL;

  if (!tyto_tier_move_finish (move, result, &error))
    set_failure (self, error->message);
  /* An old journal must be gone before there is a new one. */
  if (error != NULL || self->failure != NULL || !self->running)
    look_again (self, REST_S);
  else
    move_next (self);
}

static void
settle (TytoTierMover *self, gboolean moved)
{
  tyto_tier_move_settle_async (self->move, moved, NULL, on_settled, g_object_ref (self));
}

static void
on_placed (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoTierMover) self = data;
  g_autoptr (GError) error = NULL;

  if (tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error)) {
    self->moved++;
    set_failure (self, NULL);
    g_debug ("Moved %s to %s", self->move->source, self->move->target);
    settle (self, TRUE);
  } else if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    settle (self, FALSE); /* it was deleted meanwhile */
  } else {
    /* It cannot be told what the row says now: the journal knows what to ask. */
    g_warning ("The catalogue was not told that %s moved: %s", self->move->source, error->message);
    g_clear_pointer (&self->move, tyto_tier_move_unref);
    look_again (self, REST_S);
  }
}

static void
place (TytoTierMover *self)
{
  self->copied = FALSE;
  tyto_catalogue_set_place_async (self->catalogue, self->move->id, "slow", self->move->target, NULL,
                                  on_placed, g_object_ref (self));
}

static void
on_copied (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoTierMover) self = data;
  g_autoptr (GError) error = NULL;

  if (tyto_tier_move_finish (self->move, result, &error)) {
    if (self->pauses > 0)
      self->copied = TRUE;
    else
      place (self);
    return;
  }
  if (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_STORAGE)) {
    set_failure (self, error->message);
  } else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
    g_warning ("%s stays where it is: %s", self->move->source, error->message);
    g_hash_table_add (self->left, g_strdup (self->move->id));
  }
  settle (self, FALSE);
}

/* --- What is to be moved --- */

static void
begin_move (TytoTierMover *self, const TytoSegment *segment)
{
  const char *directory = tyto_slow_directory_get (self->directory);

  self->move = tyto_tier_move_new (self->journal);
  self->move->id = g_strdup (segment->id);
  self->move->source_root = g_strdup (tyto_settings_get_string (self->settings, "output-dir"));
  self->move->source = g_strdup (segment->path);
  self->move->target_root = g_strdup (directory);
  self->move->size = segment->bytes;
  self->move->sha256 = g_strdup (segment->sha256);
  self->move->limits.floor_bytes
      = (guint64) tyto_settings_get_uint (self->settings, "disk-floor-mib") << 20;
  self->move->limits.floor_percent = tyto_settings_get_uint (self->settings, "disk-floor-percent");
  tyto_tier_move_copy_async (self->move, self->cancellable, on_copied, g_object_ref (self));
}

static void
move_next (TytoTierMover *self)
{
  while (self->running && self->waiting != NULL && self->next < self->waiting->len) {
    const TytoSegment *segment = self->waiting->pdata[self->next++];

    if (!g_hash_table_contains (self->left, segment->id)) {
      begin_move (self, segment);
      return;
    }
  }
  look_again (self, LOOK_S);
}

static void
on_movable (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoTierMover) self = data;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  self->next = 0;
  self->waiting = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);
  if (self->waiting != NULL && self->waiting->len == 0)
    set_failure (self, NULL);
  move_next (self);
}

static void
list_movable (TytoTierMover *self)
{
  gint64 minutes = tyto_settings_get_uint (self->settings, "slow-after-minutes");
  /* Those that cannot be moved stay at the front of the list. */
  guint limit = MIN (1000, PAGE + g_hash_table_size (self->left));

  tyto_catalogue_list_movable_async (self->catalogue, tyto_time_now () - minutes * MINUTE_US, limit,
                                     self->cancellable, on_movable, g_object_ref (self));
}

/* --- Before: the directory, and what an earlier life left --- */

static void
on_old_settled (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoTierMove *move = g_task_get_task_data (task);
  GError *error = NULL;

  if (tyto_tier_move_finish (move, result, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Where the row points is what stays. */
static void
on_row (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoTierMove *move = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoSegment) segment
      = tyto_catalogue_get_segment_finish (TYTO_CATALOGUE (source), result, &error);

  if (segment == NULL && !g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND)) {
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  g_clear_error (&error);
  tyto_tier_move_settle_async (move,
                               segment != NULL && g_strcmp0 (segment->path, move->target) == 0,
                               NULL, on_old_settled, task);
}

static void
settle_old (TytoTierMover *self, GTask *task)
{
  TytoTierMove *move = tyto_tier_move_load (self->journal);

  if (move == NULL) {
    g_task_return_boolean (task, TRUE);
    g_object_unref (task);
    return;
  }
  g_task_set_task_data (task, move, (GDestroyNotify) tyto_tier_move_unref);
  tyto_catalogue_get_segment_async (self->catalogue, move->id, NULL, on_row, task);
}

static void
on_claimed (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoTierMover *self = g_task_get_source_object (task);
  GError *error = NULL;

  if (tyto_slow_directory_claim_finish (self->directory, result, &error)) {
    settle_old (self, task);
    return;
  }
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void
prepare_async (TytoTierMover *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, prepare_async);
  tyto_slow_directory_claim_async (self->directory, on_claimed, task);
}

static void
on_prepared (GObject *source, GAsyncResult *result, gpointer data)
{
  TytoTierMover *self = TYTO_TIER_MOVER (source);
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error)) {
    set_failure (self, error->message);
    look_again (self, LOOK_S);
  } else if (!self->running || tyto_slow_directory_get (self->directory) == NULL) {
    set_failure (self, NULL);
    look_again (self, LOOK_S);
  } else {
    list_movable (self);
  }
}

static gboolean
look (gpointer data)
{
  TytoTierMover *self = data;

  self->source = 0;
  self->looking = TRUE;
  prepare_async (self, on_prepared, NULL);
  return G_SOURCE_REMOVE;
}

/* --- The calls --- */

static void
on_settled_first (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    set_failure (TYTO_TIER_MOVER (source), error->message);
  g_task_return_boolean (task, TRUE);
}

void
tyto_tier_mover_settle_async (TytoTierMover *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, tyto_tier_mover_settle_async);
  prepare_async (self, on_settled_first, task);
}

void
tyto_tier_mover_settle_finish (TytoTierMover *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}

void
tyto_tier_mover_start (TytoTierMover *self)
{
  self->running = TRUE;
  if (!self->looking && self->source == 0)
    look (self);
}

void
tyto_tier_mover_stop (TytoTierMover *self)
{
  self->running = FALSE;
  g_clear_handle_id (&self->source, g_source_remove);
  g_cancellable_cancel (self->cancellable);
}

void
tyto_tier_mover_pause (TytoTierMover *self)
{
  self->pauses++;
}

void
tyto_tier_mover_unpause (TytoTierMover *self)
{
  g_return_if_fail (self->pauses > 0);

  if (--self->pauses == 0 && self->copied && self->running)
    place (self);
}

gboolean
tyto_tier_mover_has (TytoTierMover *self, const char *id)
{
  return self->move != NULL && g_str_equal (self->move->id, id);
}

const char *const *
tyto_tier_mover_get_directories (TytoTierMover *self)
{
  return tyto_slow_directory_get_known (self->directory);
}

guint64
tyto_tier_mover_get_moved (TytoTierMover *self)
{
  return self->moved;
}

const char *
tyto_tier_mover_get_failure (TytoTierMover *self)
{
  return self->failure;
}

static void
tyto_tier_mover_dispose (GObject *object)
{
  TytoTierMover *self = TYTO_TIER_MOVER (object);

  tyto_tier_mover_stop (self);
  G_OBJECT_CLASS (tyto_tier_mover_parent_class)->dispose (object);
}

static void
tyto_tier_mover_finalize (GObject *object)
{
  TytoTierMover *self = TYTO_TIER_MOVER (object);

  /* What is under way ends after dispose, and needs them. */
  g_clear_object (&self->directory);
  g_clear_object (&self->settings);
  g_clear_object (&self->catalogue);
  g_clear_object (&self->alerts);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->waiting, g_ptr_array_unref);
  g_clear_pointer (&self->move, tyto_tier_move_unref);
  g_hash_table_unref (self->left);
  g_free (self->journal);
  g_free (self->failure);
  G_OBJECT_CLASS (tyto_tier_mover_parent_class)->finalize (object);
}

static void
tyto_tier_mover_class_init (TytoTierMoverClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tyto_tier_mover_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_tier_mover_finalize;
}

static void
tyto_tier_mover_init (TytoTierMover *self)
{
  self->cancellable = g_cancellable_new ();
  self->left = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

TytoTierMover *
tyto_tier_mover_new (TytoSettings *settings, TytoCatalogue *catalogue, TytoAlerts *alerts)
{
  TytoTierMover *self = g_object_new (TYTO_TYPE_TIER_MOVER, NULL);

  self->settings = g_object_ref (settings);
  self->catalogue = g_object_ref (catalogue);
  self->alerts = g_object_ref (alerts);
  self->directory = tyto_slow_directory_new (settings, catalogue);
  self->journal = g_build_filename (tyto_settings_get_state_dir (settings), "move", NULL);
  return self;
}
