/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/workers/tyto-supervisor-private.h"

#include "base/tyto-time.h"
#include "recorder/cameras/tyto-camera-events.h"
#include "recorder/cameras/tyto-capture-settings.h"
#include "recorder/workers/tyto-restart-policy.h"

#define REFUSED_RETRY_S 30
#define KILL_MS         9000

G_DEFINE_FINAL_TYPE (TytoSupervisor, tyto_supervisor, G_TYPE_OBJECT)

TytoSupervisor *
tyto_supervisor_new (TytoSettings *settings, TytoEntryQueue *entries, const char *worker_path,
                     const char *run_dir)
{
  TytoSupervisor *self = g_object_new (TYTO_TYPE_SUPERVISOR, NULL);

  self->settings = g_object_ref (settings);
  self->entries = g_object_ref (entries);
  self->launcher = tyto_worker_launcher_new (settings, worker_path, run_dir);
  return self;
}

static void
place_free (TytoPlace *place)
{
  g_object_unref (place->camera);
  g_ptr_array_unref (place->settling);
  g_free (place);
}

static TytoPlace *
get_place (TytoSupervisor *self, TytoCamera *camera)
{
  const char *id = tyto_camera_get_id (camera);
  TytoPlace *place = g_hash_table_lookup (self->places, id);

  if (place == NULL) {
    place = g_new0 (TytoPlace, 1);
    place->camera = g_object_ref (camera);
    place->stop_us = -1;
    place->settling = g_ptr_array_new_with_free_func (g_object_unref);
    g_hash_table_insert (self->places, (gpointer) tyto_camera_get_id (camera), place);
  }
  return place;
}

static void
complete_settling (TytoPlace *place)
{
  g_autoptr (GPtrArray) tasks = place->settling;

  place->settling = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < tasks->len; i++)
    g_task_return_boolean (g_ptr_array_index (tasks, i), TRUE);
}

static gboolean
is_settled (TytoPlace *place)
{
  if (place->slot == NULL)
    return TRUE;
  return place->stop_us < 0 && tyto_worker_slot_is_settled (place->slot, place->camera);
}

static void
on_settled (TytoWorkerSlot *slot, TytoCamera *camera, TytoSupervisor *self)
{
  TytoPlace *place = get_place (self, camera);

  if (is_settled (place))
    complete_settling (place);
}

/* The camera is off: forgotten when it was let go for good. */
static void
finish_stop (TytoSupervisor *self, TytoPlace *place)
{
  gint64 stop_us = place->stop_us >= 0 ? place->stop_us : tyto_time_now ();
  g_autoptr (TytoCamera) camera = g_object_ref (place->camera);

  place->stop_us = -1;
  tyto_camera_cease (camera, stop_us);
  complete_settling (place);
  if (place->released)
    g_hash_table_remove (self->places, tyto_camera_get_id (camera));
}

static void
drop_slot_if_done (TytoSupervisor *self, TytoWorkerSlot *slot)
{
  if (tyto_worker_slot_get_n_cameras (slot) > 0 || tyto_worker_slot_is_running (slot))
    return;
  g_signal_handlers_disconnect_by_data (slot, self);
  g_ptr_array_remove (self->slots, slot);
}

static void
on_released (TytoWorkerSlot *slot, TytoCamera *camera, TytoSupervisor *self)
{
  g_autoptr (TytoWorkerSlot) held = g_object_ref (slot);
  TytoPlace *place = get_place (self, camera);

  place->slot = NULL;
  if (place->released || !tyto_camera_get_config (camera)->enabled) {
    finish_stop (self, place);
  } else {
    complete_settling (place);
    tyto_supervisor_update (self, camera);
  }
  drop_slot_if_done (self, held);
}

static void
check_shutdown (TytoSupervisor *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->shutdown == NULL)
    return;
  for (guint i = 0; i < self->slots->len; i++) {
    if (tyto_worker_slot_is_running (g_ptr_array_index (self->slots, i)))
      return;
  }
  g_clear_handle_id (&self->kill_source, g_source_remove);
  task = g_steal_pointer (&self->shutdown);
  g_task_return_boolean (task, TRUE);
}

static void
on_slot_ended (TytoWorkerSlot *slot, TytoSupervisor *self)
{
  g_autoptr (TytoWorkerSlot) held = g_object_ref (slot);

  drop_slot_if_done (self, held);
  tyto_supervisor_check_adoption (self);
  check_shutdown (self);
}

