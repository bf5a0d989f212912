/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/archive/tyto-archiver-upload.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "worker/tyto-pipeline-text.h"

#define READ_BYTES (256 * 1024)

struct _TytoArchiverUpload {
  GObject parent_instance;

  char *id;
  char *path;
  GstElement *pipeline;
  GstElement *sink; /* in it */
  guint bus_watch;
  GstStructure *done;  /* (nullable): what the sink tells of the object */
  GstStructure *index; /* (nullable): what segmentindex tells of the file */
  GError *error;       /* (nullable) */
  gboolean ending;
};

enum { SIGNAL_BEGUN, SIGNAL_PROGRESS, SIGNAL_ENDED, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoArchiverUpload, tyto_archiver_upload, G_TYPE_OBJECT)

/* --- The end --- */

static gboolean
on_stopped (gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_ENDED], 0);
  return G_SOURCE_REMOVE;
}

/* In a thread of GStreamer's: an abort waits for the server. */
static void
stop_there (GstElement *pipeline, gpointer user_data)
{
  gst_element_set_state (pipeline, GST_STATE_NULL);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_stopped, g_object_ref (user_data), g_object_unref);
}

/* Takes @error. The first end counts. */
static void
end (TytoArchiverUpload *self, GError *error)
{
  if (self->ending) {
    g_clear_error (&error);
    return;
  }
  self->ending = TRUE;
  self->error = error;
  g_clear_handle_id (&self->bus_watch, g_source_remove);
  gst_element_call_async (self->pipeline, stop_there, g_object_ref (self), g_object_unref);
}

/* --- What the pipeline tells --- */

/* The sink says what went wrong; all else is about the file. */
static GError *
read_error (TytoArchiverUpload *self, GstMessage *message)
{
  const GstStructure *details = NULL;
  const char *name = NULL;
  const TytoErrorInfo *info;
  g_autoptr (GError) told = NULL;
  GError *error = NULL;

  gst_message_parse_error (message, &told, NULL);
  gst_message_parse_error_details (message, &details);
  if (details != NULL)
    name = gst_structure_get_string (details, "tyto-error");
  info = name != NULL ? tyto_error_info_for_dbus_name (name) : NULL;
  if (info != NULL)
    return g_error_new_literal (TYTO_ERROR, (gint) info->code, told->message);
  tyto_set_error (&error, TYTO_ERROR_STORAGE, NULL, "The file %s cannot be uploaded: %s",
                  self->path, told->message);
  return error;
}

/* Of what went in parts, segmentindex alone knows the SHA-256. */
static const char *
get_sha256 (TytoArchiverUpload *self)
{
  const char *sha256 = gst_structure_get_string (self->done, "sha256");

  return *sha256 == '\0' && self->index != NULL ? gst_structure_get_string (self->index, "sha256")
                                                : sha256;
}

static GVariant *
make_object (TytoArchiverUpload *self)
{
  GVariantDict object;
  guint64 size = 0;

  gst_structure_get_uint64 (self->done, "size", &size);
  g_variant_dict_init (&object, NULL);
  g_variant_dict_insert (&object, "size", "t", size);
  g_variant_dict_insert (&object, "sha256", "s", get_sha256 (self));
  g_variant_dict_insert (&object, "etag", "s", gst_structure_get_string (self->done, "etag"));
  g_variant_dict_insert (&object, "upload", "s",
                         gst_structure_get_string (self->done, "upload-id"));
  return g_variant_ref_sink (g_variant_dict_end (&object));
}

static void
keep (GstStructure **place, const GstStructure *structure)
{
  g_clear_pointer (place, gst_structure_free);
  *place = gst_structure_copy (structure);
}

