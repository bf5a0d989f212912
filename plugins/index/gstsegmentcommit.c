/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "index/gstsegmentcommit.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-time.h"
#include "store/tyto-catalogue-archive.h"
#include "store/tyto-catalogue-postgresql.h"

#include <string.h>

gboolean
gst_segment_commit_check (const gchar *dsn, GError **error)
{
  g_autoptr (GUri) uri
      = g_uri_parse (dsn, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_PARSE_RELAXED, error);
  const gchar *query = uri != NULL ? g_uri_get_query (uri) : NULL;

  if (uri == NULL)
    return FALSE;
  if (g_uri_get_password (uri) != NULL || (query != NULL && strstr (query, "password=") != NULL)) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Put it into the environment variable PGPASSWORD or the file ~/.pgpass.",
                    "The dsn has a password in it, which others would see");
    return FALSE;
  }
  return TRUE;
}

/* The row that the file itself tells. */
static TytoSegment *
make_segment (const GstSegmentEntry *entry, GError **error)
{
  const TytoMediaFile *media = entry->media;
  TytoSegment *segment;

  if (media == NULL || *media->identity.camera == '\0' || *media->identity.run == '\0'
      || media->identity.sequence == 0) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Only what segmentsink recorded can be entered into a catalogue.",
                    "%s does not say which camera it is of", entry->name);
    return NULL;
  }
  if (!media->complete) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "The recorder mends such a file when it starts.", "%s was never finished",
                    entry->name);
    return NULL;
  }
  segment = tyto_segment_new ();
  segment->id = tyto_segment_id_new (media->identity.run, media->identity.sequence);
  segment->camera = g_strdup (media->identity.camera);
  segment->stream = g_strdup (*media->identity.stream != '\0' ? media->identity.stream : "main");
  segment->run = g_strdup (media->identity.run);
  segment->sequence = media->identity.sequence;
  segment->path = g_strdup (entry->path);
  segment->format = g_strdup (media->format);
  segment->video_codec = g_strdup (media->video_codec);
  segment->audio_codec = g_strdup (media->audio_codec);
  segment->start_us = media->identity.wall_start_us;
  segment->end_us = segment->start_us + (gint64) (media->duration_ns / 1000);
  segment->monotonic_ns = media->identity.monotonic_start_ns;
  segment->camera_time_us = media->identity.camera_time_us;
  segment->clock_offset_us = media->identity.clock_offset_us;
  segment->duration_ns = media->duration_ns;
  segment->frames = media->frames;
  segment->key_frames = media->key_frames;
  segment->audio_frames = media->audio_frames;
  segment->bytes = entry->bytes;
  segment->cut_reason = g_strdup ("");
  return segment;
}

static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Turns the thread's context until *@result is there. (transfer full) */
static GAsyncResult *
await (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (g_main_context_get_thread_default (), TRUE);
  return *result;
}

static gboolean
open_catalogue (TytoCatalogue *catalogue, GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_open_async (catalogue, cancellable, on_ready, &result);
  return tyto_catalogue_open_finish (catalogue, await (&result), error);
}

static gboolean
enter_segment (TytoCatalogue *catalogue, TytoSegment *segment, GCancellable *cancellable,
               GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_enter_segment_async (catalogue, segment, cancellable, on_ready, &result);
  return tyto_catalogue_enter_finish (catalogue, await (&result), error);
}

static gboolean
enter_object (TytoCatalogue *catalogue, const TytoSegment *segment, const GstSegmentEntry *entry,
              GCancellable *cancellable, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_finish_upload_async (catalogue, segment->id, entry->object, entry->sha256,
                                      tyto_time_now (), cancellable, on_ready, &result);
  return tyto_catalogue_enter_finish (catalogue, await (&result), error);
}

/* Without a local file the object is all there is. */
static gboolean
enter_place (TytoCatalogue *catalogue, const TytoSegment *segment, GCancellable *cancellable,
             GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  tyto_catalogue_set_place_async (catalogue, segment->id, "archive", NULL, cancellable, on_ready,
                                  &result);
  return tyto_catalogue_enter_finish (catalogue, await (&result), error);
}

static gboolean
enter (TytoCatalogue *catalogue, TytoSegment *segment, const GstSegmentEntry *entry,
       GCancellable *cancellable, GError **error)
{
  if (!open_catalogue (catalogue, cancellable, error)
      || !enter_segment (catalogue, segment, cancellable, error))
    return FALSE;
  if (*entry->object == '\0')
    return TRUE;
  return enter_object (catalogue, segment, entry, cancellable, error)
         && (*entry->path != '\0' || enter_place (catalogue, segment, cancellable, error));
}

/* A server that does not answer is not waited for. */
static void
on_cancelled (GCancellable *cancellable, TytoCatalogue *catalogue)
{
  if (TYTO_IS_CATALOGUE_POSTGRESQL (catalogue))
    tyto_catalogue_postgresql_leave (TYTO_CATALOGUE_POSTGRESQL (catalogue));
}

gboolean
gst_segment_commit (const gchar *dsn, const GstSegmentEntry *entry, GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (TytoSegment) segment = make_segment (entry, error);
  g_autoptr (TytoCatalogue) catalogue = NULL;
  g_autoptr (GMainContext) context = NULL;
  gulong stop;
  gboolean done;

  if (segment == NULL || !gst_segment_commit_check (dsn, error))
    return FALSE;
  catalogue = tyto_catalogue_new_for_uri (dsn, NULL, error);
  if (catalogue == NULL)
    return FALSE;
  context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  stop = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), catalogue, NULL);
  done = enter (catalogue, segment, entry, cancellable, error);
  g_cancellable_disconnect (cancellable, stop);
  tyto_catalogue_close (catalogue);
  g_main_context_pop_thread_default (context);
  return done;
}