TytoWorkerSlot *
tyto_supervisor_make_slot (TytoSupervisor *self, guint number)
{
  TytoWorkerSlot *slot = tyto_worker_slot_new (self->launcher, self->entries, number);

  g_signal_connect (slot, "settled", G_CALLBACK (on_settled), self);
  g_signal_connect (slot, "released", G_CALLBACK (on_released), self);
  g_signal_connect_swapped (slot, "died", G_CALLBACK (tyto_supervisor_split), self);
  g_signal_connect (slot, "ended", G_CALLBACK (on_slot_ended), self);
  g_signal_connect_swapped (slot, "adopted", G_CALLBACK (tyto_supervisor_check_adoption), self);
  g_ptr_array_add (self->slots, slot);
  return slot;
}

static gboolean
on_refused_retry (gpointer data)
{
  TytoSupervisor *self = data;
  g_autoptr (GList) places = g_hash_table_get_values (self->places);

  self->refused_source = 0;
  for (GList *l = places; l != NULL; l = l->next) {
    TytoPlace *place = l->data;

    if (place->slot == NULL && !place->released)
      tyto_supervisor_update (self, place->camera);
  }
  return G_SOURCE_REMOVE;
}

static void
refuse (TytoSupervisor *self, TytoPlace *place, const GError *error)
{
  if (place->slot != NULL) {
    tyto_worker_slot_set (place->slot, place->camera, NULL); /* comes back here by its release */
    return;
  }
  tyto_camera_refused (place->camera, error);
  complete_settling (place);
  if (self->refused_source == 0)
    self->refused_source = g_timeout_add_seconds (REFUSED_RETRY_S, on_refused_retry, self);
}

static void
record (TytoSupervisor *self, TytoPlace *place)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) settings = NULL;
  TytoCameraState state = tyto_camera_get_state (place->camera);

  place->stop_us = -1;
  tyto_camera_ask (place->camera, tyto_time_now ());
  if (state == TYTO_CAMERA_STATE_STOPPING)
    tyto_camera_set_state (place->camera, TYTO_CAMERA_STATE_CONNECTING, NULL);
  settings
      = tyto_capture_settings_new (self->settings, tyto_camera_get_config (place->camera), &error);
  if (settings == NULL) {
    refuse (self, place, error);
    return;
  }
  if (place->slot == NULL)
    place->slot = tyto_supervisor_choose_slot (self, place->camera);
  tyto_worker_slot_set (place->slot, place->camera, settings);
}

static void
let_go (TytoSupervisor *self, TytoPlace *place)
{
  g_autoptr (TytoCamera) camera = g_object_ref (place->camera);

  if (place->stop_us < 0)
    place->stop_us = tyto_time_now ();
  if (place->slot == NULL) {
    finish_stop (self, place);
    return;
  }
  tyto_camera_set_state (camera, TYTO_CAMERA_STATE_STOPPING, NULL);
  tyto_worker_slot_set (place->slot, camera, NULL); /* @place may be gone after it */
}

void
tyto_supervisor_update (TytoSupervisor *self, TytoCamera *camera)
{
  TytoPlace *place = get_place (self, camera);

  if (self->ending)
    return;
  g_queue_remove (&self->turns, camera);
  place->released = FALSE;
  if (tyto_camera_get_config (camera)->enabled)
    record (self, place);
  else
    let_go (self, place);
}

/* As many as are due: a busy main loop is late, and does not make it up turn by turn. */
static gboolean
on_turn (gpointer data)
{
  TytoSupervisor *self = data;
  gint64 stagger_us = 1000 * (gint64) tyto_worker_launcher_get_stagger_ms (self->launcher);
  gint64 now_us = g_get_monotonic_time ();
  TytoCamera *camera;

  while (self->turn_us <= now_us && (camera = g_queue_peek_head (&self->turns)) != NULL) {
    self->turn_us += stagger_us;
    tyto_supervisor_update (self, camera);
  }
  if (!g_queue_is_empty (&self->turns))
    return G_SOURCE_CONTINUE;
  self->turn_source = 0;
  return G_SOURCE_REMOVE;
}

void
tyto_supervisor_update_later (TytoSupervisor *self, TytoCamera *camera)
{
  if (self->ending || g_queue_find (&self->turns, camera) != NULL)
    return;
  if (tyto_camera_get_config (camera)->enabled)
    tyto_camera_ask (camera, tyto_time_now ());
  g_queue_push_tail (&self->turns, get_place (self, camera)->camera);
  if (self->turn_source == 0) {
    self->turn_us = g_get_monotonic_time ();
    self->turn_source
        = g_timeout_add (tyto_worker_launcher_get_stagger_ms (self->launcher), on_turn, self);
  }
}

void
tyto_supervisor_release (TytoSupervisor *self, TytoCamera *camera)
{
  TytoPlace *place = get_place (self, camera);

  if (self->ending)
    return;
  g_queue_remove (&self->turns, camera);
  place->released = TRUE;
  let_go (self, place);
}

