/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Clips: time ranges that are kept, whatever the retention. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "store/tyto-catalogue-retention.h"

#define MAX_NAME 256

/* --- Add --- */

static gboolean
read_time (GVariant *dict, const char *key, gint64 *wall_us, GError **error)
{
  g_autofree char *text = NULL;

  if (!tyto_dict_get_string (dict, key, &text, error))
    return FALSE;
  if (text != NULL)
    return tyto_time_parse (text, wall_us, error);
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

/* (transfer full) */
static TytoClip *
read_clip (GVariant *dict, GError **error)
{
  static const char *const known[] = { "camera", "name", "start", "end", NULL };
  g_autofree char *camera = NULL;
  g_autofree char *name = g_strdup ("");
  gint64 start_us, end_us;

  if (!tyto_dict_check_keys (dict, known, error)
      || !tyto_dict_get_string (dict, "camera", &camera, error)
      || !tyto_dict_get_string (dict, "name", &name, error) || !check_name (name, error)
      || !read_time (dict, "start", &start_us, error) || !read_time (dict, "end", &end_us, error))
    return NULL;
  if (camera == NULL || !tyto_id_is_valid (camera))
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    camera == NULL ? "The member \"camera\" is missing"
                                   : "\"camera\" is no camera's id");
  else if (start_us < 0 || end_us <= start_us)
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "\"end\" must come after \"start\"");
  else
    return tyto_clip_new (camera, name, start_us, end_us);
  return NULL;
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
tyto_recorder_list_clips_async (TytoRecorder *self, const char *camera, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = tyto_recorder_begin_verb (self, cancellable, callback, user_data,
                                          tyto_recorder_list_clips_async);

  if (task != NULL)
    tyto_catalogue_list_clips_async (self->catalogue, camera, NULL, cancellable, on_listed, task);
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
