/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A camera's place: its reservation is made, and kept alive. */
#include "recorder/services/tyto-stream-counter-private.h"

#include "base/tyto-error.h"
#include "base/tyto-log.h"
#include "recorder/services/tyto-stream-requests.h"

/* A request; the place may be gone, or another one, when it is answered. */
typedef struct {
  TytoStreamCounter *owner;
  char *camera;
  guint64 number;
} Call;

TytoStreamPlace *
tyto_stream_place_new (TytoStreamCounter *owner, const char *camera)
{
  TytoStreamPlace *self = g_new0 (TytoStreamPlace, 1);

  self->owner = owner;
  self->camera = g_strdup (camera);
  self->source = g_strdup ("");
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  if (tyto_service_client_is_on (owner->client))
    self->id = tyto_service_state_get (owner->state, TYTO_STREAM_RESERVED, camera);
  return self;
}

void
tyto_stream_place_free (gpointer place)
{
  TytoStreamPlace *self = place;

  g_clear_handle_id (&self->timer, g_source_remove);
  g_ptr_array_unref (self->waiting);
  g_free (self->camera);
  g_free (self->source);
  g_free (self->id);
  g_free (self);
}

void
tyto_stream_place_set_refused (TytoStreamPlace *self, const char *why)
{
  if (!self->refused && why == NULL)
    return;
  self->refused = why != NULL;
  g_signal_emit_by_name (self->owner, "refused", self->camera, why);
}

GPtrArray *
tyto_stream_place_take_waiting (TytoStreamPlace *self)
{
  GPtrArray *waiting = self->waiting;

  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  return waiting;
}

void
tyto_stream_place_answer (GPtrArray *waiting, const GError *error)
{
  for (guint i = 0; i < waiting->len; i++) {
    if (error != NULL)
      g_task_return_error (waiting->pdata[i], g_error_copy (error));
    else
      g_task_return_boolean (waiting->pdata[i], TRUE);
  }
  g_ptr_array_unref (waiting);
}

static gboolean
on_timer (gpointer data)
{
  TytoStreamPlace *self = data;

  self->timer = 0;
  tyto_stream_place_next_step (self);
  return G_SOURCE_REMOVE;
}

void
tyto_stream_place_arm (TytoStreamPlace *self)
{
  guint seconds = tyto_settings_get_uint (self->owner->settings, "stream-heartbeat-seconds");

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->wanted && !self->owner->stopping)
    self->timer = g_timeout_add_seconds (seconds, on_timer, self);
}

/* --- Requests --- */

static void
begin_call (TytoStreamPlace *place, const TytoServiceCall *request, GAsyncReadyCallback callback)
{
  TytoStreamCounter *self = place->owner;
  Call *call = g_new (Call, 1);

  call->owner = g_object_ref (self);
  call->camera = g_strdup (place->camera);
  call->number = place->call = ++self->last_call;
  tyto_service_client_call_async (self->client, request, self->cancellable, callback, call);
}

static void
call_free (Call *call)
{
  g_object_unref (call->owner);
  g_free (call->camera);
  g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Call, call_free)

/* The place that asked, if it still waits for this answer. */
static TytoStreamPlace *
end_call (Call *call)
{
  TytoStreamPlace *place = g_hash_table_lookup (call->owner->places, call->camera);

  if (place == NULL || place->call != call->number)
    return NULL;
  place->call = 0;
  return place;
}

/* No reservation: those who wait are told, and what is recorded goes on. */
static void
not_reserved (TytoStreamPlace *place, const GError *error)
{
  gboolean refused = g_error_matches (error, TYTO_ERROR, TYTO_ERROR_QUOTA);
  GPtrArray *waiting = tyto_stream_place_take_waiting (place);

  if (refused && place->wanted) {
    g_autofree char *why = tyto_error_why (error);

    tyto_stream_place_set_refused (place, why);
  }
  if (refused && !place->wanted)
    g_hash_table_remove (place->owner->places, place->camera);
  else
    tyto_stream_place_arm (place);
  tyto_stream_place_answer (waiting, refused ? error : NULL);
}

