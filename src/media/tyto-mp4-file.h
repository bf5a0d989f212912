/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-mp4-file.h: walks the boxes of an MP4 file: its tracks, its fragments, and where they end.
 */
#pragma once

#include "media/tyto-media-file.h"
#include "media/tyto-media-input.h"

G_BEGIN_DECLS

#define TYTO_MP4_MAX_MOOF (16 * 1024 * 1024) /* bytes; of moov too. What is larger is damage. */

/**
 * TytoMp4Box: a box of the file itself, whole in it.
 * @offset, @size: of the box; @body: offset behind its header
 */
typedef struct {
  guint32 type;
  guint64 offset;
  guint64 size;
  guint64 body;
} TytoMp4Box;

/**
 * TytoMp4File: the parts of a file.
 * @tracks: (element-type TytoMp4TrackInfo)
 * @ours: it has our identity
 * @media: offset behind moov
 */
typedef struct {
  GArray *tracks;
  gboolean ours;
  guint64 media;
} TytoMp4File;

/* The box at @offset; FALSE when no whole box is there (with @error when it could not be read). */
gboolean tyto_mp4_file_box (TytoMediaInput *input, guint64 offset, TytoMp4Box *box, GError **error);

/* Reads ftyp, uuid and moov; @to gets the identity and the codecs. TYTO_ERROR_INVALID_ARGUMENT */
gboolean
tyto_mp4_file_open (TytoMp4File *self, TytoMediaInput *input, TytoMediaFile *to, GError **error);
void tyto_mp4_file_clear (TytoMp4File *self);

/* Reads the fragments from the index at the end of the file. FALSE when there is none, or it does
 * not fit what it is in. */
gboolean tyto_mp4_file_read_index (const TytoMp4File *self, TytoMediaInput *input,
                                   TytoMediaFile *to, GError **error);

/* Reads the fragments one after the other, up to the first that is not whole or not sane. FALSE
 * with
 * @error alone. */
gboolean tyto_mp4_file_walk (const TytoMp4File *self, TytoMediaInput *input, TytoMediaFile *to,
                             GError **error);

/* Sums up @to->fragments into duration, frames and bytes (up to the end of the last). */
void tyto_mp4_file_sum (const TytoMp4File *self, TytoMediaFile *to);

/* Whether the media of @fragment are there: no block of zeros, as a file system leaves it when
 * power fails before its data are written, and NAL units that end where the samples do. FALSE with
 * @error too. */
gboolean tyto_mp4_file_check_media (const TytoMp4File *self, TytoMediaInput *input,
                                    const TytoMediaFragment *fragment, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TytoMp4File, tyto_mp4_file_clear)

G_END_DECLS
