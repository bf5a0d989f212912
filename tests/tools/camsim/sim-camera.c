/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-camera.h"

SimCamera *
sim_camera_new (guint id, const SimCameraConfig *config, SimLibrary *library, gboolean numbered,
                gint64 start, GError **error)
{
  g_autoptr (SimCamera) self = g_new0 (SimCamera, 1);
  g_autoptr (GError) audio_error = NULL;
  SimAudio *audio = sim_library_get_audio (library, config->audio, &audio_error);

  self->id = id;
  if (audio_error != NULL) {
    g_propagate_error (error, g_steal_pointer (&audio_error));
    return NULL;
  }
  for (guint i = 0; i < SIM_N_STREAMS; i++) {
    SimMedia *media = sim_library_get_media (library, &config->video[i], numbered ? id : 0, error);

    if (media == NULL)
      return NULL;
    self->streams[i] = sim_stream_new (id, i, media, audio, &self->faults, start);
  }
  return g_steal_pointer (&self);
}

void
sim_camera_free (SimCamera *self)
{
  for (guint i = 0; i < SIM_N_STREAMS; i++)
    g_clear_pointer (&self->streams[i], sim_stream_free);
  g_free (self);
}
