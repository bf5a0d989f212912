/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-capture-accounts.h"

void
tyto_capture_accounts_init (TytoCaptureAccounts *self, const char *run)
{
  *self = (TytoCaptureAccounts){ .run = g_strdup (run) };
}

void
tyto_capture_accounts_clear (TytoCaptureAccounts *self)
{
  g_clear_pointer (&self->run, g_free);
  g_clear_pointer (&self->start, g_variant_unref);
}

static void
insert_text (GVariantDict *dict, const char *key, const GstStructure *streams)
{
  const char *text = streams != NULL ? gst_structure_get_string (streams, key) : NULL;

  g_variant_dict_insert (dict, key, "s", text != NULL ? text : "");
}

void
tyto_capture_accounts_begin (TytoCaptureAccounts *self, gint64 wall_start,
                             const GstStructure *streams, const GstStructure *source, int width,
                             int height)
{
  const char *ingest = streams != NULL ? gst_structure_get_string (streams, "engine") : NULL;
  GVariantDict dict;

  self->wall_end = wall_start;
  self->lost_before = tyto_capture_stats_get_counter (source, "packets-lost");
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "run", "s", self->run);
  g_variant_dict_insert (&dict, "wall-start", "x", wall_start);
  insert_text (&dict, "transport", streams);
  g_variant_dict_insert (&dict, "ingest", "s", ingest != NULL ? ingest : "rtspsrc");
  insert_text (&dict, "video-codec", streams);
  insert_text (&dict, "audio-codec", streams);
  g_variant_dict_insert (&dict, "width", "u", (guint32) MAX (width, 0));
  g_variant_dict_insert (&dict, "height", "u", (guint32) MAX (height, 0));
  self->start = g_variant_ref_sink (g_variant_dict_end (&dict));
}

static gboolean
insert_field (GQuark id, const GValue *value, gpointer user_data)
{
  GVariantDict *dict = user_data;
  const char *name = g_quark_to_string (id);

  if (G_VALUE_HOLDS_STRING (value))
    g_variant_dict_insert (dict, name, "s",
                           g_value_get_string (value) != NULL ? g_value_get_string (value) : "");
  else if (G_VALUE_HOLDS_UINT64 (value))
    g_variant_dict_insert (dict, name, "t", g_value_get_uint64 (value));
  else if (G_VALUE_HOLDS_INT64 (value))
    g_variant_dict_insert (dict, name, "x", g_value_get_int64 (value));
  return TRUE;
}

static void
init_dict (GVariantDict *dict, const GstStructure *message)
{
  g_variant_dict_init (dict, NULL);
  gst_structure_foreach (message, insert_field, dict);
  g_variant_dict_remove (dict, "running-start"); /* of no meaning outside the pipeline */
}

GVariant *
tyto_capture_accounts_translate (const GstStructure *message)
{
  GVariantDict dict;

  init_dict (&dict, message);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

GVariant *
tyto_capture_accounts_close_segment (TytoCaptureAccounts *self, const GstStructure *message,
                                     const GstStructure *source)
{
  guint64 lost = tyto_capture_stats_get_counter (source, "packets-lost");
  guint64 duration = tyto_capture_stats_get_counter (message, "duration");
  gint64 wall_start = 0, camera_us;
  GVariantDict dict;

  gst_structure_get_int64 (message, "wall-start", &wall_start);
  self->recorded_ns += duration;
  self->stats.frames_recorded += tyto_capture_stats_get_counter (message, "frames");
  self->wall_end = wall_start + (gint64) (duration / 1000);

  init_dict (&dict, message);
  g_variant_dict_insert (&dict, "packets-lost", "t", lost - MIN (lost, self->lost_before));
  self->lost_before = lost;
  tyto_capture_loss_insert (&self->loss, tyto_capture_stats_get_counter (source, "frames-missing"),
                            &dict);
  if (tyto_capture_stats_camera_time (
          &self->stats, tyto_capture_stats_get_counter (message, "running-start"), &camera_us))
    g_variant_dict_insert (&dict, "camera-time", "x", camera_us);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}

GVariant *
tyto_capture_accounts_end (TytoCaptureAccounts *self, GVariant *taken, const char *reason,
                           const char *detail)
{
  g_autoptr (GVariant) statistics = g_variant_ref_sink (taken);
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (statistics);
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, self->start);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    g_variant_dict_insert_value (&dict, key, value);
  g_variant_dict_insert (&dict, "wall-end", "x", self->wall_end);
  g_variant_dict_insert (&dict, "reason", "s", reason);
  g_variant_dict_insert (&dict, "detail", "s", detail);
  return g_variant_ref_sink (g_variant_dict_end (&dict));
}
