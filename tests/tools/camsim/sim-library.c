/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-library.h"

struct _SimLibrary {
  char *cache_dir;    /* nullable */
  GHashTable *medias; /* description to SimMedia */
  GHashTable *audios; /* SimAudioCodec to SimAudio */
};

SimLibrary *
sim_library_new (const char *cache_dir)
{
  SimLibrary *self = g_new0 (SimLibrary, 1);

  self->cache_dir = g_strdup (cache_dir);
  self->medias
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) sim_media_unref);
  self->audios = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) sim_audio_free);
  return self;
}

void
sim_library_free (SimLibrary *self)
{
  g_hash_table_unref (self->medias);
  g_hash_table_unref (self->audios);
  g_free (self->cache_dir);
  g_free (self);
}

SimMedia *
sim_library_get_media (SimLibrary *self, const SimVideoConfig *config, guint number, GError **error)
{
  g_autofree char *key
      = g_strdup_printf ("%u %ux%u %u %u %u %g %u", config->codec, config->width, config->height,
                         config->bitrate, config->fps_milli, config->bframes, config->gop, number);
  SimMedia *media = g_hash_table_lookup (self->medias, key);

  if (media == NULL) {
    media = sim_media_new (config, number, self->cache_dir, error);
    if (media == NULL)
      return NULL;
    g_hash_table_insert (self->medias, g_steal_pointer (&key), media);
  }
  return sim_media_ref (media);
}

SimAudio *
sim_library_get_audio (SimLibrary *self, SimAudioCodec codec, GError **error)
{
  SimAudio *audio;

  if (codec == SIM_AUDIO_NONE)
    return NULL;
  audio = g_hash_table_lookup (self->audios, GINT_TO_POINTER (codec));
  if (audio == NULL) {
    audio = sim_audio_new (codec, error);
    if (audio != NULL)
      g_hash_table_insert (self->audios, GINT_TO_POINTER (codec), audio);
  }
  return audio;
}

const char *
sim_library_get_cache_dir (SimLibrary *self)
{
  return self->cache_dir;
}
