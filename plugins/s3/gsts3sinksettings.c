/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3/gsts3sinksettings.h"

#include "store/s3/tyto-s3-client.h"

#include <string.h>

#define MIB               G_GUINT64_CONSTANT (1048576)
#define DEFAULT_PART_SIZE (8 * MIB)
#define DEFAULT_THRESHOLD (32 * MIB)
#define DEFAULT_PARALLEL  4
#define MAX_PARALLEL      64
#define READWRITE         (G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY)

GType
gst_s3_on_error_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_S3_ON_ERROR_ABORT, "Abort it at the server", "abort" },
    { GST_S3_ON_ERROR_DO_NOTHING, "Leave it, to be resumed by its upload-id", "do-nothing" },
    { 0 },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstTytoS3OnError", values));
  return type;
}

void
gst_s3_sink_settings_init (GstS3SinkSettings *self)
{
  memset (self, 0, sizeof *self);
  gst_s3_settings_init (&self->s3);
  self->part_size = DEFAULT_PART_SIZE;
  self->threshold = DEFAULT_THRESHOLD;
  self->parallel = DEFAULT_PARALLEL;
}

void
gst_s3_sink_settings_clear (GstS3SinkSettings *self)
{
  gst_s3_settings_clear (&self->s3);
  g_clear_pointer (&self->content_type, g_free);
  g_clear_pointer (&self->metadata, gst_structure_free);
  g_clear_pointer (&self->upload_id, g_free);
}

static void
install_object (GObjectClass *klass)
{
  g_object_class_install_property (
      klass, GST_S3_SINK_SETTINGS_CONTENT_TYPE,
      g_param_spec_string ("content-type", "Content type",
                           "Media type of the object (default: application/octet-stream)", NULL,
                           READWRITE));
  g_object_class_install_property (
      klass, GST_S3_SINK_SETTINGS_METADATA,
      g_param_spec_boxed ("metadata", "Metadata",
                          "Fields that the object has as x-amz-meta-NAME: VALUE",
                          GST_TYPE_STRUCTURE, READWRITE));
}

static void
install_upload (GObjectClass *klass)
{
  g_object_class_install_property (
      klass, GST_S3_SINK_SETTINGS_PART_SIZE,
      g_param_spec_uint64 (
          "part-size", "Part size",
          "Bytes of a part; more when an object whose size is known has more than 10,000",
          TYTO_S3_PART_MINIMUM, TYTO_S3_PART_MAXIMUM, DEFAULT_PART_SIZE, READWRITE));
  g_object_class_install_property (
      klass, GST_S3_SINK_SETTINGS_THRESHOLD,
      g_param_spec_uint64 ("threshold", "Threshold",
                           "Bytes from which on an object goes in parts; at most part-size × "
                           "num-parallel-parts count",
                           0, TYTO_S3_PART_MAXIMUM, DEFAULT_THRESHOLD, READWRITE));
  g_object_class_install_property (
      klass, GST_S3_SINK_SETTINGS_NUM_PARALLEL_PARTS,
      g_param_spec_uint ("num-parallel-parts", "Parallel parts",
                         "Parts that are sent at a time; one more is in memory", 1, MAX_PARALLEL,
                         DEFAULT_PARALLEL, READWRITE));
  g_object_class_install_property (
      klass, GST_S3_SINK_SETTINGS_BANDWIDTH,
      g_param_spec_uint64 (
          "bandwidth", "Bandwidth",
          "Limit in bytes a second (0: none): parts wait for it, and new connections "
          "keep its pace",
          0, G_MAXUINT64, 0,
          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING));
}

static void
install_resume (GObjectClass *klass)
{
  g_object_class_install_property (
      klass, GST_S3_SINK_SETTINGS_UPLOAD_ID,
      g_param_spec_string ("upload-id", "Upload",
                           "Multipart upload to go on with: parts that the server has are not sent "
                           "again; when it is gone, another is begun",
                           NULL, READWRITE));
  g_object_class_install_property (
      klass, GST_S3_SINK_SETTINGS_ON_ERROR,
      g_param_spec_enum ("on-error", "On error",
                         "What becomes of a multipart upload that an error or a stop without EOS "
                         "leaves unfinished",
                         GST_TYPE_S3_ON_ERROR, GST_S3_ON_ERROR_ABORT,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING));
  g_object_class_install_property (
      klass, GST_S3_SINK_SETTINGS_CONFIRM_BEGIN,
      g_param_spec_boolean ("confirm-begin", "Confirm begin",
                            "A new multipart upload waits, before its first part, for the action "
                            "signal continue",
                            FALSE, READWRITE));
  g_object_class_install_property (
      klass, GST_S3_SINK_SETTINGS_COMPARE_MD5,
      g_param_spec_boolean ("compare-md5", "Compare MD5",
                            "Compare the ETag with the MD5 of what was sent, too: for servers that "
                            "do not check the SHA-256 that each request is signed with",
                            FALSE, READWRITE));
}

void
gst_s3_sink_settings_install (GObjectClass *klass)
{
  gst_s3_settings_install (klass);
  install_object (klass);
  install_upload (klass);
  install_resume (klass);
}

static void
set_string (gchar **field, const GValue *value)
{
  g_free (*field);
  *field = g_value_dup_string (value);
}