static void
reserved (TytoStreamPlace *place, char *id)
{
  GPtrArray *waiting = tyto_stream_place_take_waiting (place);

  g_free (place->id);
  place->id = id;
  place->fresh = TRUE;
  tyto_service_state_set (place->owner->state, TYTO_STREAM_RESERVED, place->camera, id);
  tyto_stream_place_set_refused (place, NULL);
  tyto_stream_place_arm (place);
  tyto_stream_place_answer (waiting, NULL);
}

static void
on_reserved (GObject *source, GAsyncResult *result, gpointer data)
{
  TytoServiceClient *client = TYTO_SERVICE_CLIENT (source);
  g_autoptr (Call) call = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoServiceAnswer) answer = tyto_service_client_call_finish (client, result, &error);
  TytoStreamPlace *place = end_call (call);
  char *id = NULL;

  if (answer != NULL && tyto_service_answer_is_success (answer))
    id = tyto_stream_requests_read (answer, call->camera, &error);
  else if (answer != NULL)
    tyto_stream_requests_refusal (answer, call->camera, &error);
  if (answer != NULL && g_error_matches (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE))
    tyto_service_client_note (client, error);
  if (place == NULL && id != NULL)
    tyto_stream_releases_add (call->owner->releases, id, call->camera); /* nobody wants it now */
  else if (place != NULL && id != NULL)
    reserved (place, g_steal_pointer (&id));
  else if (place != NULL)
    not_reserved (place, error);
  g_free (id);
}

static void
on_heartbeat (GObject *source, GAsyncResult *result, gpointer data)
{
  TytoServiceClient *client = TYTO_SERVICE_CLIENT (source);
  g_autoptr (Call) call = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TytoServiceAnswer) answer = tyto_service_client_call_finish (client, result, &error);
  TytoStreamPlace *place = end_call (call);

  if (place == NULL)
    return;
  if (answer != NULL
      && (answer->status == SOUP_STATUS_NOT_FOUND || answer->status == SOUP_STATUS_GONE)) {
    tyto_log_camera (place->camera, G_LOG_LEVEL_MESSAGE,
                     "The stream counter no longer knows its reservation: another is made");
    g_clear_pointer (&place->id, g_free);
    tyto_service_state_set (place->owner->state, TYTO_STREAM_RESERVED, place->camera, NULL);
    tyto_stream_place_next_step (place);
    return;
  }
  if (answer != NULL && !tyto_service_answer_is_success (answer)) {
    tyto_stream_requests_refusal (answer, place->camera, &error);
    tyto_service_client_note (client, error);
  }
  tyto_stream_place_arm (place);
}

static void
reserve (TytoStreamPlace *place)
{
  g_autofree char *key = g_uuid_string_random ();
  GVariant *body = tyto_stream_requests_reserve (
      place->camera, tyto_settings_get_string (place->owner->settings, "recorder-name"),
      place->source);

  begin_call (place,
              &(TytoServiceCall){ .method = "POST",
                                  .path = "/api/v1/stream/reserve",
                                  .body = body,
                                  .key = key,
                                  .tries = place->waiting->len > 0 ? 3 : 1 },
              on_reserved);
}

static void
send_heartbeat (TytoStreamPlace *place)
{
  g_autofree char *path = tyto_stream_requests_path ("heartbeat", place->id);
  GVariant *body = tyto_stream_requests_heartbeat (
      tyto_settings_get_uint (place->owner->settings, "stream-heartbeat-seconds"));

  begin_call (place, &(TytoServiceCall){ .method = "POST", .path = path, .body = body },
              on_heartbeat);
}

void
tyto_stream_place_next_step (TytoStreamPlace *place)
{
  if (!tyto_service_client_is_on (place->owner->client))
    tyto_stream_place_answer (tyto_stream_place_take_waiting (place), NULL);
  else if (place->call != 0)
    return;
  else if (place->id == NULL)
    reserve (place);
  else if (place->wanted)
    send_heartbeat (place);
}
