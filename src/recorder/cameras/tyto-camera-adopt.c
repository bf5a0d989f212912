/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/cameras/tyto-camera-adopt.h"

#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "recorder/cameras/tyto-camera-events.h"
#include "recorder/cameras/tyto-camera-private.h"

static void
replace (char **member, GVariant *dict, const char *key)
{
  g_free (*member);
  *member = g_strdup (tyto_dict_string (dict, key, ""));
}

static void
restore_streams (TytoCamera *self, GVariant *dict)
{
  replace (&self->transport, dict, "transport");
  replace (&self->ingest, dict, "ingest");
  replace (&self->video_codec, dict, "video-codec");
  replace (&self->audio_codec, dict, "audio-codec");
  self->width = (guint) tyto_dict_uint (dict, "width", 0);
  self->height = (guint) tyto_dict_uint (dict, "height", 0);
}

void
tyto_camera_restore_run (TytoCamera *self, GVariant *dict)
{
  const char *id = tyto_dict_string (dict, "run", "");
  TytoRun *run;

  if (self->run != NULL && g_str_equal (self->run->id, id))
    return;
  run = tyto_run_new (id, self->id, "main", tyto_dict_int (dict, "wall-start", tyto_time_now ()));
  replace (&run->transport, dict, "transport");
  replace (&run->video_codec, dict, "video-codec");
  replace (&run->audio_codec, dict, "audio-codec");
  run->width = (guint) tyto_dict_uint (dict, "width", 0);
  run->height = (guint) tyto_dict_uint (dict, "height", 0);
  g_clear_pointer (&self->run, tyto_run_unref);
  self->run = run;
}

/* What is there under @key, unless it is still to come as news. (transfer full) (nullable) */
static GVariant *
look_up_past (GVariant *known, const char *key, guint64 acknowledged)
{
  g_autoptr (GVariant) dict = g_variant_lookup_value (known, key, G_VARIANT_TYPE_VARDICT);

  if (dict == NULL || tyto_dict_uint (dict, "serial", 0) > acknowledged)
    return NULL;
  return g_steal_pointer (&dict);
}

void
tyto_camera_adopt (TytoCamera *self, GVariant *known, guint64 acknowledged)
{
  g_autoptr (GVariant) run = look_up_past (known, "run", acknowledged);
  g_autoptr (GVariant) segment = look_up_past (known, "segment", acknowledged);

  if (run != NULL) {
    tyto_camera_restore_run (self, run);
    restore_streams (self, run);
  }
  if (segment != NULL)
    tyto_camera_segment_opened (self, segment);
  /* Other states open gaps: they wait for the news that come before them. */
  if (g_str_equal (tyto_dict_string (known, "state", ""), "recording"))
    tyto_camera_set_state (self, TYTO_CAMERA_STATE_RECORDING, NULL);
}

void
tyto_camera_set_last_segment (TytoCamera *self, gint64 end_us)
{
  self->last_segment_us = end_us;
}

gint64
tyto_camera_get_last_segment (TytoCamera *self)
{
  return self->last_segment_us;
}
