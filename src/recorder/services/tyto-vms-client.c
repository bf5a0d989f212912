/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/services/tyto-vms-client.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"

#define TRIES 3

struct _TytoVmsClient {
  GObject parent_instance;

  TytoServiceClient *client;
};

G_DEFINE_FINAL_TYPE (TytoVmsClient, tyto_vms_client, G_TYPE_OBJECT)

/* One camera that is asked for. */
typedef struct {
  char *id;
  TytoCameraConfig *known; /* nullable */
  GVariant *details;       /* nullable: until they are there */
} Query;

static void
query_free (gpointer data)
{
  Query *query = data;

  g_free (query->id);
  g_clear_pointer (&query->known, tyto_camera_config_unref);
  g_clear_pointer (&query->details, g_variant_unref);
  g_free (query);
}

/* The answer's body when it is a success for the camera asked for, whose id is member @member. */
static GVariant *
check_answer (TytoVmsClient *self, const TytoServiceAnswer *answer, const char *member,
              const char *id, GError **error)
{
  const char *whose = tyto_dict_string (answer->body, member, "");

  if (answer->status == SOUP_STATUS_NOT_FOUND) {
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, "Add it there, or here with its URL.",
                    "The VMS service does not know camera \"%s\"", id);
    return NULL;
  }
  if (!tyto_service_answer_is_success (answer)) {
    g_autofree char *why = tyto_service_answer_why (answer);

    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, "Its log says more.",
                    "The VMS service does not take what it is asked (%s)", why);
    return NULL;
  }
  if (g_str_equal (whose, id))
    return answer->body;
  tyto_set_error (error, TYTO_ERROR_UNAVAILABLE,
                  "See whether the URL in the settings is that of this service.",
                  "The VMS service was asked for camera \"%s\" and answers with another one, or "
                  "none (member %s)",
                  id, member);
  return NULL;
}

/* The members of a camera by what the service says of it. */
static GVariant *
make_members (const Query *query, GVariant *stream)
{
  const char *name = tyto_dict_string (query->details, "name", "");
  const char *source = tyto_dict_string (query->details, "source", "");
  const char *transport = tyto_dict_string (stream, "transport", "");
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "url", "s", tyto_dict_string (stream, "rtsp_url", ""));
  if (*name != '\0')
    g_variant_dict_insert (&dict, "name", "s", name);
  if (*source != '\0' && (query->known == NULL || *query->known->owner == '\0'))
    g_variant_dict_insert (&dict, "owner", "s", source);
  if (*transport != '\0')
    g_variant_dict_insert (&dict, "transport", "s", transport);
  return g_variant_dict_end (&dict);
}

/* What is wrong is not said by the member's value: there may be a password in it. */
static TytoCameraConfig *
make_config (const Query *query, GVariant *stream, GError **error)
{
  g_autoptr (TytoCameraConfig) config = query->known != NULL
                                            ? tyto_camera_config_copy (query->known)
                                            : tyto_camera_config_new (query->id);
  g_autoptr (GVariant) members = g_variant_ref_sink (make_members (query, stream));

  if (tyto_camera_config_apply (config, members, NULL) && *config->url != '\0')
    return g_steal_pointer (&config);
  tyto_set_error (error, TYTO_ERROR_UNAVAILABLE,
                  "Mend it there: its rtsp_url must be like rtsp://192.168.1.10:554/stream1.",
                  "What the VMS service says of camera \"%s\" cannot be used", query->id);
  return NULL;
}

/* Ends @task with @error (taken); one of an answer is noted as the service's failure. */
static void
fail (GTask *task, GError *error, gboolean answered)
{
  TytoVmsClient *self = g_task_get_source_object (task);

  if (answered && !g_error_matches (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND))
    tyto_service_client_note (self->client, error);
  g_task_return_error (task, error);
}

static void
on_stream (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoVmsClient *self = g_task_get_source_object (task);
  const Query *query = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoServiceAnswer) answer
      = tyto_service_client_call_finish (TYTO_SERVICE_CLIENT (source), result, &error);
  GVariant *stream
      = answer != NULL ? check_answer (self, answer, "camera_id", query->id, &error) : NULL;
  TytoCameraConfig *config = stream != NULL ? make_config (query, stream, &error) : NULL;

  if (config == NULL)
    fail (task, error, answer != NULL);
  else
    g_task_return_pointer (task, config, (GDestroyNotify) tyto_camera_config_unref);
}

static void
ask (GTask *task, const char *what, GAsyncReadyCallback callback)
{
  TytoVmsClient *self = g_task_get_source_object (task);
  const Query *query = g_task_get_task_data (task);
  g_autofree char *escaped = g_uri_escape_string (query->id, NULL, FALSE);
  g_autofree char *path = g_strconcat ("/vms/cameras/", escaped, what, NULL);

  tyto_service_client_call_async (
      self->client, &(TytoServiceCall){ .method = "GET", .path = path, .tries = TRIES },
      g_task_get_cancellable (task), callback, g_object_ref (task));
}

static void
on_details (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoVmsClient *self = g_task_get_source_object (task);
  Query *query = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (TytoServiceAnswer) answer
      = tyto_service_client_call_finish (TYTO_SERVICE_CLIENT (source), result, &error);
  GVariant *details = answer != NULL ? check_answer (self, answer, "id", query->id, &error) : NULL;

  if (details == NULL) {
    fail (task, error, answer != NULL);
    return;
  }
  query->details = g_variant_ref (details);
  ask (task, "/stream", on_stream);
}

void
tyto_vms_client_get_camera_async (TytoVmsClient *self, const char *id, TytoCameraConfig *known,
                                  GCancellable *cancellable, GAsyncReadyCallback callback,
                                  gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  Query *query = g_new0 (Query, 1);

  query->id = g_strdup (id);
  query->known = known != NULL ? tyto_camera_config_ref (known) : NULL;
  g_task_set_task_data (task, query, query_free);
  ask (task, "", on_details);
}

TytoCameraConfig *
tyto_vms_client_get_camera_finish (TytoVmsClient *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

TytoVmsClient *
tyto_vms_client_new (TytoServiceClient *client)
{
  TytoVmsClient *self = g_object_new (TYTO_TYPE_VMS_CLIENT, NULL);

  self->client = g_object_ref (client);
  return self;
}

static void
tyto_vms_client_finalize (GObject *object)
{
  g_object_unref (TYTO_VMS_CLIENT (object)->client);
  G_OBJECT_CLASS (tyto_vms_client_parent_class)->finalize (object);
}

static void
tyto_vms_client_class_init (TytoVmsClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_vms_client_finalize;
}

static void
tyto_vms_client_init (TytoVmsClient *self)
{
}
