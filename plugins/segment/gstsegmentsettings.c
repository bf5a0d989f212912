/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentsettings.h"

#define DEFAULT_CAMERA          "camera"
#define DEFAULT_FORMAT          GST_SEGMENT_FORMAT_MP4
#define DEFAULT_FRAGMENT_MS     500
#define DEFAULT_ROOT            "."
#define DEFAULT_SEGMENT_SECONDS 900
#define DEFAULT_START_SEQUENCE  1
#define DEFAULT_ENGINE          GST_SEGMENT_ENGINE_FRAGMENTS
#define DEFAULT_SYNC_MS         1500
#define DEFAULT_QUEUE_BYTES     (16 * 1024 * 1024)

enum {
  PROP_0,
  PROP_LOCATION,
  PROP_ROOT,
  PROP_CAMERA,
  PROP_RUN,
  PROP_SEGMENT_SECONDS,
  PROP_FORMAT,
  PROP_FRAGMENT_MS,
  PROP_START_SEQUENCE,
  PROP_ENGINE,
  PROP_SYNC_MS,
  PROP_QUEUE_BYTES,
  PROP_FLOOR_BYTES,
  PROP_FLOOR_PERCENT,
  PROP_NOT_BEFORE,
};

GType
gst_segment_engine_kind_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_SEGMENT_ENGINE_FRAGMENTS, "Own writer of fragmented MP4", "fragments" },
    { GST_SEGMENT_ENGINE_SPLITMUXSINK, "splitmuxsink and a muxer", "splitmuxsink" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstSegmentEngine", values));
  return type;
}

void
gst_segment_settings_copy (GstSegmentSettings *to, const GstSegmentSettings *from)
{
  *to = *from;
  to->location = g_strdup (from->location);
  to->root = g_strdup (from->root);
  to->camera = g_strdup (from->camera);
  to->run = g_strdup (from->run);
}

void
gst_segment_settings_clear (GstSegmentSettings *settings)
{
  g_clear_pointer (&settings->location, g_free);
  g_clear_pointer (&settings->root, g_free);
  g_clear_pointer (&settings->camera, g_free);
  g_clear_pointer (&settings->run, g_free);
}

void
gst_segment_settings_init (GstSegmentSettings *settings)
{
  settings->root = g_strdup (DEFAULT_ROOT);
  settings->camera = g_strdup (DEFAULT_CAMERA);
  settings->format = DEFAULT_FORMAT;
  settings->fragment_ms = DEFAULT_FRAGMENT_MS;
  settings->segment_seconds = DEFAULT_SEGMENT_SECONDS;
  settings->start_sequence = DEFAULT_START_SEQUENCE;
  settings->engine = DEFAULT_ENGINE;
  settings->sync_ms = DEFAULT_SYNC_MS;
  settings->queue_bytes = DEFAULT_QUEUE_BYTES;
}

static void
install_disk_properties (GObjectClass *class, GParamFlags flags)
{
  g_object_class_install_property (
      class, PROP_ENGINE,
      g_param_spec_enum ("engine", "Engine",
                         "What writes MP4 segments; ts and mkv are written by splitmuxsink",
                         GST_TYPE_SEGMENT_ENGINE_KIND, DEFAULT_ENGINE, flags));
  g_object_class_install_property (
      class, PROP_SYNC_MS,
      g_param_spec_uint (
          "sync-ms", "Sync interval",
          "Milliseconds after which what was written is on the disk: what a power cut can lose",
          100, 60000, DEFAULT_SYNC_MS, flags));
  g_object_class_install_property (
      class, PROP_QUEUE_BYTES,
      g_param_spec_uint64 (
          "queue-bytes", "Queue",
          "Bytes that may wait for the disk; beyond, frames are left out up to a key frame (engine "
          "fragments)",
          64 * 1024, G_MAXINT64, DEFAULT_QUEUE_BYTES, flags));
  g_object_class_install_property (
      class, PROP_FLOOR_BYTES,
      g_param_spec_uint64 (
          "floor-bytes", "Floor",
          "Free bytes of the disk below which no segment is opened, 0 = none (engine fragments)", 0,
          G_MAXINT64, 0, flags));
  g_object_class_install_property (
      class, PROP_FLOOR_PERCENT,
      g_param_spec_uint (
          "floor-percent", "Floor in per cent",
          "Free per cent of the disk below which no segment is opened, 0 = none (engine fragments)",
          0, 99, 0, flags));
  g_object_class_install_property (
      class, PROP_NOT_BEFORE,
      g_param_spec_int64 ("not-before", "Not before",
                          "Microseconds since the Unix epoch before which the run does not start, "
                          "unless that is more "
                          "than 24 h ahead of the clock",
                          0, G_MAXINT64, 0, flags));
}

