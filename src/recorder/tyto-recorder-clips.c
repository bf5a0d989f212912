/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clips: time ranges that are kept, whatever the retention. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "store/tyto-catalogue-broadcasts.h"
#include "store/tyto-catalogue-retention.h"

#define MAX_NAME 256

/* --- Add --- */

/* @required: else -1 stands for none. */
static gboolean
read_time (GVariant *dict, const char *key, gboolean required, gint64 *wall_us, GError **error)
{
  g_autofree char *text = NULL;

  *wall_us = -1;
  if (!tyto_dict_get_string (dict, key, &text, error))
    return FALSE;
  if (text != NULL)
    return tyto_time_parse (text, wall_us, error);
  if (!required)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Give it like 2026-11-21T02:08:00Z.",
                  "The member \"%s\" is missing", key);
  return FALSE;
}

static gboolean
check_name (const char *name, GError **error)
{
  for (const char *p = name; *p != '\0'; p++) {
    if ((guchar) *p < 0x20 || *p == 0x7f || p - name >= MAX_NAME) {
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                      "\"name\" has control characters, or more than %d bytes", MAX_NAME);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
check_owner (const char *camera, const char *broadcast, GError **error)
{
  const char *why = NULL;

  if (camera != NULL && broadcast != NULL)
    why = "A clip is of a \"camera\" or of a \"broadcast\", not of both";
  else if (camera == NULL && broadcast == NULL)
    why = "The member \"camera\" is missing";
  else if (camera != NULL && !tyto_id_is_valid (camera))
    why = "\"camera\" is no camera's id";
  else if (broadcast != NULL && !g_uuid_string_is_valid (broadcast))
    why = "\"broadcast\" is no broadcast's id";
  if (why != NULL)
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "%s", why);
  return why == NULL;
}

static gboolean
check_order (const TytoClip *clip, GError **error)
{
  if (clip->start_us >= 0 && clip->end_us > clip->start_us)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "\"end\" must come after \"start\"");
  return FALSE;
}

/* Of a broadcast, its times may be -1. (transfer full) */
static TytoClip *
read_clip (GVariant *dict, GError **error)
{
  static const char *const known[] = { "camera", "broadcast", "name", "start", "end", NULL };
  g_autofree char *camera = NULL;
  g_autofree char *broadcast = NULL;
  g_autofree char *name = g_strdup ("");
  g_autofree char *id = NULL;
  g_autoptr (TytoClip) clip = NULL;
  gint64 start_us, end_us;

  if (!tyto_dict_check_keys (dict, known, error)
      || !tyto_dict_get_string (dict, "camera", &camera, error)
      || !tyto_dict_get_string (dict, "broadcast", &broadcast, error)
      || !tyto_dict_get_string (dict, "name", &name, error) || !check_name (name, error)
      || !read_time (dict, "start", broadcast == NULL, &start_us, error)
      || !read_time (dict, "end", broadcast == NULL, &end_us, error)
      || !check_owner (camera, broadcast, error))
    return NULL;
  if (broadcast != NULL) {
    id = g_ascii_strdown (broadcast, -1);
    return tyto_clip_new_of_broadcast (id, name, start_us, end_us);
  }
  clip = tyto_clip_new (camera, name, start_us, end_us);
  return check_order (clip, error) ? g_steal_pointer (&clip) : NULL;
}

static void
on_entered (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;

  if (tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error))
    tyto_recorder_verb_done (task, tyto_clip_to_variant (g_task_get_task_data (task)));
  else
    tyto_recorder_verb_failed (task, error);
}

/* A camera of which nothing is known is a typing mistake: what would the clip keep? */
static void
on_segments (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoRecorder *self = g_task_get_source_object (task);
  TytoClip *clip = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GPtrArray) rows
      = tyto_catalogue_list_segments_finish (TYTO_CATALOGUE (source), result, NULL, &error);

  if (rows != NULL && rows->len == 0 && !g_hash_table_contains (self->cameras, clip->camera))
    tyto_set_error (&error, TYTO_ERROR_NOT_FOUND, "List the cameras to see those there are.",
                    "There is no camera \"%s\", and no recording of it", clip->camera);
  if (error != NULL)
    tyto_recorder_verb_failed (task, error);
  else
    tyto_catalogue_enter_clip_async (self->catalogue, clip, g_task_get_cancellable (task),
                                     on_entered, task);
}

