/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Announcements are taken one after the other: each is judged by what the one before has made. */
#include "recorder/broadcasts/tyto-broadcast-events.h"
#include "recorder/broadcasts/tyto-broadcasts-private.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"

/* An event that waits, or is being taken. */
typedef struct {
  TytoStreamEvent event; /* its texts are ours */
  char *texts[4];
  const char *by; /* static */
  GTask *task;    /* nullable: nobody waits for it */
  TytoBroadcast *of_stream;
  TytoBroadcast *of_key;
} Taking;

static void
taking_free (gpointer data)
{
  Taking *taking = data;

  for (guint i = 0; i < G_N_ELEMENTS (taking->texts); i++)
    g_free (taking->texts[i]);
  g_clear_object (&taking->task);
  g_clear_pointer (&taking->of_stream, tyto_broadcast_unref);
  g_clear_pointer (&taking->of_key, tyto_broadcast_unref);
  g_free (taking);
}

static const char *
intern_origin (const char *by)
{
  static const char *const origins[] = { "webhook", "service", "bucket", "source", "user" };

  for (guint i = 0; i < G_N_ELEMENTS (origins); i++) {
    if (g_strcmp0 (origins[i], by) == 0)
      return origins[i];
  }
  g_return_val_if_reached ("webhook");
}

static Taking *
taking_new (const TytoStreamEvent *event, const char *by, GTask *task)
{
  Taking *taking = g_new0 (Taking, 1);

  taking->event = *event;
  taking->event.stream_id = taking->texts[0] = g_ascii_strdown (event->stream_id, -1);
  taking->event.stream_key = taking->texts[1] = g_strdup (event->stream_key);
  taking->event.user_id = taking->texts[2] = g_ascii_strdown (event->user_id, -1);
  taking->event.playlist_url = taking->texts[3] = g_strdup (event->playlist_url);
  taking->by = intern_origin (by);
  taking->task = task;
  return taking;
}

/* --- What follows --- */

static void
done_with (GTask *task)
{
  if (task == NULL)
    return;
  g_task_return_pointer (task, g_variant_ref_sink (g_variant_new ("a{sv}", NULL)),
                         (GDestroyNotify) g_variant_unref);
  g_object_unref (task);
}

/* @task: (nullable) (transfer full) */
static void
save_for (TytoBroadcastJob *job, GTask *task)
{
  if (task != NULL)
    tyto_broadcast_job_changed_for (job, task, FALSE);
  else
    tyto_broadcast_job_changed (job);
}

static void
begin (TytoBroadcasts *self, Taking *taking, gboolean has_ended)
{
  const TytoStreamEvent *event = &taking->event;
  g_autoptr (TytoBroadcast) record = tyto_broadcast_new (event->stream_key);
  TytoBroadcastJob *job;

  tyto_broadcast_set (&record->stream_id, event->stream_id);
  tyto_broadcast_set (&record->user_id, event->user_id);
  tyto_broadcast_set (&record->source,
                      *event->playlist_url != '\0' ? event->playlist_url : "bucket");
  tyto_broadcast_set (&record->found_by, taking->by);
  record->started_us = event->at_us;
  if (has_ended) {
    record->status = TYTO_BROADCAST_PROCESSING;
    record->ended_us = event->at_us;
    tyto_broadcast_set (&record->ended_by, taking->by);
  }
  g_message ("Broadcast %s (%s) %s, told by %s", record->stream_key, record->id,
             has_ended ? "is over, whose start was not told" : "has begun", taking->by);
  job = tyto_broadcasts_take (self, record, TRUE);
  save_for (job, g_steal_pointer (&taking->task));
  tyto_broadcasts_update_busy (self);
}

/* @ends: and it ends */
static void
name (TytoBroadcasts *self, Taking *taking, TytoBroadcast *which, gboolean ends)
{
  TytoBroadcastJob *job = tyto_broadcasts_take (self, which, FALSE);
  gboolean unknown_start = tyto_broadcast_start_is_unknown (which);
  TytoBroadcast *record = tyto_broadcast_job_edit (job);

  tyto_broadcast_set (&record->stream_id, taking->event.stream_id);
  if (*taking->event.user_id != '\0')
    tyto_broadcast_set (&record->user_id, taking->event.user_id);
  if (unknown_start && taking->event.started)
    record->started_us = MIN (taking->event.at_us, record->started_us);
  if (ends)
    tyto_broadcast_job_end (job, taking->event.at_us, taking->by);
  save_for (job, g_steal_pointer (&taking->task));
}