static void
take_element_message (TytoArchiverUpload *self, const GstStructure *structure)
{
  guint64 sent = 0, total = 0, rate = 0;

  if (gst_structure_has_name (structure, "s3-upload-begun")) {
    g_signal_emit (self, signals[SIGNAL_BEGUN], 0,
                   gst_structure_get_string (structure, "upload-id"));
  } else if (gst_structure_has_name (structure, "s3-upload-progress")) {
    gst_structure_get (structure, "sent", G_TYPE_UINT64, &sent, "total", G_TYPE_UINT64, &total,
                       "rate", G_TYPE_UINT64, &rate, NULL);
    g_signal_emit (self, signals[SIGNAL_PROGRESS], 0, sent, total, rate);
  } else if (gst_structure_has_name (structure, "s3-upload-done")) {
    keep (&self->done, structure);
  } else if (gst_structure_has_name (structure, "segment-index")) {
    keep (&self->index, structure);
  }
}

static gboolean
on_message (GstBus *bus, GstMessage *message, gpointer user_data)
{
  TytoArchiverUpload *self = user_data;

  switch (GST_MESSAGE_TYPE (message)) {
  case GST_MESSAGE_ELEMENT:
    take_element_message (self, gst_message_get_structure (message));
    break;
  case GST_MESSAGE_ERROR:
    end (self, read_error (self, message));
    break;
  case GST_MESSAGE_EOS:
    end (self, NULL);
    break;
  default:
    break;
  }
  return G_SOURCE_CONTINUE;
}

/* --- The pipeline --- */

static gboolean
is_recording (const char *path)
{
  static const char *const suffixes[] = { ".mp4", ".ts", ".mkv" };

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    if (g_str_has_suffix (path, suffixes[i]))
      return TRUE;
  return FALSE;
}

/* (transfer none): the pipeline's */
static GstElement *
add (TytoArchiverUpload *self, const char *factory, GError **error)
{
  GstElement *element = gst_element_factory_make (factory, NULL);

  if (element == NULL)
    tyto_set_error (error, TYTO_ERROR_INTERNAL, "Check the installation and GST_PLUGIN_PATH.",
                    "There is no GStreamer element %s.", factory);
  else
    gst_bin_add (GST_BIN (self->pipeline), element);
  return element;
}

static gboolean
build (TytoArchiverUpload *self, GError **error)
{
  GstElement *source = add (self, "filesrc", error);
  GstElement *last = source;

  if (source == NULL)
    return FALSE;
  g_object_set (source, "location", self->path, "blocksize", READ_BYTES, NULL);
  if (is_recording (self->path)) {
    last = add (self, "segmentindex", error);
    if (last == NULL || !gst_element_link (source, last))
      return FALSE;
  }
  self->sink = add (self, "s3sink", error);
  return self->sink != NULL && gst_element_link (last, self->sink);
}

static void
set_metadata (TytoArchiverUpload *self, GVariant *file)
{
  g_autoptr (GVariant) fields = g_variant_lookup_value (file, "metadata", G_VARIANT_TYPE ("a{ss}"));
  g_autoptr (GstStructure) metadata = gst_structure_new_empty ("metadata");
  const char *name, *value;
  GVariantIter iter;

  if (fields == NULL)
    return;
  g_variant_iter_init (&iter, fields);
  while (g_variant_iter_next (&iter, "{&s&s}", &name, &value))
    gst_structure_set (metadata, name, G_TYPE_STRING, value, NULL);
  g_object_set (self->sink, "metadata", metadata, NULL);
}

/* A multipart upload is never aborted unless that is asked for: the next try goes on with it. */
static void
configure (TytoArchiverUpload *self, GVariant *file, TytoArchiverTarget *target)
{
  tyto_archiver_target_apply (target, self->sink);
  g_object_set (self->sink, "key", tyto_dict_string (file, "key", ""), "content-type",
                tyto_dict_string (file, "content-type", NULL), "upload-id",
                tyto_dict_string (file, "upload", NULL), "confirm-begin", TRUE, NULL);
  gst_util_set_object_arg (G_OBJECT (self->sink), "on-error", "do-nothing");
  set_metadata (self, file);
}

