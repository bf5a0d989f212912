/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What can be said at once, without asking anybody. */
#include "recorder/tyto-recorder-private.h"

#include "base/tyto-time.h"

/* Those being removed are left out. */
GPtrArray *
tyto_recorder_get_cameras (TytoRecorder *self)
{
  g_autoptr (GList) ids = g_hash_table_get_keys (self->cameras);
  GPtrArray *cameras = g_ptr_array_new ();

  ids = g_list_sort (ids, (GCompareFunc) strcmp);
  for (GList *l = ids; l != NULL; l = l->next) {
    if (!g_hash_table_contains (self->removing, l->data))
      g_ptr_array_add (cameras, g_hash_table_lookup (self->cameras, l->data));
  }
  return cameras;
}

GVariant *
tyto_recorder_list_cameras (TytoRecorder *self)
{
  g_autoptr (GPtrArray) cameras = tyto_recorder_get_cameras (self);
  GVariantBuilder list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < cameras->len; i++)
    g_variant_builder_add_value (&list, tyto_camera_to_variant (g_ptr_array_index (cameras, i)));
  return g_variant_builder_end (&list);
}

GVariant *
tyto_recorder_get_camera (TytoRecorder *self, const char *id, GError **error)
{
  TytoCamera *camera = tyto_recorder_look_up (self, id, error);

  return camera != NULL ? tyto_camera_to_variant (camera) : NULL;
}

static char *
why_not_ready (TytoRecorder *self)
{
  g_autoptr (GPtrArray) cameras = NULL;

  if (self->phase == RECORDER_ENDING)
    return g_strdup ("The recorder is shutting down");
  if (self->phase != RECORDER_STARTED)
    return g_strdup ("The recorder is starting");
  if (tyto_entry_queue_get_failure (self->entries) != NULL)
    return g_strdup_printf ("The catalogue does not take rows: %s",
                            tyto_entry_queue_get_failure (self->entries));
  cameras = tyto_recorder_get_cameras (self);
  for (guint i = 0; i < cameras->len; i++) {
    TytoCamera *camera = g_ptr_array_index (cameras, i);

    if (!tyto_camera_is_settled (camera))
      return g_strdup_printf ("Camera %s has not been connected yet", tyto_camera_get_id (camera));
  }
  return NULL;
}

gboolean
tyto_recorder_is_ready (TytoRecorder *self, char **why)
{
  g_autofree char *reason = why_not_ready (self);
  gboolean ready = reason == NULL;

  if (why != NULL)
    *why = g_steal_pointer (&reason);
  return ready;
}

GVariant *
tyto_recorder_status (TytoRecorder *self)
{
  g_autoptr (GPtrArray) cameras = tyto_recorder_get_cameras (self);
  g_autofree char *started_at = tyto_time_format (self->started_us);
  g_autofree char *reason = why_not_ready (self);
  guint64 recording = 0, segments = 0, bytes = 0;
  GVariantDict dict;

  for (guint i = 0; i < cameras->len; i++) {
    TytoCamera *camera = g_ptr_array_index (cameras, i);
    const TytoCameraCounters *counters = tyto_camera_get_counters (camera);

    recording += tyto_camera_get_state (camera) == TYTO_CAMERA_STATE_RECORDING;
    segments += counters->segments;
    bytes += counters->bytes;
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "version", "s", TYTO_VERSION);
  g_variant_dict_insert (&dict, "started_at", "s", started_at);
  g_variant_dict_insert (&dict, "cameras", "t", (guint64) cameras->len);
  g_variant_dict_insert (&dict, "recording", "t", recording);
  g_variant_dict_insert (&dict, "segments", "t", segments);
  g_variant_dict_insert (&dict, "bytes", "t", bytes);
  g_variant_dict_insert (&dict, "output_dir", "s",
                         tyto_settings_get_string (self->settings, "output-dir"));
  g_variant_dict_insert (&dict, "disk_free", "t", tyto_disk_space_get_free (self->disk));
  g_variant_dict_insert (&dict, "disk_total", "t", tyto_disk_space_get_total (self->disk));
  g_variant_dict_insert (&dict, "disk_floor", "t",
                         tyto_disk_limits_get_floor (tyto_disk_space_get_limits (self->disk),
                                                     tyto_disk_space_get_total (self->disk)));
  g_variant_dict_insert (&dict, "disk_state", "s",
                         tyto_disk_state_to_string (tyto_disk_space_get_state (self->disk)));
  g_variant_dict_insert (&dict, "disk_reclaimed", "t",
                         tyto_disk_guard_get_reclaimed_bytes (self->guard));
  g_variant_dict_insert (&dict, "ready", "b", reason == NULL);
  g_variant_dict_insert (&dict, "reason", "s", reason != NULL ? reason : "");
  g_variant_dict_insert_value (&dict, "broadcasts", tyto_broadcasts_describe (self->broadcasts));
  tyto_recorder_describe_mirror (self, &dict);
  return g_variant_dict_end (&dict);
}