static void
end (TytoBroadcasts *self, Taking *taking, TytoBroadcast *which)
{
  TytoBroadcastJob *job = tyto_broadcasts_take (self, which, FALSE);

  tyto_broadcast_job_end (job, taking->event.at_us, taking->by);
  save_for (job, g_steal_pointer (&taking->task));
}

static void
follow (TytoBroadcasts *self, Taking *taking)
{
  const TytoBroadcast *which;
  TytoBroadcastVerdict verdict
      = tyto_broadcast_judge (&taking->event, taking->of_stream, taking->of_key, &which);

  if (verdict == TYTO_BROADCAST_NOTHING || (which != NULL && which->deleting_us >= 0)) {
    g_debug ("An announcement of %s says nothing new", taking->event.stream_key);
    done_with (g_steal_pointer (&taking->task));
    return;
  }
  if (verdict == TYTO_BROADCAST_REPLACE)
    tyto_broadcast_job_end (tyto_broadcasts_take (self, (TytoBroadcast *) which, FALSE),
                            taking->event.at_us, taking->by);
  if (verdict == TYTO_BROADCAST_BEGIN || verdict == TYTO_BROADCAST_REPLACE
      || verdict == TYTO_BROADCAST_BEGIN_END)
    begin (self, taking, verdict == TYTO_BROADCAST_BEGIN_END);
  else if (verdict == TYTO_BROADCAST_END)
    end (self, taking, (TytoBroadcast *) which);
  else
    name (self, taking, (TytoBroadcast *) which, verdict == TYTO_BROADCAST_NAME_END);
}

/* A person asks for one: it must not be another's. */
static void
follow_by_hand (TytoBroadcasts *self, Taking *taking)
{
  if (taking->of_key == NULL || taking->of_key->status != TYTO_BROADCAST_RECORDING
      || taking->of_key->deleting_us >= 0) {
    begin (self, taking, FALSE);
    return;
  }
  g_task_return_new_error (taking->task, TYTO_ERROR, TYTO_ERROR_ALREADY_EXISTS,
                           "The broadcast %s is being recorded as %s\nEnd that one first.",
                           taking->event.stream_key, taking->of_key->id);
  g_clear_object (&taking->task);
}

/* Segments that nobody asked for: of the one before when they were made while it was recorded, or
 * just after. */
static void
follow_found (TytoBroadcasts *self, Taking *taking, gint64 newest_us)
{
  const TytoBroadcast *of_key = taking->of_key;

  if (of_key != NULL
      && (of_key->status == TYTO_BROADCAST_RECORDING || newest_us <= of_key->newest_us
          || newest_us <= of_key->ended_us + TYTO_BROADCAST_AFTER_US))
    return;
  begin (self, taking, FALSE);
}

/* --- What is known --- */

/* The newer of the two; what is in hand is newer than what the catalogue says of it.
 * (transfer full) (nullable) */
static TytoBroadcast *
pick_newest (TytoBroadcasts *self, GPtrArray *found, const char *stream_id, const char *key)
{
  TytoBroadcast *newest = found->len > 0 ? found->pdata[0] : NULL;
  TytoBroadcastJob *job = newest != NULL ? g_hash_table_lookup (self->jobs, newest->id) : NULL;
  GHashTableIter iter;
  gpointer value;

  if (job != NULL)
    newest = job->record;
  g_hash_table_iter_init (&iter, self->jobs);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    TytoBroadcast *record = ((TytoBroadcastJob *) value)->record;

    if ((stream_id != NULL ? g_str_equal (record->stream_id, stream_id)
                           : g_str_equal (record->stream_key, key))
        && (newest == NULL || record->started_us > newest->started_us))
      newest = record;
  }
  return newest != NULL ? tyto_broadcast_ref (newest) : NULL;
}

static void take_next (TytoBroadcasts *self);

