/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-media-input.h: an open file, read here and there through a small window. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TytoMediaInput:
 * @fd: not owned
 * @path: for messages; not owned
 * @size: of the file when it was opened; nothing beyond it is read
 */
typedef struct {
  int fd;
  const char *path;
  guint64 size;
  guint8 *window;
  gsize window_size;  /* that it can hold */
  guint64 window_at;  /* offset of what it holds */
  gsize window_bytes; /* that it holds */
} TytoMediaInput;

/* @window_size: how much is read at once, bytes. TYTO_ERROR_STORAGE */
gboolean tyto_media_input_init (TytoMediaInput *self, int fd, const char *path, gsize window_size,
                                GError **error);
void tyto_media_input_clear (TytoMediaInput *self);

/* @size bytes at @offset, valid until the next call; @size at most that of the window. NULL without
 * an error when the file ends before; else TYTO_ERROR_STORAGE. (transfer none) */
const guint8 *
tyto_media_input_peek (TytoMediaInput *self, guint64 offset, gsize size, GError **error);

/* The same of any @size, as a copy: the caller bounds it. (transfer full) */
GBytes *tyto_media_input_read (TytoMediaInput *self, guint64 offset, gsize size, GError **error);

/* Whether all of @data is zero; @size is not 0. */
gboolean tyto_media_is_zero (const guint8 *data, gsize size);

/* Whether @data, a coded picture, ends in zeros: neither H.264 nor H.265 has three in a row. */
gboolean tyto_media_has_lost_end (const guint8 *data, gsize size);

/* Position in @data, which stands @at bytes into a file, of the first block of zeros, as a file
 * system leaves it when power fails before its data are written; @size when there is none. Sound
 * with padding may have some zeros, but not as many. */
gsize tyto_media_find_lost_block (const guint8 *data, gsize size, guint64 at);

/* Whether the data that end at @end were lost in part: their last byte is zero, and so is what is
 * behind them, but no end of the file. */
gboolean tyto_media_input_is_torn (TytoMediaInput *self, guint64 end);

/* Writes over the file at @offset. TYTO_ERROR_STORAGE */
gboolean tyto_media_input_write (TytoMediaInput *self, guint64 offset, const guint8 *data,
                                 gsize size, GError **error);

/* Cuts the file at @size and syncs it and its size. TYTO_ERROR_STORAGE */
gboolean tyto_media_input_cut (TytoMediaInput *self, guint64 size, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TytoMediaInput, tyto_media_input_clear)

G_END_DECLS