void
tyto_supervisor_retry (TytoSupervisor *self, TytoCamera *camera)
{
  TytoPlace *place = get_place (self, camera);

  if (place->slot != NULL)
    tyto_worker_slot_retry (place->slot);
}

void
tyto_supervisor_restart_worker (TytoSupervisor *self, TytoCamera *camera, const char *why)
{
  TytoPlace *place = get_place (self, camera);

  if (place->slot != NULL && !self->ending)
    tyto_worker_slot_restart (place->slot, why);
}

void
tyto_supervisor_restart_camera (TytoSupervisor *self, TytoCamera *camera, const char *why)
{
  TytoPlace *place = get_place (self, camera);

  if (place->slot != NULL && !self->ending)
    tyto_worker_slot_restart_camera (place->slot, camera, why);
}

void
tyto_supervisor_settle_async (TytoSupervisor *self, TytoCamera *camera,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);
  TytoPlace *place = g_hash_table_lookup (self->places, tyto_camera_get_id (camera));

  g_task_set_source_tag (task, tyto_supervisor_settle_async);
  if (place != NULL && !self->ending && !is_settled (place)) {
    g_ptr_array_add (place->settling, task);
    return;
  }
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

gboolean
tyto_supervisor_settle_finish (TytoSupervisor *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

TytoLinkWorker1 *
tyto_supervisor_get_link (TytoSupervisor *self, TytoCamera *camera)
{
  TytoPlace *place = g_hash_table_lookup (self->places, tyto_camera_get_id (camera));

  return place != NULL && place->slot != NULL ? tyto_worker_slot_get_link (place->slot, camera)
                                              : NULL;
}

static gboolean
on_kill_time (gpointer data)
{
  TytoSupervisor *self = data;

  self->kill_source = 0;
  for (guint i = 0; i < self->slots->len; i++)
    tyto_worker_slot_kill (g_ptr_array_index (self->slots, i));
  return G_SOURCE_REMOVE;
}

void
tyto_supervisor_shutdown_async (TytoSupervisor *self, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GHashTableIter iter;
  gpointer place;

  g_return_if_fail (!self->ending);

  self->ending = TRUE;
  self->shutdown = g_task_new (self, NULL, callback, user_data);
  g_clear_handle_id (&self->turn_source, g_source_remove);
  g_clear_handle_id (&self->refused_source, g_source_remove);
  g_queue_clear (&self->turns);
  self->kill_source = g_timeout_add (KILL_MS, on_kill_time, self);
  for (guint i = 0; i < self->slots->len; i++)
    tyto_worker_slot_shutdown (g_ptr_array_index (self->slots, i));
  g_hash_table_iter_init (&iter, self->places);
  while (g_hash_table_iter_next (&iter, NULL, &place))
    complete_settling (place);
  check_shutdown (self);
}

void
tyto_supervisor_leave (TytoSupervisor *self)
{
  self->ending = TRUE;
  g_clear_handle_id (&self->turn_source, g_source_remove);
  g_clear_handle_id (&self->refused_source, g_source_remove);
  g_queue_clear (&self->turns);
  for (guint i = 0; i < self->slots->len; i++)
    tyto_worker_slot_leave (g_ptr_array_index (self->slots, i));
  tyto_supervisor_check_adoption (self);
}

gboolean
tyto_supervisor_shutdown_finish (TytoSupervisor *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
tyto_supervisor_dispose (GObject *object)
{
  TytoSupervisor *self = TYTO_SUPERVISOR (object);

  g_clear_handle_id (&self->turn_source, g_source_remove);
  g_clear_handle_id (&self->refused_source, g_source_remove);
  g_clear_handle_id (&self->kill_source, g_source_remove);
  for (guint i = 0; i < self->slots->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->slots, i), self);
  g_ptr_array_set_size (self->slots, 0);
  g_queue_clear (&self->turns);
  g_hash_table_remove_all (self->places);
  g_clear_object (&self->settings);
  G_OBJECT_CLASS (tyto_supervisor_parent_class)->dispose (object);
}

static void
tyto_supervisor_finalize (GObject *object)
{
  TytoSupervisor *self = TYTO_SUPERVISOR (object);

  g_ptr_array_unref (self->slots);
  g_hash_table_unref (self->places);
  g_object_unref (self->launcher);
  g_object_unref (self->entries);
  G_OBJECT_CLASS (tyto_supervisor_parent_class)->finalize (object);
}

static void
tyto_supervisor_class_init (TytoSupervisorClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tyto_supervisor_dispose;
  G_OBJECT_CLASS (klass)->finalize = tyto_supervisor_finalize;
}

static void
tyto_supervisor_init (TytoSupervisor *self)
{
  self->places = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) place_free);
  self->slots = g_ptr_array_new_with_free_func (g_object_unref);
  self->splits.span_us = TYTO_RESTART_WINDOW_US;
}
