/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "collector/tyto-bucket-source.h"
#include "collector/tyto-collection-load.h"
#include "collector/tyto-collection-private.h"
#include "collector/tyto-url-source.h"

#include <string.h>

#define TICK_MS 1000
/* A source that is away after the end is waited for so long. */
#define END_PATIENCE_US (3600 * G_TIME_SPAN_SECOND)

enum { SIGNAL_PROGRESS, SIGNAL_COLLECTED, SIGNAL_STOPPED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoCollection, tyto_collection, G_TYPE_OBJECT)

static gboolean
is_source (const char *source)
{
  return g_str_equal (source, "bucket") || g_str_has_prefix (source, "http://")
         || g_str_has_prefix (source, "https://");
}

static gboolean
check (const char *id, TytoCollection *self, GError **error)
{
  if (!tyto_id_check (id, error) || !tyto_id_check (self->stream_key, error))
    return FALSE;
  if (!g_path_is_absolute (self->directory))
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    "The directory of the broadcast %s is not absolute.", id);
  else if (!is_source (self->origin))
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "It is bucket, or a URL: http or https.",
                    "The broadcast %s has a source that cannot be used.", id);
  else
    return TRUE;
  return FALSE;
}

TytoCollection *
tyto_collection_new (const char *id, GVariant *broadcast, TytoCollectorSettings *settings,
                     GError **error)
{
  g_autoptr (TytoCollection) self = g_object_new (TYTO_TYPE_COLLECTION, NULL);

  self->id = g_strdup (id);
  self->stream_key = g_strdup (tyto_dict_string (broadcast, "stream-key", ""));
  self->origin = g_strdup (tyto_dict_string (broadcast, "source", ""));
  self->directory = g_strdup (tyto_dict_string (broadcast, "directory", ""));
  self->after_us = tyto_dict_int (broadcast, "after", -1);
  if (!check (id, self, error))
    return NULL;
  tyto_collection_set_settings (self, settings);
  return g_steal_pointer (&self);
}

const char *
tyto_collection_get_id (TytoCollection *self)
{
  return self->id;
}

const char *
tyto_collection_get_stream_key (TytoCollection *self)
{
  return self->stream_key;
}

/* --- Its source --- */

static TytoSegmentSource *
make_source (TytoCollection *self, GError **error)
{
  g_autoptr (TytoWebClient) client = NULL;
  g_autofree char *prefix = g_strconcat (self->stream_key, "/", NULL);

  if (g_str_equal (self->origin, "bucket")) {
    if (self->settings->client != NULL)
      return tyto_bucket_source_new (self->settings->client, prefix, self->after_us);
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, NULL, "There is no object store to fetch from");
    return NULL;
  }
  client
      = tyto_web_client_new (self->settings->url_ca_file, (guint) self->settings->timeout_s, error);
  return client != NULL ? tyto_url_source_new (client, self->origin) : NULL;
}

void
tyto_collection_set_settings (TytoCollection *self, TytoCollectorSettings *settings)
{
  g_autoptr (GError) error = NULL;

  tyto_collector_settings_ref (settings);
  g_clear_pointer (&self->settings, tyto_collector_settings_unref);
  self->settings = settings;
  g_clear_object (&self->source);
  g_clear_pointer (&self->why_none, g_free);
  self->source = make_source (self, &error);
  if (self->source == NULL)
    self->why_none = tyto_error_why (error);
  self->want_whole = TRUE;
  self->changed = TRUE;
  self->hold_us = 0;
  tyto_backoff_reset (&self->fetch_backoff);
  tyto_backoff_reset (&self->look_backoff);
  if (self->journal != NULL)
    tyto_collection_begin_look (self);
}

/* --- What is under way --- */

void
tyto_collection_begin_work (TytoCollection *self)
{
  self->busy++;
  g_object_ref (self);
}