TytoArchiverUpload *
tyto_archiver_upload_new (const char *id, GVariant *file, TytoArchiverTarget *target,
                          GError **error)
{
  g_autoptr (TytoArchiverUpload) self = NULL;
  const char *path = tyto_dict_string (file, "path", "");

  if (!g_path_is_absolute (path) || *tyto_dict_string (file, "key", "") == '\0') {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    "An upload needs an absolute path and a key.");
    return NULL;
  }
  self = g_object_new (TYTO_TYPE_ARCHIVER_UPLOAD, NULL);
  self->id = g_strdup (id);
  self->path = g_strdup (path);
  self->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  if (!build (self, error))
    return NULL;
  configure (self, file, target);
  return g_steal_pointer (&self);
}

const char *
tyto_archiver_upload_get_id (TytoArchiverUpload *self)
{
  return self->id;
}

void
tyto_archiver_upload_start (TytoArchiverUpload *self)
{
  g_autoptr (GstBus) bus = gst_pipeline_get_bus (GST_PIPELINE (self->pipeline));

  self->bus_watch = gst_bus_add_watch (bus, on_message, self);
  gst_element_set_state (self->pipeline, GST_STATE_PLAYING); /* a failure is told on the bus */
}

void
tyto_archiver_upload_confirm (TytoArchiverUpload *self)
{
  g_signal_emit_by_name (self->sink, "continue");
}

void
tyto_archiver_upload_set_bandwidth (TytoArchiverUpload *self, guint64 bandwidth)
{
  g_object_set (self->sink, "bandwidth", bandwidth, NULL);
}

void
tyto_archiver_upload_stop (TytoArchiverUpload *self, gboolean abort)
{
  GError *error = NULL;

  if (abort)
    gst_util_set_object_arg (G_OBJECT (self->sink), "on-error", "abort");
  tyto_set_error (&error, TYTO_ERROR_UNAVAILABLE, NULL, "The upload was stopped.");
  end (self, error);
}

char *
tyto_archiver_upload_describe (TytoArchiverUpload *self)
{
  return tyto_pipeline_text_launch (GST_BIN (self->pipeline));
}

GVariant *
tyto_archiver_upload_finish (TytoArchiverUpload *self, GError **error)
{
  if (self->error != NULL)
    g_propagate_error (error, g_error_copy (self->error));
  else if (self->done == NULL)
    tyto_set_error (error, TYTO_ERROR_INTERNAL, NULL, "The upload ended without an object.");
  return self->error == NULL && self->done != NULL ? make_object (self) : NULL;
}

static void
tyto_archiver_upload_finalize (GObject *object)
{
  TytoArchiverUpload *self = TYTO_ARCHIVER_UPLOAD (object);

  g_clear_handle_id (&self->bus_watch, g_source_remove);
  if (self->pipeline != NULL)
    gst_element_set_state (self->pipeline, GST_STATE_NULL);
  gst_clear_object (&self->pipeline);
  g_clear_pointer (&self->done, gst_structure_free);
  g_clear_pointer (&self->index, gst_structure_free);
  g_clear_error (&self->error);
  g_free (self->id);
  g_free (self->path);
  G_OBJECT_CLASS (tyto_archiver_upload_parent_class)->finalize (object);
}

static void
tyto_archiver_upload_class_init (TytoArchiverUploadClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->finalize = tyto_archiver_upload_finalize;
  signals[SIGNAL_BEGUN] = g_signal_new ("begun", TYTO_TYPE_ARCHIVER_UPLOAD, G_SIGNAL_RUN_FIRST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  signals[SIGNAL_PROGRESS]
      = g_signal_new ("progress", TYTO_TYPE_ARCHIVER_UPLOAD, G_SIGNAL_RUN_FIRST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 3, G_TYPE_UINT64, G_TYPE_UINT64, G_TYPE_UINT64);
  signals[SIGNAL_ENDED] = g_signal_new ("ended", TYTO_TYPE_ARCHIVER_UPLOAD, G_SIGNAL_RUN_FIRST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
tyto_archiver_upload_init (TytoArchiverUpload *self)
{
}
