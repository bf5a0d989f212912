/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-segment-fetch.h"

#include "base/tyto-error.h"
#include "collector/tyto-segment-file.h"

#define PATIENCE 10 /* times the time-out */

typedef struct {
  char *directory;
  char *name;
  guint64 floor;
  GCancellable *cancellable; /* of this try; follows the caller's */
  gulong outer_id;
  guint timer;
  gboolean timed_out;
  TytoSourceBody *body;
} Fetch;

TytoFetchFailure
tyto_fetch_judge (const GError *error)
{
  if (error->domain != TYTO_ERROR)
    return TYTO_FETCH_AWAY;
  switch (error->code) {
  case TYTO_ERROR_NOT_FOUND:
  case TYTO_ERROR_FORBIDDEN:
  case TYTO_ERROR_RANGE:
  case TYTO_ERROR_WRONG_STATE:
    return TYTO_FETCH_ABSENT;
  case TYTO_ERROR_TIMED_OUT:
    return TYTO_FETCH_LATE;
  case TYTO_ERROR_STORAGE:
    return TYTO_FETCH_LOCAL;
  case TYTO_ERROR_INVALID_ARGUMENT:
  case TYTO_ERROR_UNSUPPORTED:
  case TYTO_ERROR_TOO_LARGE:
    return TYTO_FETCH_NEVER;
  default:
    return TYTO_FETCH_AWAY;
  }
}

void
tyto_fetched_free (TytoFetched *self)
{
  g_free (self->etag);
  g_free (self);
}

static void
fetch_free (Fetch *fetch)
{
  g_clear_handle_id (&fetch->timer, g_source_remove);
  g_free (fetch->directory);
  g_free (fetch->name);
  g_object_unref (fetch->cancellable);
  g_clear_pointer (&fetch->body, tyto_source_body_free);
  g_free (fetch);
}

static gboolean
on_time_over (gpointer user_data)
{
  Fetch *fetch = user_data;

  fetch->timer = 0;
  fetch->timed_out = TRUE;
  g_cancellable_cancel (fetch->cancellable);
  return G_SOURCE_REMOVE;
}

/* The try is over: @error (taken), or it went well. */
static void
end (GTask *task, gint64 bytes, GError *error)
{
  Fetch *fetch = g_task_get_task_data (task);
  TytoFetched *fetched;

  g_cancellable_disconnect (g_task_get_cancellable (task), fetch->outer_id);
  g_clear_handle_id (&fetch->timer, g_source_remove);
  if (error != NULL && fetch->timed_out) {
    g_error_free (error);
    g_task_return_new_error (task, TYTO_ERROR, TYTO_ERROR_TIMED_OUT, "It comes too slowly");
    return;
  }
  if (error != NULL) {
    g_task_return_error (task, error);
    return;
  }
  fetched = g_new0 (TytoFetched, 1);
  fetched->bytes = bytes;
  fetched->etag = g_strdup (fetch->body->etag);
  fetched->made_us = fetch->body->made_us;
  g_task_return_pointer (task, fetched, (GDestroyNotify) tyto_fetched_free);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  gint64 bytes = tyto_segment_file_save_finish (result, &error);

  end (task, bytes, error);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  Fetch *fetch = g_task_get_task_data (task);
  GError *error = NULL;

  fetch->body = tyto_segment_source_open_finish (TYTO_SEGMENT_SOURCE (source), result, &error);
  if (fetch->body == NULL) {
    end (task, -1, error);
    return;
  }
  tyto_segment_file_save_async (fetch->body->stream, fetch->directory, fetch->name,
                                fetch->body->length, fetch->floor, fetch->cancellable, on_saved,
                                g_object_ref (task));
}

static void
on_outer_cancelled (GCancellable *outer, gpointer data)
{
  g_cancellable_cancel (data);
}

void
tyto_segment_fetch_async (TytoSegmentSource *source, const TytoSourceEntry *entry,
                          const char *directory, const char *name, guint64 floor, guint timeout_s,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (source, cancellable, callback, user_data);
  Fetch *fetch = g_new0 (Fetch, 1);

  fetch->directory = g_strdup (directory);
  fetch->name = g_strdup (name);
  fetch->floor = floor;
  fetch->cancellable = g_cancellable_new ();
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, fetch, (GDestroyNotify) fetch_free);
  fetch->timer = g_timeout_add_seconds (timeout_s * PATIENCE, on_time_over, fetch);
  fetch->outer_id = g_cancellable_connect (cancellable, G_CALLBACK (on_outer_cancelled),
                                           g_object_ref (fetch->cancellable), g_object_unref);
  tyto_segment_source_open_async (source, entry, fetch->cancellable, on_opened,
                                  g_object_ref (task));
}

TytoFetched *
tyto_segment_fetch_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