void
tyto_collection_end_work (TytoCollection *self)
{
  self->busy--;
  if (self->stopping && self->busy == 0)
    g_signal_emit (self, signals[SIGNAL_STOPPED], 0);
  g_object_unref (self);
}

static void
tell (TytoCollection *self, guint signal)
{
  g_autoptr (GVariant) state = g_variant_ref_sink (tyto_collection_describe (self));

  self->changed = FALSE;
  g_signal_emit (self, signals[signal], 0, state);
}

/* Whether all is there, or given up; then it is noted, and told when the note is on the disk. */
static void
end_if_complete (TytoCollection *self)
{
  if (!self->listed_all || self->collected || self->fetching > 0
      || !tyto_collection_is_settled (self))
    return;
  if (!self->end_noted) {
    self->end_noted = TRUE;
    tyto_journal_queue_add_end (self->journal);
  }
  if (!tyto_journal_queue_is_idle (self->journal))
    return;
  self->collected = TRUE;
  tyto_collection_stop_looking (self);
  g_clear_handle_id (&self->tick, g_source_remove);
  g_message ("%s: all is collected.", self->id);
  tell (self, SIGNAL_COLLECTED);
}

void
tyto_collection_go_on (TytoCollection *self)
{
  if (self->stopping || self->journal == NULL || self->collected)
    return;
  tyto_collection_fetch (self);
  if (self->fetch_failing != NULL && tyto_collection_is_settled (self))
    g_clear_pointer (&self->fetch_failing, g_free);
  end_if_complete (self);
}

static gboolean
on_tick (gpointer user_data)
{
  TytoCollection *self = user_data;

  if (self->end_us > 0 && g_get_monotonic_time () - self->end_us > END_PATIENCE_US) {
    self->listed_all = TRUE;
    tyto_collection_give_up_all (self);
  }
  if (self->changed)
    tell (self, SIGNAL_PROGRESS);
  tyto_collection_go_on (self);
  return G_SOURCE_CONTINUE;
}

static void
on_written (TytoJournalQueue *journal, TytoCollection *self)
{
  self->changed = TRUE;
  if (self->stopping && !tyto_journal_queue_is_writing (journal))
    tyto_collection_end_work (self);
  else
    tyto_collection_go_on (self);
}

/* --- Begin and end --- */

/* An earlier process's: what was given up may be there by now. */
static void
restore (TytoCollection *self, TytoCollectionLoad *load)
{
  for (guint i = 0; i < load->segments->len; i++) {
    TytoHlsSegment *record = load->segments->pdata[i];

    if (record->rendition >= TYTO_COLLECTION_RENDITIONS) {
      tyto_hls_segment_free (record);
      continue;
    }
    if (record->state == TYTO_HLS_MISSING && tyto_collection_reason_passes (record->reason))
      record->state = TYTO_HLS_LISTED;
    tyto_segment_list_restore (self->lists[record->rendition], record);
  }
  g_ptr_array_set_free_func (load->segments, NULL);
  for (guint i = 0; i < load->inits->len; i++) {
    TytoListedSegment *init = tyto_listed_segment_new (tyto_hls_segment_new (0, 0), NULL);

    init->is_init = TRUE;
    init->record->state = TYTO_HLS_FETCHED;
    g_free (init->record->file);
    init->record->file = g_strdup (load->inits->pdata[i]);
    g_hash_table_replace (self->inits, g_strdup (init->record->file), init);
  }
}

static void
on_loaded (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoCollection *self = g_task_get_source_object (task);
  GError *error = NULL;
  g_autoptr (TytoCollectionLoad) load = tyto_collection_load_finish (result, &error);

  if (load == NULL) {
    g_task_return_error (task, error);
  } else if (self->stopping) {
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The broadcast was dropped.");
  } else {
    restore (self, load);
    self->journal = tyto_journal_queue_new (g_steal_pointer (&load->journal));
    g_signal_connect (self->journal, "written", G_CALLBACK (on_written), self);
    self->tick = g_timeout_add (TICK_MS, on_tick, self);
    g_task_return_boolean (task, TRUE);
    tyto_collection_begin_look (self);
  }
  tyto_collection_end_work (self);
}