gboolean
gst_s3_sink_settings_set (GstS3SinkSettings *self, guint id, const GValue *value)
{
  switch (id) {
  case GST_S3_SINK_SETTINGS_CONTENT_TYPE:
    set_string (&self->content_type, value);
    return TRUE;
  case GST_S3_SINK_SETTINGS_METADATA:
    g_clear_pointer (&self->metadata, gst_structure_free);
    self->metadata = g_value_dup_boxed (value);
    return TRUE;
  case GST_S3_SINK_SETTINGS_PART_SIZE:
    self->part_size = g_value_get_uint64 (value);
    return TRUE;
  case GST_S3_SINK_SETTINGS_THRESHOLD:
    self->threshold = g_value_get_uint64 (value);
    return TRUE;
  case GST_S3_SINK_SETTINGS_NUM_PARALLEL_PARTS:
    self->parallel = g_value_get_uint (value);
    return TRUE;
  case GST_S3_SINK_SETTINGS_UPLOAD_ID:
    set_string (&self->upload_id, value);
    return TRUE;
  case GST_S3_SINK_SETTINGS_ON_ERROR:
    self->on_error = (GstS3OnError) g_value_get_enum (value);
    return TRUE;
  case GST_S3_SINK_SETTINGS_CONFIRM_BEGIN:
    self->confirm = g_value_get_boolean (value);
    return TRUE;
  case GST_S3_SINK_SETTINGS_COMPARE_MD5:
    self->compare_md5 = g_value_get_boolean (value);
    return TRUE;
  case GST_S3_SINK_SETTINGS_BANDWIDTH:
    self->bandwidth = g_value_get_uint64 (value);
    return TRUE;
  default:
    return gst_s3_settings_set (&self->s3, id, value);
  }
}

gboolean
gst_s3_sink_settings_get (const GstS3SinkSettings *self, guint id, GValue *value)
{
  switch (id) {
  case GST_S3_SINK_SETTINGS_CONTENT_TYPE:
    g_value_set_string (value, self->content_type);
    return TRUE;
  case GST_S3_SINK_SETTINGS_METADATA:
    g_value_set_boxed (value, self->metadata);
    return TRUE;
  case GST_S3_SINK_SETTINGS_PART_SIZE:
    g_value_set_uint64 (value, self->part_size);
    return TRUE;
  case GST_S3_SINK_SETTINGS_THRESHOLD:
    g_value_set_uint64 (value, self->threshold);
    return TRUE;
  case GST_S3_SINK_SETTINGS_NUM_PARALLEL_PARTS:
    g_value_set_uint (value, self->parallel);
    return TRUE;
  case GST_S3_SINK_SETTINGS_UPLOAD_ID:
    g_value_set_string (value, self->upload_id);
    return TRUE;
  case GST_S3_SINK_SETTINGS_ON_ERROR:
    g_value_set_enum (value, (gint) self->on_error);
    return TRUE;
  case GST_S3_SINK_SETTINGS_CONFIRM_BEGIN:
    g_value_set_boolean (value, self->confirm);
    return TRUE;
  case GST_S3_SINK_SETTINGS_COMPARE_MD5:
    g_value_set_boolean (value, self->compare_md5);
    return TRUE;
  case GST_S3_SINK_SETTINGS_BANDWIDTH:
    g_value_set_uint64 (value, self->bandwidth);
    return TRUE;
  default:
    return gst_s3_settings_get (&self->s3, id, value);
  }
}

/* Name → value, of all that can be a string. */
static GHashTable *
make_metadata (const GstS3SinkSettings *self)
{
  GHashTable *metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  gint n = self->metadata != NULL ? gst_structure_n_fields (self->metadata) : 0;

  for (gint i = 0; i < n; i++) {
    const gchar *name = gst_structure_nth_field_name (self->metadata, (guint) i);
    const GValue *field = gst_structure_get_value (self->metadata, name);
    g_auto (GValue) text = G_VALUE_INIT;

    g_value_init (&text, G_TYPE_STRING);
    if (g_value_transform (field, &text) && g_value_get_string (&text) != NULL)
      g_hash_table_replace (metadata, g_ascii_strdown (name, -1), g_value_dup_string (&text));
  }
  return metadata;
}

gboolean
gst_s3_sink_settings_make_plan (const GstS3SinkSettings *self, GstS3UploadPlan *plan,
                                GError **error)
{
  plan->config = gst_s3_settings_make_config (&self->s3, error);
  if (plan->config == NULL)
    return FALSE;
  plan->metadata = make_metadata (self);
  plan->key = self->s3.key;
  plan->content_type = self->content_type;
  plan->resume = self->upload_id != NULL && *self->upload_id != '\0' ? self->upload_id : NULL;
  plan->parallel = self->parallel;
  plan->compare_md5 = self->compare_md5;
  plan->confirm = self->confirm;
  plan->bandwidth = self->bandwidth;
  return TRUE;
}

guint64
gst_s3_sink_settings_get_threshold (const GstS3SinkSettings *self)
{
  if (self->upload_id != NULL && *self->upload_id != '\0')
    return 0;
  return MAX (MIN (self->threshold, self->part_size * self->parallel), 1);
}
