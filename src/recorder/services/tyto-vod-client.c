/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/services/tyto-vod-client.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"

struct _TytoVodClient {
  GObject parent_instance;

  TytoServiceClient *client;
};

G_DEFINE_FINAL_TYPE (TytoVodClient, tyto_vod_client, G_TYPE_OBJECT)

/* Whoever imports it decides who sees it: it is nobody's until then. */
#define CATEGORY   "live"
#define VISIBILITY "private"

GVariant *
tyto_vod_client_describe_import (const TytoBroadcast *broadcast)
{
  g_autofree char *start = tyto_time_format (broadcast->started_us);
  g_autofree char *title = g_strdup_printf ("%s %.19sZ", broadcast->stream_key, start);
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "recording_id", "s", broadcast->id);
  g_variant_dict_insert (&dict, "title", "s", title);
  g_variant_dict_insert (&dict, "description", "s", "");
  g_variant_dict_insert (&dict, "category", "s", CATEGORY);
  g_variant_dict_insert (&dict, "visibility", "s", VISIBILITY);
  g_variant_dict_insert (&dict, "file_path", "s", broadcast->file_path);
  g_variant_dict_insert (&dict, "duration", "t", tyto_broadcast_get_seconds (broadcast));
  g_variant_dict_insert (&dict, "file_size", "t", broadcast->bytes);
  if (*broadcast->user_id != '\0')
    g_variant_dict_insert (&dict, "user_id", "s", broadcast->user_id);
  return g_variant_dict_end (&dict);
}

/* {"video_id": …}, {"id": …} or {"video": {"id": …}}; "" when there is none. (transfer full) */
static char *
find_video (GVariant *body)
{
  g_autoptr (GVariant) video = g_variant_lookup_value (body, "video", G_VARIANT_TYPE_VARDICT);
  const char *ids[] = {
    tyto_dict_string (body, "video_id", ""),
    tyto_dict_string (body, "id", ""),
    video != NULL ? tyto_dict_string (video, "id", "") : "",
  };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++) {
    if (g_uuid_string_is_valid (ids[i]))
      return g_ascii_strdown (ids[i], -1);
  }
  return g_strdup ("");
}

/* 409 is a success when it says which video it is already. */
char *
tyto_vod_client_read_video (const TytoServiceAnswer *answer, GError **error)
{
  g_autofree char *video = find_video (answer->body);
  g_autofree char *why = NULL;

  if (tyto_service_answer_is_success (answer) || answer->status == SOUP_STATUS_CONFLICT) {
    if (*video != '\0')
      return g_steal_pointer (&video);
  }
  why = tyto_service_answer_why (answer);
  if (tyto_service_answer_is_success (answer))
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Set the id of its video by hand.",
                    "The VOD service answered %u without a video's id (a UUID)", answer->status);
  else if (answer->status == SOUP_STATUS_REQUEST_TIMEOUT)
    tyto_set_error (error, TYTO_ERROR_TIMED_OUT, "Its log says more.",
                    "The VOD service gave up (%s)", why);
  else if (answer->status == TYTO_SERVICE_TOO_MANY)
    tyto_set_error (error, TYTO_ERROR_QUOTA, "It is asked again later.",
                    "The VOD service does not take more now (%s)", why);
  else
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Retry it when that is mended.",
                    "The VOD service refuses the broadcast (%s)", why);
  return NULL;
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  GError *error = NULL;
  g_autoptr (TytoServiceAnswer) answer
      = tyto_service_client_call_finish (TYTO_SERVICE_CLIENT (source), result, &error);
  char *video = answer != NULL ? tyto_vod_client_read_video (answer, &error) : NULL;

  if (video == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, video, g_free);
}

void
tyto_vod_client_import_async (TytoVodClient *self, TytoBroadcast *broadcast,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  const TytoServiceCall call = { .method = "POST",
                                 .path = "/import-recording",
                                 .body = tyto_vod_client_describe_import (broadcast),
                                 .key = broadcast->id };

  tyto_service_client_call_async (self->client, &call, cancellable, on_answer, task);
}

char *
tyto_vod_client_import_finish (TytoVodClient *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

TytoServiceClient *
tyto_vod_client_get_client (TytoVodClient *self)
{
  return self->client;
}

TytoVodClient *
tyto_vod_client_new (TytoSettings *settings)
{
  TytoVodClient *self = g_object_new (TYTO_TYPE_VOD_CLIENT, NULL);

  self->client = tyto_service_client_new (settings, "vod-service-url", "VOD service");
  return self;
}

static void
tyto_vod_client_finalize (GObject *object)
{
  g_object_unref (TYTO_VOD_CLIENT (object)->client);
  G_OBJECT_CLASS (tyto_vod_client_parent_class)->finalize (object);
}

static void
tyto_vod_client_class_init (TytoVodClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_vod_client_finalize;
}

static void
tyto_vod_client_init (TytoVodClient *self)
{
}