/* Until when it lasts, as far as is known now. */
static gint64
get_end (const TytoBroadcast *broadcast)
{
  gint64 media_end_us = broadcast->started_us + (gint64) broadcast->duration_ms * 1000;

  if (broadcast->status == TYTO_BROADCAST_RECORDING)
    return MAX (tyto_time_now (), media_end_us);
  return MAX (MAX (broadcast->ended_us, media_end_us), broadcast->started_us + 1);
}

/* Without times it is the whole. They are told in whole seconds, too: within those it lies inside.
 */
static gboolean
fit (TytoClip *clip, const TytoBroadcast *broadcast, GError **error)
{
  gint64 end_us = get_end (broadcast);
  gint64 first_us = broadcast->started_us / G_USEC_PER_SEC * G_USEC_PER_SEC;

  if (clip->start_us < 0)
    clip->start_us = broadcast->started_us;
  if (clip->end_us < 0)
    clip->end_us = end_us;
  if (!check_order (clip, error))
    return FALSE;
  if (clip->start_us >= first_us && clip->end_us <= end_us + G_USEC_PER_SEC)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Without times it is the whole broadcast.",
                  "\"start\" and \"end\" must lie within the broadcast");
  return FALSE;
}

static void
on_broadcast (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  TytoRecorder *self = g_task_get_source_object (task);
  TytoClip *clip = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoBroadcast) broadcast
      = tyto_catalogue_get_broadcast_finish (TYTO_CATALOGUE (source), result, &error);

  if (broadcast == NULL || !fit (clip, broadcast, &error))
    tyto_recorder_verb_failed (task, error);
  else
    tyto_catalogue_enter_clip_async (self->catalogue, clip, g_task_get_cancellable (task),
                                     on_entered, task);
}

void
tyto_recorder_add_clip_async (TytoRecorder *self, GVariant *dict, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = tyto_recorder_begin_verb (self, cancellable, callback, user_data,
                                          tyto_recorder_add_clip_async);
  TytoCatalogueQuery query = TYTO_CATALOGUE_QUERY_INIT;
  GError *error = NULL;
  TytoClip *clip;

  if (task == NULL)
    return;
  clip = read_clip (dict, &error);
  if (clip == NULL) {
    tyto_recorder_verb_failed (task, error);
    return;
  }
  g_task_set_task_data (task, clip, (GDestroyNotify) tyto_clip_unref);
  if (*clip->broadcast != '\0') {
    tyto_catalogue_get_broadcast_async (self->catalogue, clip->broadcast, cancellable, on_broadcast,
                                        task);
    return;
  }
  query.camera = clip->camera;
  query.limit = 1;
  tyto_catalogue_list_segments_async (self->catalogue, &query, cancellable, on_segments, task);
}

/* --- List, remove --- */

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;
  g_autoptr (GPtrArray) rows
      = tyto_catalogue_list_rows_finish (TYTO_CATALOGUE (source), result, &error);
  GVariantBuilder items = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));
  GVariantDict dict;

  if (rows == NULL) {
    g_variant_builder_clear (&items);
    tyto_recorder_verb_failed (data, error);
    return;
  }
  for (guint i = 0; i < rows->len; i++)
    g_variant_builder_add_value (&items, tyto_clip_to_variant (rows->pdata[i]));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, "items", g_variant_builder_end (&items));
  tyto_recorder_verb_done (data, g_variant_dict_end (&dict));
}

void
tyto_recorder_list_clips_async (TytoRecorder *self, const char *camera, const char *broadcast,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task = tyto_recorder_begin_verb (self, cancellable, callback, user_data,
                                          tyto_recorder_list_clips_async);

  if (task != NULL)
    tyto_catalogue_list_clips_async (self->catalogue, camera, broadcast, cancellable, on_listed,
                                     task);
}

static void
on_removed (GObject *source, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  if (tyto_catalogue_enter_finish (TYTO_CATALOGUE (source), result, &error))
    tyto_recorder_verb_done (data, g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
  else
    tyto_recorder_verb_failed (data, error);
}

void
tyto_recorder_remove_clip_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = tyto_recorder_begin_verb (self, cancellable, callback, user_data,
                                          tyto_recorder_remove_clip_async);

  if (task != NULL)
    tyto_catalogue_delete_clip_async (self->catalogue, id, cancellable, on_removed, task);
}
