/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verbs that ask a camera's worker. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"

/* The link to the worker that is recording camera @id, or NULL. (transfer none) */
static TytoLinkWorker1 *
find_link (TytoRecorder *self, const char *id, GError **error)
{
  TytoCamera *camera = tyto_recorder_look_up (self, id, error);
  TytoLinkWorker1 *link;

  if (camera == NULL)
    return NULL;
  link = tyto_supervisor_get_link (self->supervisor, camera);
  if (link != NULL && tyto_camera_get_state (camera) == TYTO_CAMERA_STATE_RECORDING)
    return link;
  tyto_set_error (error, TYTO_ERROR_WRONG_STATE, "Wait until its state is \"recording\".",
                  "The camera \"%s\" is not being recorded now (it is %s)", id,
                  tyto_camera_state_to_string (tyto_camera_get_state (camera)));
  return NULL;
}

static void
on_snapshot (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  g_autoptr (GVariant) thumbnail = NULL;
  g_autofree char *taken_at = NULL;
  GVariantDict dict;

  if (!tyto_link_worker1_call_snapshot_finish (TYTO_LINK_WORKER1 (source), &thumbnail, result,
                                               &error)) {
    g_dbus_error_strip_remote_error (error);
    tyto_recorder_verb_failed (task, error);
    return;
  }
  taken_at = tyto_time_format (tyto_dict_int (thumbnail, "wall", 0));
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "path", "s", tyto_dict_string (thumbnail, "path", ""));
  g_variant_dict_insert (&dict, "taken_at", "s", taken_at);
  g_variant_dict_insert (&dict, "width", "t", tyto_dict_uint (thumbnail, "width", 0));
  g_variant_dict_insert (&dict, "height", "t", tyto_dict_uint (thumbnail, "height", 0));
  g_variant_dict_insert (&dict, "bytes", "t", tyto_dict_uint (thumbnail, "bytes", 0));
  tyto_recorder_verb_done (task, g_variant_dict_end (&dict));
}

void
tyto_recorder_snapshot_async (TytoRecorder *self, const char *id, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = tyto_recorder_verb_new (self, cancellable, callback, user_data,
                                        tyto_recorder_snapshot_async);
  GError *error = NULL;
  TytoLinkWorker1 *link = find_link (self, id, &error);

  if (link == NULL)
    tyto_recorder_verb_failed (task, error);
  else
    tyto_link_worker1_call_snapshot (link, id, cancellable, on_snapshot, task);
}

static void
on_text (GObject *source, GAsyncResult *result, gpointer data)
{
  GTask *task = data;
  GError *error = NULL;
  g_autoptr (GVariant) answer = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);
  g_autoptr (GVariant) text = NULL;

  if (answer == NULL) {
    g_dbus_error_strip_remote_error (error);
    tyto_recorder_verb_failed (task, error);
    return;
  }
  text = g_variant_get_child_value (answer, 0);
  tyto_recorder_verb_done (task, text);
}

void
tyto_recorder_pipeline_async (TytoRecorder *self, const char *id, gboolean dot,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = tyto_recorder_verb_new (self, cancellable, callback, user_data,
                                        tyto_recorder_pipeline_async);
  GError *error = NULL;
  TytoLinkWorker1 *link = find_link (self, id, &error);

  if (link == NULL)
    tyto_recorder_verb_failed (task, error);
  else
    g_dbus_proxy_call (G_DBUS_PROXY (link), dot ? "DumpPipeline" : "DescribePipeline",
                       g_variant_new ("(s)", id), G_DBUS_CALL_FLAGS_NONE, -1, cancellable, on_text,
                       task);
}

char *
tyto_recorder_pipeline_finish (TytoRecorder *self, GAsyncResult *result, GError **error)
{
  g_autoptr (GVariant) text = g_task_propagate_pointer (G_TASK (result), error);

  return text != NULL ? g_variant_dup_string (text, NULL) : NULL;
}
