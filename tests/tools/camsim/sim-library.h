/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-audio.h"
#include "sim-media.h"

G_BEGIN_DECLS

/* The loops, each made once and shared by the cameras that look alike. */
typedef struct _SimLibrary SimLibrary;

/* @cache_dir: (nullable) where encoded loops are kept between runs. */
SimLibrary *sim_library_new (const char *cache_dir);
void sim_library_free (SimLibrary *self);

/* @number is the camera number in the picture, 0 for none. Returns: (transfer full) */
SimMedia *sim_library_get_media (SimLibrary *self, const SimVideoConfig *config, guint number,
                                 GError **error);

/* Returns: (transfer none) NULL without @error for SIM_AUDIO_NONE. */
SimAudio *sim_library_get_audio (SimLibrary *self, SimAudioCodec codec, GError **error);
const char *sim_library_get_cache_dir (SimLibrary *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimLibrary, sim_library_free)

G_END_DECLS