static void
taken (TytoBroadcasts *self)
{
  taking_free (g_queue_pop_head (&self->events));
  take_next (self);
}

static void
failed (TytoBroadcasts *self, GError *error)
{
  Taking *taking = g_queue_peek_head (&self->events);

  if (taking->task != NULL)
    g_task_return_error (taking->task, error);
  else
    g_error_free (error);
  taken (self);
}

/* What was found: (transfer full). NULL when the first event is dealt with, or all were called off.
 */
static GPtrArray *
finish_find (TytoBroadcasts *self, GObject *catalogue, GAsyncResult *result)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) found
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (catalogue), result, &error);

  if (g_queue_is_empty (&self->events)) { /* all was called off */
    g_clear_error (&error);
    return NULL;
  }
  if (found == NULL)
    failed (self, error);
  return g_steal_pointer (&found);
}

static void
on_of_key (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcasts) self = data;
  Taking *taking = g_queue_peek_head (&self->events);
  g_autoptr (GPtrArray) found = finish_find (self, source, result);

  if (found == NULL)
    return;
  taking->of_key = pick_newest (self, found, NULL, taking->event.stream_key);
  if (g_str_equal (taking->by, "user"))
    follow_by_hand (self, taking);
  else if (g_str_equal (taking->by, "bucket"))
    follow_found (self, taking, taking->event.at_us);
  else
    follow (self, taking);
  taken (self);
}

static void
find_of_key (TytoBroadcasts *self)
{
  Taking *taking = g_queue_peek_head (&self->events);

  tyto_catalogue_find_broadcast_async (self->catalogue, NULL, taking->event.stream_key, NULL,
                                       on_of_key, g_object_ref (self));
}

static void
on_of_stream (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoBroadcasts) self = data;
  Taking *taking = g_queue_peek_head (&self->events);
  g_autoptr (GPtrArray) found = finish_find (self, source, result);

  if (found == NULL)
    return;
  taking->of_stream = pick_newest (self, found, taking->event.stream_id, NULL);
  find_of_key (self);
}

static void
take_next (TytoBroadcasts *self)
{
  Taking *taking = g_queue_peek_head (&self->events);

  if (taking == NULL || !self->loaded)
    return;
  if (*taking->event.stream_id != '\0')
    tyto_catalogue_find_broadcast_async (self->catalogue, taking->event.stream_id, NULL, NULL,
                                         on_of_stream, g_object_ref (self));
  else
    find_of_key (self);
}

void
tyto_broadcasts_queue_event (TytoBroadcasts *self, const TytoStreamEvent *event, const char *by,
                             GTask *task)
{
  g_queue_push_tail (&self->events, taking_new (event, by, task));
  if (g_queue_get_length (&self->events) == 1)
    take_next (self);
}

void
tyto_broadcasts_take_events (TytoBroadcasts *self)
{
  take_next (self);
}

void
tyto_broadcasts_clear_events (TytoBroadcasts *self)
{
  Taking *taking;

  while ((taking = g_queue_pop_head (&self->events)) != NULL) {
    if (taking->task != NULL)
      g_task_return_new_error (taking->task, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE,
                               "The recorder is shutting down");
    taking_free (taking);
  }
}

/* --- From outside --- */

static gboolean
check (TytoBroadcasts *self, const TytoStreamEvent *event, GError **error)
{
  if (!self->running) {
    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, "Try again in some seconds.",
                    "The recorder is starting or shutting down");
    return FALSE;
  }
  return tyto_broadcast_check_key (event->stream_key, error)
         && tyto_broadcast_check_uuid ("stream_id", event->stream_id, error)
         && tyto_broadcast_check_uuid ("user_id", event->user_id, error)
         && tyto_broadcast_check_url (event->playlist_url, error);
}

void
tyto_broadcasts_take_event_async (TytoBroadcasts *self, const TytoStreamEvent *event,
                                  const char *by, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  GError *error = NULL;

  if (check (self, event, &error))
    tyto_broadcasts_queue_event (self, event, by, g_steal_pointer (&task));
  else
    g_task_return_error (task, error);
}

gboolean
tyto_broadcasts_take_event_finish (TytoBroadcasts *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) done = g_task_propagate_pointer (G_TASK (result), error);

  return done != NULL;
}
