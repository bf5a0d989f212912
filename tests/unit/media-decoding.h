/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* media-decoding.h: files that ffmpeg is to decode without a word, all of them in one process: its
 * start takes longer than they do. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define MEDIA_DECODING_ANY (-1)

typedef struct _MediaDecoding MediaDecoding;

MediaDecoding *media_decoding_new (void);

/* Takes the mended file @part, which ends in ".part", and gives it a name of its own. @video and
 * @audio: packets that ffmpeg must find in its streams, or MEDIA_DECODING_ANY. */
void media_decoding_take (MediaDecoding *self, const char *part, int video, int audio);

/* Decodes them all, deletes them, and frees @self. Returns: how many they were. */
guint media_decoding_run (MediaDecoding *self);

G_END_DECLS
