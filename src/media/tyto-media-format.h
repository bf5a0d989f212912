/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-media-format.h: what each format of file gives to tyto-media-file.c. */
#pragma once

#include "media/tyto-media-file.h"
#include "media/tyto-media-input.h"

G_BEGIN_DECLS

/* @read fills @to (all of it empty at first) from @input. @mend gets the same afterwards, when it
 * is not complete and has frames, and ends the file behind @to->bytes. Both: FALSE with @error. */
typedef struct {
  const char *name; /* the extension too */
  gsize window;     /* bytes read at once */
  gboolean (*read) (TytoMediaInput *input, TytoMediaFile *to, GError **error);
  gboolean (*mend) (TytoMediaInput *input, TytoMediaFile *to, GError **error);
} TytoMediaFormat;

extern const TytoMediaFormat tyto_media_format_mp4;
extern const TytoMediaFormat tyto_media_format_ts;
extern const TytoMediaFormat tyto_media_format_mkv;

/* Sets TYTO_ERROR_INVALID_ARGUMENT: @path is not what it should be, because of @why. FALSE, for
 * return. */
gboolean tyto_media_format_refuse (const TytoMediaInput *input, const char *why, GError **error);

/* Sets TYTO_ERROR_NOT_FOUND: nothing was recorded into the file yet. FALSE, for return. */
gboolean tyto_media_format_miss (const TytoMediaInput *input, GError **error);

/* Whether nothing of the reference, the video or else the audio, is in @file: players refuse it. */
gboolean tyto_media_format_is_empty (const TytoMediaFile *file);

/* Whether the file begins as one does that was cut off, or whose first data were never written: it
 * is too short for @magic, or has zeros in its place. @at: offset; @size: of @magic, at most 16 */
gboolean tyto_media_format_is_unwritten (TytoMediaInput *input, guint64 at, gsize size);

/* Replaces the string at @to with a copy of @text. */
void tyto_media_format_set_text (char **to, const char *text);

G_END_DECLS
