/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-recording-v1.h"

#include "api/http/tyto-http-request.h"
#include "base/tyto-json.h"

/* One recording: from start to stop. */
typedef struct {
  char *reservation_id;
  gboolean running;
  guint64 segments_before; /* the camera's counters when it began */
  guint64 bytes_before;
} Recording;

struct _TytoHttpRecordingV1 {
  GObject parent_instance;

  TytoRecorder *recorder;
  GHashTable *recordings; /* (element-type utf8 Recording): camera id */
};

G_DEFINE_FINAL_TYPE (TytoHttpRecordingV1, tyto_http_recording_v1, G_TYPE_OBJECT)

static const char *const states[][2] = {
  { "off", "STOPPED" },         { "stopping", "STOPPED" },  { "connecting", "STARTING" },
  { "recording", "RECORDING" }, { "retrying", "RETRYING" }, { "offline", "OFFLINE" },
  { "parked", "ERROR" },
};

static void
recording_free (gpointer data)
{
  Recording *self = data;

  g_free (self->reservation_id);
  g_free (self);
}

static const char *
status_of (GVariant *camera)
{
  const char *state = tyto_dict_string (camera, "state", "");

  for (guint i = 0; i < G_N_ELEMENTS (states); i++) {
    if (g_str_equal (states[i][0], state))
      return states[i][1];
  }
  return "ERROR";
}

/* The recording that @camera is in, or was in last; begins one when it has been started. NULL when
 * it never was. */
static Recording *
follow (TytoHttpRecordingV1 *self, GVariant *camera)
{
  const char *id = tyto_dict_string (camera, "id", "");
  Recording *recording = g_hash_table_lookup (self->recordings, id);

  if (g_str_equal (status_of (camera), "STOPPED")) {
    if (recording != NULL)
      recording->running = FALSE;
  } else if (recording == NULL || !recording->running) {
    recording = g_new0 (Recording, 1);
    recording->running = TRUE;
    recording->reservation_id = g_uuid_string_random ();
    recording->segments_before = tyto_dict_uint (camera, "segments", 0);
    recording->bytes_before = tyto_dict_uint (camera, "bytes", 0);
    g_hash_table_insert (self->recordings, g_strdup (id), recording);
  }
  return recording;
}

static void
on_camera_changed (TytoHttpRecordingV1 *self, GVariant *camera)
{
  follow (self, camera);
}

static void
on_camera_removed (TytoHttpRecordingV1 *self, const char *id)
{
  g_hash_table_remove (self->recordings, id);
}

static void
add_text (GVariantBuilder *dict, const char *key, const char *value)
{
  g_variant_builder_add (dict, "{sv}", key, g_variant_new_string (value));
}

/* null when there is none: the field is always there. */
static void
add_time (GVariantBuilder *dict, const char *key, GVariant *camera, const char *member)
{
  const char *value = tyto_dict_string (camera, member, NULL);

  g_variant_builder_add (dict, "{sv}", key,
                         g_variant_new_maybe (G_VARIANT_TYPE_STRING,
                                              value != NULL ? g_variant_new_string (value) : NULL));
}

static void
add_counts (GVariantBuilder *dict, GVariant *camera, const Recording *recording)
{
  guint64 segments = tyto_dict_uint (camera, "segments", 0);
  guint64 bytes = tyto_dict_uint (camera, "bytes", 0);

  g_variant_builder_add (
      dict, "{sv}", "segment_count",
      g_variant_new_uint64 (segments - (recording != NULL ? recording->segments_before : 0)));
  g_variant_builder_add (
      dict, "{sv}", "total_bytes",
      g_variant_new_uint64 (bytes - (recording != NULL ? recording->bytes_before : 0)));
}

static GVariant *
started_to_variant (TytoHttpRecordingV1 *self, GVariant *camera)
{
  const Recording *recording = follow (self, camera);
  const char *id = tyto_dict_string (camera, "id", "");
  const char *reservation = tyto_recorder_get_reservation (self->recorder, id);
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  /* Where streams are not counted, or cannot be at the moment, the recording has an id of ours. */
  if (reservation == NULL)
    reservation = recording != NULL ? recording->reservation_id : "";
  add_text (&dict, "camera_id", id);
  add_text (&dict, "camera_name", tyto_dict_string (camera, "name", ""));
  add_text (&dict, "rtsp_url", tyto_dict_string (camera, "url", ""));
  add_text (&dict, "status", status_of (camera));
  add_time (&dict, "started_at", camera, "started_at");
  add_counts (&dict, camera, recording);
  add_text (&dict, "reservation_id", reservation);
  return g_variant_builder_end (&dict);
}

static GVariant *
status_to_variant (TytoHttpRecordingV1 *self, GVariant *camera)
{
  const Recording *recording = follow (self, camera);
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  add_text (&dict, "camera_id", tyto_dict_string (camera, "id", ""));
  add_text (&dict, "camera_name", tyto_dict_string (camera, "name", ""));
  add_text (&dict, "status", status_of (camera));
  add_time (&dict, "started_at", camera, "started_at");
  add_time (&dict, "last_segment_at", camera, "last_segment_at");
  add_counts (&dict, camera, recording);
  return g_variant_builder_end (&dict);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  TytoHttpRecordingV1 *self = g_object_get_data (G_OBJECT (request), "recording-v1");
  g_autoptr (GVariant) camera
      = tyto_recorder_camera_finish (TYTO_RECORDER (source), result, &error);

  if (camera == NULL)
    tyto_http_request_respond_error (request, error);
  else
    tyto_http_request_respond_json (request, SOUP_STATUS_OK, started_to_variant (self, camera));
}

