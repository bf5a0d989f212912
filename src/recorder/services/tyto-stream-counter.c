/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/services/tyto-stream-counter-private.h"

G_DEFINE_FINAL_TYPE (TytoStreamCounter, tyto_stream_counter, G_TYPE_OBJECT)

static TytoStreamPlace *
get_place (TytoStreamCounter *self, const char *camera, const char *source)
{
  TytoStreamPlace *place = g_hash_table_lookup (self->places, camera);

  if (place == NULL) {
    place = tyto_stream_place_new (self, camera);
    g_hash_table_insert (self->places, place->camera, place);
  }
  g_free (place->source);
  place->source = g_strdup (source);
  return place;
}

void
tyto_stream_counter_reserve_async (TytoStreamCounter *self, const char *camera, const char *source,
                                   GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  TytoStreamPlace *place;

  if (!tyto_service_client_is_on (self->client) || self->stopping) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  place = get_place (self, camera, source);
  if (place->id != NULL) {
    g_task_return_boolean (task, TRUE);
    return;
  }
  g_ptr_array_add (place->waiting, g_steal_pointer (&task));
  tyto_stream_place_next_step (place);
}

gboolean
tyto_stream_counter_reserve_finish (TytoStreamCounter *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
tyto_stream_counter_want (TytoStreamCounter *self, const char *camera, const char *source)
{
  TytoStreamPlace *place = get_place (self, camera, source);

  if (place->wanted || self->stopping)
    return;
  place->wanted = TRUE;
  /* That of an earlier process may have ended meanwhile, which a heartbeat tells. */
  if (place->fresh)
    tyto_stream_place_arm (place);
  else
    tyto_stream_place_next_step (place);
}

static void
give_back (TytoStreamPlace *place)
{
  if (place->id == NULL)
    return;
  tyto_service_state_set (place->owner->state, TYTO_STREAM_RESERVED, place->camera, NULL);
  tyto_stream_releases_add (place->owner->releases, place->id, place->camera);
}

void
tyto_stream_counter_unwant (TytoStreamCounter *self, const char *camera)
{
  TytoStreamPlace *place = g_hash_table_lookup (self->places, camera);
  GPtrArray *waiting;

  if (place == NULL || self->stopping)
    return;
  waiting = tyto_stream_place_take_waiting (place);
  tyto_stream_place_set_refused (place, NULL);
  give_back (place);
  g_hash_table_remove (self->places, camera);
  tyto_stream_place_answer (waiting, NULL);
}

void
tyto_stream_counter_settle (TytoStreamCounter *self)
{
  g_auto (GStrv) cameras = tyto_service_state_list (self->state, TYTO_STREAM_RESERVED);

  for (guint i = 0; cameras[i] != NULL; i++) {
    if (g_hash_table_contains (self->places, cameras[i]))
      continue;
    get_place (self, cameras[i], "");
    tyto_stream_counter_unwant (self, cameras[i]);
  }
  tyto_stream_releases_retry (self->releases);
}

const char *
tyto_stream_counter_get_reservation (TytoStreamCounter *self, const char *camera)
{
  TytoStreamPlace *place = g_hash_table_lookup (self->places, camera);

  return place != NULL ? place->id : NULL;
}

void
tyto_stream_counter_describe (TytoStreamCounter *self, GVariantDict *dict)
{
  guint64 reserved = 0, missing = 0;
  GHashTableIter iter;
  gpointer data;

  g_hash_table_iter_init (&iter, self->places);
  while (g_hash_table_iter_next (&iter, NULL, &data)) {
    const TytoStreamPlace *place = data;

    reserved += place->id != NULL;
    missing += place->id == NULL && place->wanted;
  }
  g_variant_dict_insert (dict, "reserved", "t", reserved);
  g_variant_dict_insert (dict, "missing", "t", missing);
  g_variant_dict_insert (dict, "releasing", "t",
                         (guint64) tyto_stream_releases_get_length (self->releases));
}

/* --- The end --- */

static void
end_stop (TytoStreamCounter *self)
{
  g_autoptr (GTask) stop = g_steal_pointer (&self->stop);

  g_clear_handle_id (&self->stop_timer, g_source_remove);
  if (stop != NULL)
    g_task_return_boolean (stop, TRUE);
}

static gboolean
on_stop_time (gpointer data)
{
  TytoStreamCounter *self = data;

  self->stop_timer = 0;
  end_stop (self);
  return G_SOURCE_REMOVE;
}

void
tyto_stream_counter_stop_async (TytoStreamCounter *self, gboolean release, guint ms,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GPtrArray) waiting = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer data;

  self->stopping = TRUE;
  self->stop = g_task_new (self, NULL, callback, user_data);
  g_hash_table_iter_init (&iter, self->places);
  while (g_hash_table_iter_next (&iter, NULL, &data)) {
    g_ptr_array_add (waiting, tyto_stream_place_take_waiting (data));
    if (release)
      give_back (data);
    g_hash_table_iter_remove (&iter);
  }
  for (guint i = 0; i < waiting->len; i++)
    tyto_stream_place_answer (waiting->pdata[i], NULL);
  if (tyto_stream_releases_is_idle (self->releases))
    end_stop (self);
  else
    self->stop_timer = g_timeout_add (ms, on_stop_time, self);
}

