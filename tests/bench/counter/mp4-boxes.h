/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mp4-boxes.h: the boxes of an MP4 file (ISO/IEC 14496-12, 4.2) and what its fragments hold. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MP4_TYPE(a, b, c, d) ((guint32) (a) << 24 | (guint32) (b) << 16 | (guint32) (c) << 8 | (d))

#define MP4_MAX_HEADER 16 /* bytes */

/* A part of the file, read from its beginning; @bad: it was shorter than what was read. */
typedef struct {
  const guint8 *data;
  gsize size;
  gboolean bad;
} Mp4Span;

/* @offset: of the box in its parent */
typedef struct {
  guint32 type;
  Mp4Span body;
  gsize offset;
} Mp4Box;

/* Samples of a track that follow one another in the file, from @offset on. */
typedef struct {
  guint64 offset;
  const guint32 *sizes;
  guint count;
} Mp4Run;

typedef void (*Mp4RunFunc) (const Mp4Run *run, gpointer user_data);

guint32 mp4_take32 (Mp4Span *span);
guint64 mp4_take64 (Mp4Span *span);

/* The size of the box that begins at @data (@size bytes of it at least 8), of which @rest bytes are
 * left in its parent; 0: it does not fit. @header: bytes in front of its body. */
guint64 mp4_box_size (const guint8 *data, gsize size, guint64 rest, guint32 *type, guint *header);

/* Takes the next box; FALSE at the end, or (@parent is bad) when it is not whole. @base: where
 * @parent began. */
gboolean mp4_take_box (Mp4Span *parent, const guint8 *base, Mp4Box *box);

/* The body of the first box of a type; bad: there is none. */
Mp4Span mp4_find (Mp4Span parent, guint32 type);

/* Calls @func for each trun (8.8.8) of @moof, the body of a box that begins at @offset in the file.
 * FALSE: its boxes do not fit. */
gboolean mp4_moof_for_each_run (Mp4Span moof, guint64 offset, Mp4RunFunc func, gpointer user_data);

G_END_DECLS