static void
start_recording (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = tyto_http_request_get_camera (request);

  if (id == NULL)
    return;
  g_object_set_data_full (G_OBJECT (request), "recording-v1", g_object_ref (user_data),
                          g_object_unref);
  tyto_recorder_start_camera_async (tyto_http_request_get_recorder (request), id,
                                    tyto_http_request_get_cancellable (request), on_started,
                                    g_object_ref (request));
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (TytoHttpRequest) request = data;
  g_autoptr (GError) error = NULL;
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) camera
      = tyto_recorder_camera_finish (TYTO_RECORDER (source), result, &error);

  if (camera == NULL) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  add_text (&dict, "message", "Recording stopped");
  add_text (&dict, "camera_id", tyto_dict_string (camera, "id", ""));
  tyto_http_request_respond_json (request, SOUP_STATUS_OK, g_variant_builder_end (&dict));
}

static void
stop_recording (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = tyto_http_request_get_camera (request);

  if (id != NULL)
    tyto_recorder_stop_camera_async (tyto_http_request_get_recorder (request), id,
                                     tyto_http_request_get_cancellable (request), on_stopped,
                                     g_object_ref (request));
}

static void
get_status (TytoHttpRequest *request, gpointer user_data)
{
  const char *id = tyto_http_request_get_camera (request);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) camera = NULL;

  if (id == NULL)
    return;
  camera = tyto_recorder_get_camera (tyto_http_request_get_recorder (request), id, &error);
  if (camera == NULL) {
    tyto_http_request_respond_error (request, error);
    return;
  }
  g_variant_ref_sink (camera);
  tyto_http_request_respond_json (request, SOUP_STATUS_OK, status_to_variant (user_data, camera));
}

static void
list_recordings (TytoHttpRequest *request, gpointer user_data)
{
  g_autoptr (GVariant) cameras
      = g_variant_ref_sink (tyto_recorder_list_cameras (tyto_http_request_get_recorder (request)));
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  GVariantBuilder by_camera = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  guint64 active = 0;
  guint64 segments = 0;
  guint64 bytes = 0;

  for (gsize i = 0; i < g_variant_n_children (cameras); i++) {
    g_autoptr (GVariant) camera = g_variant_get_child_value (cameras, i);
    g_autoptr (GVariant) status = g_variant_ref_sink (status_to_variant (user_data, camera));

    active += g_str_equal (tyto_dict_string (status, "status", ""), "RECORDING");
    segments += tyto_dict_uint (status, "segment_count", 0);
    bytes += tyto_dict_uint (status, "total_bytes", 0);
    g_variant_builder_add (&by_camera, "{sv}", tyto_dict_string (camera, "id", ""), status);
  }
  g_variant_builder_add (&dict, "{sv}", "total_recordings",
                         g_variant_new_uint64 (g_variant_n_children (cameras)));
  g_variant_builder_add (&dict, "{sv}", "active_recordings", g_variant_new_uint64 (active));
  g_variant_builder_add (&dict, "{sv}", "total_segments", g_variant_new_uint64 (segments));
  g_variant_builder_add (&dict, "{sv}", "total_bytes", g_variant_new_uint64 (bytes));
  g_variant_builder_add (&dict, "{sv}", "recordings_by_camera", g_variant_builder_end (&by_camera));
  tyto_http_request_respond_json (request, SOUP_STATUS_OK, g_variant_builder_end (&dict));
}

static const TytoHttpRoute routes[] = {
  { "POST", "/api/v1/recording/start/{camera_id}", start_recording },
  { "POST", "/api/v1/recording/stop/{camera_id}", stop_recording },
  { "GET", "/api/v1/recording/status/{camera_id}", get_status },
  { "GET", "/api/v1/recording/status", list_recordings },
};

static void
tyto_http_recording_v1_finalize (GObject *object)
{
  TytoHttpRecordingV1 *self = TYTO_HTTP_RECORDING_V1 (object);

  g_hash_table_unref (self->recordings);
  g_object_unref (self->recorder);
  G_OBJECT_CLASS (tyto_http_recording_v1_parent_class)->finalize (object);
}

static void
tyto_http_recording_v1_class_init (TytoHttpRecordingV1Class *klass)
{
  G_OBJECT_CLASS (klass)->finalize = tyto_http_recording_v1_finalize;
}

static void
tyto_http_recording_v1_init (TytoHttpRecordingV1 *self)
{
  self->recordings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, recording_free);
}

TytoHttpRecordingV1 *
tyto_http_recording_v1_new (TytoRecorder *recorder, TytoHttpRouter *router)
{
  TytoHttpRecordingV1 *self = g_object_new (TYTO_TYPE_HTTP_RECORDING_V1, NULL);

  self->recorder = g_object_ref (recorder);
  g_signal_connect_object (recorder, "camera-added", G_CALLBACK (on_camera_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (recorder, "camera-changed", G_CALLBACK (on_camera_changed), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (recorder, "camera-removed", G_CALLBACK (on_camera_removed), self,
                           G_CONNECT_SWAPPED);
  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), self);
  return self;
}
