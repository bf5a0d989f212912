/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-media-file.h: reads what a recorded file is, and mends one that was never finished.
 *
 * MP4 (ISO/IEC 14496-12), MPEG-TS (ISO/IEC 13818-1) and Matroska (RFC 9559) of ours. Blocking: call
 * it from a thread. It trusts nothing in the file: each length is checked against the file's size
 * and memory stays bounded, whatever it holds. Errors: TYTO_ERROR_STORAGE (I/O),
 * TYTO_ERROR_INVALID_ARGUMENT (not a file of ours, or damaged), TYTO_ERROR_NOT_FOUND (it ends, or
 * was never written, before its first frame).
 */
#pragma once

#include "media/tyto-mp4-index.h"

G_BEGIN_DECLS

/**
 * TytoMediaFile: a plain record of what a file holds.
 * @format: "mp4", "ts" or "mkv"
 * @complete: it was finished (in MP4: index and mfra are there)
 * @identity: all empty when the file says nothing of itself (ts, mkv: what their metadata say)
 * @duration_ns: of the reference: the video, or the first audio without
 * @bytes: of the file that can be used: up to the end of the last whole fragment (mp4), packet of a
 * whole access unit (ts) or block (mkv) when it is not complete
 * @fragments: (element-type TytoMediaFragment): MP4 alone, else empty
 */
typedef struct {
  char *format;
  gboolean complete;
  TytoMediaIdentity identity;
  char *video_codec; /* "h264", "h265" or "" */
  char *audio_codec; /* "aac", "opus", "pcma", "pcmu" or "" */
  guint64 duration_ns;
  guint64 frames;
  guint64 key_frames;
  guint64 audio_frames;
  guint64 bytes;
  GArray *fragments;
} TytoMediaFile;

/* Reads @path ("….mp4", "….ts", "….mkv", or the same with ".part" behind it). (transfer full) */
TytoMediaFile *tyto_media_file_read (const char *path, GError **error);

/* The same of a file that is open for reading, and stays so. @format: "mp4", "ts" or "mkv"; @name:
 * for messages. (transfer full) */
TytoMediaFile *
tyto_media_file_read_fd (int fd, const char *format, const char *name, GError **error);

/* Cuts the unfinished file at @path at its last whole fragment, ends it properly (index and mfra in
 * MP4) and syncs it; its name stays. A complete one is left as it is.
 * Returns: (transfer full): what it holds now; TYTO_ERROR_NOT_FOUND when not one whole fragment of
 * video (of audio without) is in it; it is left as it is. */
TytoMediaFile *tyto_media_file_mend (const char *path, GError **error);

void tyto_media_file_free (TytoMediaFile *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoMediaFile, tyto_media_file_free)

G_END_DECLS