gboolean
tyto_stream_counter_stop_finish (TytoStreamCounter *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- The object --- */

/* Reservations of another service are nothing to this one. */
static void
check_service (TytoStreamCounter *self)
{
  const char *url = tyto_settings_get_string (self->settings, "stream-counter-url");
  g_autofree char *before = tyto_service_state_get (self->state, TYTO_STREAM_SERVICE, "url");

  if (g_strcmp0 (before, *url != '\0' ? url : NULL) == 0)
    return;
  tyto_service_state_forget_group (self->state, TYTO_STREAM_RESERVED);
  tyto_stream_releases_forget (self->releases);
  tyto_service_state_set (self->state, TYTO_STREAM_SERVICE, "url", *url != '\0' ? url : NULL);
}

static void
on_url_changed (TytoStreamCounter *self)
{
  g_autoptr (GPtrArray) cameras = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer camera;

  check_service (self);
  g_hash_table_iter_init (&iter, self->places);
  while (g_hash_table_iter_next (&iter, &camera, NULL))
    g_ptr_array_add (cameras, g_strdup (camera));
  for (guint i = 0; i < cameras->len; i++) {
    TytoStreamPlace *place = g_hash_table_lookup (self->places, cameras->pdata[i]);

    if (place == NULL)
      continue;
    place->call = 0; /* its answer is of no use any more */
    place->fresh = FALSE;
    g_clear_pointer (&place->id, g_free);
    tyto_stream_place_set_refused (place, NULL);
    tyto_stream_place_next_step (place);
  }
}

TytoStreamCounter *
tyto_stream_counter_new (TytoSettings *settings, TytoServiceClient *client, TytoServiceState *state)
{
  TytoStreamCounter *self = g_object_new (TYTO_TYPE_STREAM_COUNTER, NULL);

  self->settings = g_object_ref (settings);
  self->client = g_object_ref (client);
  self->state = g_object_ref (state);
  self->releases = tyto_stream_releases_new (client, state);
  g_signal_connect_object (self->releases, "idle", G_CALLBACK (end_stop), self, G_CONNECT_SWAPPED);
  check_service (self);
  g_signal_connect_object (settings, "notify::stream-counter-url", G_CALLBACK (on_url_changed),
                           self, G_CONNECT_SWAPPED);
  return self;
}

static void
tyto_stream_counter_dispose (GObject *object)
{
  TytoStreamCounter *self = TYTO_STREAM_COUNTER (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->stop_timer, g_source_remove);
  g_hash_table_remove_all (self->places);
  G_OBJECT_CLASS (tyto_stream_counter_parent_class)->dispose (object);
}

static void
tyto_stream_counter_finalize (GObject *object)
{
  TytoStreamCounter *self = TYTO_STREAM_COUNTER (object);

  g_hash_table_unref (self->places);
  g_object_unref (self->cancellable);
  g_object_unref (self->releases);
  g_object_unref (self->state);
  g_object_unref (self->client);
  g_object_unref (self->settings);
  G_OBJECT_CLASS (tyto_stream_counter_parent_class)->finalize (object);
}

static void
tyto_stream_counter_class_init (TytoStreamCounterClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tyto_stream_counter_dispose;
  object_class->finalize = tyto_stream_counter_finalize;
  g_signal_new ("refused", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
tyto_stream_counter_init (TytoStreamCounter *self)
{
  self->places = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, tyto_stream_place_free);
  self->cancellable = g_cancellable_new ();
}