void
tyto_collection_start_async (TytoCollection *self, GAsyncReadyCallback callback, gpointer user_data)
{
  tyto_collection_begin_work (self);
  tyto_collection_load_async (self->directory, on_loaded,
                              g_task_new (self, NULL, callback, user_data));
}

gboolean
tyto_collection_start_finish (TytoCollection *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
tyto_collection_end (TytoCollection *self)
{
  if (self->collected)
    tell (self, SIGNAL_COLLECTED);
  if (self->end_us > 0)
    return;
  self->end_us = g_get_monotonic_time ();
  tyto_collection_begin_look (self);
}

void
tyto_collection_stop (TytoCollection *self)
{
  if (self->stopping)
    return;
  tyto_collection_begin_work (self);
  self->stopping = TRUE;
  tyto_collection_stop_looking (self);
  g_clear_handle_id (&self->fetch_timer, g_source_remove);
  g_clear_handle_id (&self->tick, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  if (self->journal != NULL) {
    tyto_journal_queue_stop (self->journal);
    if (tyto_journal_queue_is_writing (self->journal))
      tyto_collection_begin_work (self);
  }
  tyto_collection_end_work (self);
}

static void
tyto_collection_finalize (GObject *object)
{
  TytoCollection *self = TYTO_COLLECTION (object);

  g_clear_handle_id (&self->look_timer, g_source_remove);
  g_clear_handle_id (&self->look_watch, g_source_remove);
  g_clear_handle_id (&self->fetch_timer, g_source_remove);
  g_clear_handle_id (&self->tick, g_source_remove);
  if (self->journal != NULL) {
    g_signal_handlers_disconnect_by_data (self->journal, self);
    tyto_journal_queue_stop (self->journal);
  }
  g_clear_object (&self->journal);
  g_clear_object (&self->source);
  g_clear_object (&self->look_cancellable);
  g_object_unref (self->cancellable);
  for (guint i = 0; i < TYTO_COLLECTION_RENDITIONS; i++)
    tyto_segment_list_free (self->lists[i]);
  g_hash_table_unref (self->inits);
  g_clear_pointer (&self->settings, tyto_collector_settings_unref);
  g_free (self->id);
  g_free (self->stream_key);
  g_free (self->origin);
  g_free (self->directory);
  g_free (self->why_none);
  g_free (self->look_failing);
  g_free (self->fetch_failing);
  g_free (self->write_failing);
  G_OBJECT_CLASS (tyto_collection_parent_class)->finalize (object);
}

static void
tyto_collection_class_init (TytoCollectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_collection_finalize;
  signals[SIGNAL_PROGRESS] = g_signal_new ("progress", TYTO_TYPE_COLLECTION, G_SIGNAL_RUN_LAST, 0,
                                           NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_VARIANT);
  signals[SIGNAL_COLLECTED] = g_signal_new ("collected", TYTO_TYPE_COLLECTION, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_VARIANT);
  signals[SIGNAL_STOPPED] = g_signal_new ("stopped", TYTO_TYPE_COLLECTION, G_SIGNAL_RUN_LAST, 0,
                                          NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_collection_init (TytoCollection *self)
{
  const TytoBackoff backoff = { TYTO_COLLECTION_BACKOFF_MS, TYTO_COLLECTION_BACKOFF_MAX_MS, 0 };

  self->look_backoff = backoff;
  self->fetch_backoff = backoff;
  self->cancellable = g_cancellable_new ();
  self->inits = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) tyto_listed_segment_free);
  for (guint i = 0; i < TYTO_COLLECTION_RENDITIONS; i++)
    self->lists[i] = tyto_segment_list_new (i);
}