void
gst_segment_settings_install (GObjectClass *class)
{
  const GParamFlags flags
      = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | (GParamFlags) GST_PARAM_MUTABLE_READY;

  g_object_class_install_property (
      class, PROP_LOCATION,
      g_param_spec_string ("location", "Location",
                           "Template of the files' names, below root unless absolute: {camera}, "
                           "{run}, {sequence} and "
                           "strftime conversions of the segment's start in UTC (null = "
                           "{camera}/%Y-%m-%d/%H-%M-%S and "
                           "the format's extension)",
                           NULL, flags));
  g_object_class_install_property (
      class, PROP_ROOT,
      g_param_spec_string ("root", "Root", "Directory below which location is evaluated",
                           DEFAULT_ROOT, flags));
  g_object_class_install_property (
      class, PROP_CAMERA,
      g_param_spec_string ("camera", "Camera", "Id of the camera: 1 to 64 of A-Z a-z 0-9 _ -",
                           DEFAULT_CAMERA, flags));
  g_object_class_install_property (
      class, PROP_RUN,
      g_param_spec_string ("run", "Run",
                           "Id of the run, one unbroken connection: 1 to 64 of A-Z a-z 0-9 _ . : + "
                           "- (null = made at "
                           "start)",
                           NULL, flags));
  g_object_class_install_property (
      class, PROP_SEGMENT_SECONDS,
      g_param_spec_uint (
          "segment-seconds", "Segment length",
          "Length of a segment in seconds; cut at its multiples since the Unix epoch, UTC", 1,
          86400, DEFAULT_SEGMENT_SECONDS, flags));
  g_object_class_install_property (
      class, PROP_FORMAT,
      g_param_spec_enum ("format", "Format", "Container of the segments", GST_TYPE_SEGMENT_FORMAT,
                         DEFAULT_FORMAT, flags));
  g_object_class_install_property (
      class, PROP_FRAGMENT_MS,
      g_param_spec_uint (
          "fragment-ms", "Fragment duration",
          "Duration of an MP4 fragment in milliseconds: what a crash can lose at most", 1, 60000,
          DEFAULT_FRAGMENT_MS, flags));
  g_object_class_install_property (
      class, PROP_START_SEQUENCE,
      g_param_spec_uint64 ("start-sequence", "Start sequence",
                           "Sequence number of the run's first segment", 0, G_MAXUINT64,
                           DEFAULT_START_SEQUENCE, flags));
  install_disk_properties (class, flags);
}

static void
replace_string (gchar **string, const GValue *value)
{
  g_free (*string);
  *string = g_value_dup_string (value);
}

gboolean
gst_segment_settings_set (GstSegmentSettings *settings, guint id, const GValue *value)
{
  switch (id) {
  case PROP_LOCATION:
    replace_string (&settings->location, value);
    break;
  case PROP_ROOT:
    replace_string (&settings->root, value);
    break;
  case PROP_CAMERA:
    replace_string (&settings->camera, value);
    break;
  case PROP_RUN:
    replace_string (&settings->run, value);
    break;
  case PROP_SEGMENT_SECONDS:
    settings->segment_seconds = g_value_get_uint (value);
    break;
  case PROP_FORMAT:
    settings->format = g_value_get_enum (value);
    break;
  case PROP_FRAGMENT_MS:
    settings->fragment_ms = g_value_get_uint (value);
    break;
  case PROP_START_SEQUENCE:
    settings->start_sequence = g_value_get_uint64 (value);
    break;
  case PROP_ENGINE:
    settings->engine = g_value_get_enum (value);
    break;
  case PROP_SYNC_MS:
    settings->sync_ms = g_value_get_uint (value);
    break;
  case PROP_QUEUE_BYTES:
    settings->queue_bytes = g_value_get_uint64 (value);
    break;
  case PROP_FLOOR_BYTES:
    settings->floor_bytes = g_value_get_uint64 (value);
    break;
  case PROP_FLOOR_PERCENT:
    settings->floor_percent = g_value_get_uint (value);
    break;
  case PROP_NOT_BEFORE:
    settings->not_before = g_value_get_int64 (value);
    break;
  default:
    return FALSE;
  }
  return TRUE;
}

gboolean
gst_segment_settings_get (const GstSegmentSettings *settings, guint id, GValue *value)
{
  switch (id) {
  case PROP_LOCATION:
    g_value_set_string (value, settings->location);
    break;
  case PROP_ROOT:
    g_value_set_string (value, settings->root);
    break;
  case PROP_CAMERA:
    g_value_set_string (value, settings->camera);
    break;
  case PROP_RUN:
    g_value_set_string (value, settings->run);
    break;
  case PROP_SEGMENT_SECONDS:
    g_value_set_uint (value, settings->segment_seconds);
    break;
  case PROP_FORMAT:
    g_value_set_enum (value, settings->format);
    break;
  case PROP_FRAGMENT_MS:
    g_value_set_uint (value, settings->fragment_ms);
    break;
  case PROP_START_SEQUENCE:
    g_value_set_uint64 (value, settings->start_sequence);
    break;
  case PROP_ENGINE:
    g_value_set_enum (value, settings->engine);
    break;
  case PROP_SYNC_MS:
    g_value_set_uint (value, settings->sync_ms);
    break;
  case PROP_QUEUE_BYTES:
    g_value_set_uint64 (value, settings->queue_bytes);
    break;
  case PROP_FLOOR_BYTES:
    g_value_set_uint64 (value, settings->floor_bytes);
    break;
  case PROP_FLOOR_PERCENT:
    g_value_set_uint (value, settings->floor_percent);
    break;
  case PROP_NOT_BEFORE:
    g_value_set_int64 (value, settings->not_before);
    break;
  default:
    return FALSE;
  }
  return TRUE;
}
