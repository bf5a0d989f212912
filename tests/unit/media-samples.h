/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* media-samples.h: encoded media for tests of src/media, and files made of them. */
#pragma once

#include "media/tyto-mp4-writer.h"

G_BEGIN_DECLS

/**
 * MediaSamples: a track and its samples.
 * @samples: (element-type TytoMp4Sample)
 * @payloads: (element-type GBytes): of the same
 */
typedef struct {
  TytoMp4Track track;
  GArray *samples;
  GPtrArray *payloads;
} MediaSamples;

/* Runs a pipeline that ends in "… ! appsink name=out" and keeps all it gives. */
MediaSamples *media_samples_encode (const char *pipeline);
void media_samples_free (MediaSamples *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MediaSamples, media_samples_free)

/* Ready-made: 25 frames a second, a key frame every two seconds. */
MediaSamples *media_samples_h264 (guint frames, gboolean b_frames);
MediaSamples *media_samples_h265 (guint frames);
MediaSamples *media_samples_aac (guint frames);
MediaSamples *media_samples_opus (guint frames);

/* Writes @path: fragments of a second, each track in its own, in the order of time; @finish: with
 * index and mfra. */
void media_samples_write (const char *path, const TytoMediaIdentity *identity,
                          MediaSamples *const *tracks, guint n_tracks, gboolean finish);

/* Runs a pipeline to its end; its element "mux" writes @comment when it can. */
void media_samples_run (const char *pipeline, const char *comment);

/* What a command prints on both its outputs; it must succeed. (transfer full) */
char *media_samples_command (const char *const *argv);

/* ffmpeg decodes all of @path without a word. */
void media_samples_assert_decodes (const char *path);

/* Packets of the first stream of @type ("v" or "a") in @path, as ffprobe counts them. */
guint media_samples_count_packets (const char *path, const char *type);

G_END_DECLS
