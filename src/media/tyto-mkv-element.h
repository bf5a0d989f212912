/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-mkv-element.h: elements of EBML (RFC 8794) in a file and in memory, with the ids of Matroska
 * (RFC 9559, 5.1). */
#pragma once

#include "media/tyto-media-cursor.h"
#include "media/tyto-media-input.h"

G_BEGIN_DECLS

#define TYTO_MKV_EBML             0x1a45dfa3
#define TYTO_MKV_SEGMENT          0x18538067
#define TYTO_MKV_SEEK_HEAD        0x114d9b74
#define TYTO_MKV_VOID             0xec
#define TYTO_MKV_CRC              0xbf
#define TYTO_MKV_INFO             0x1549a966
#define TYTO_MKV_TIMESTAMP_SCALE  0x2ad7b1
#define TYTO_MKV_DURATION         0x4489
#define TYTO_MKV_DATE             0x4461
#define TYTO_MKV_WRITING_APP      0x5741
#define TYTO_MKV_TRACKS           0x1654ae6b
#define TYTO_MKV_TRACK            0xae
#define TYTO_MKV_TRACK_NUMBER     0xd7
#define TYTO_MKV_TRACK_TYPE       0x83
#define TYTO_MKV_CODEC_ID         0x86
#define TYTO_MKV_CODEC_PRIVATE    0x63a2
#define TYTO_MKV_DEFAULT_DURATION 0x23e383
#define TYTO_MKV_CLUSTER          0x1f43b675
#define TYTO_MKV_TIMESTAMP        0xe7
#define TYTO_MKV_POSITION         0xa7
#define TYTO_MKV_PREV_SIZE        0xab
#define TYTO_MKV_SIMPLE_BLOCK     0xa3
#define TYTO_MKV_BLOCK_GROUP      0xa0
#define TYTO_MKV_BLOCK            0xa1
#define TYTO_MKV_REFERENCE_BLOCK  0xfb
#define TYTO_MKV_CUES             0x1c53bb6b
#define TYTO_MKV_CHAPTERS         0x1043a770
#define TYTO_MKV_ATTACHMENTS      0x1941a469
#define TYTO_MKV_TAGS             0x1254c367
#define TYTO_MKV_TAG              0x7373
#define TYTO_MKV_SIMPLE_TAG       0x67c8
#define TYTO_MKV_TAG_STRING       0x4487

#define TYTO_MKV_UNKNOWN_SIZE G_MAXUINT64

/**
 * TytoMkvElement:
 * @offset: of the element; @body: behind its id and size
 * @size: of the body, TYTO_MKV_UNKNOWN_SIZE when the writer did not know it
 * @size_at, @size_length: where that is written, and in how many bytes
 */
typedef struct {
  guint32 id;
  guint64 offset;
  guint64 size;
  guint64 body;
  guint64 size_at;
  guint size_length;
} TytoMkvElement;

/* The element at @offset, whose body may go beyond the end of the file. FALSE when there is none.
 */
gboolean tyto_mkv_element_peek (TytoMediaInput *input, guint64 offset, TytoMkvElement *element,
                                GError **error);

/* Whether all of its body is in the first @end bytes of the file. */
gboolean tyto_mkv_element_is_whole (const TytoMkvElement *self, guint64 end);

/* The next element in memory, of known size. */
gboolean tyto_mkv_element_next (TytoMediaCursor *in, guint32 *id, TytoMediaCursor *body);

/* A number of variable size (RFC 8794, 4), without its marker. */
guint64 tyto_mkv_read_vint (TytoMediaCursor *in);

/* All of @body as an unsigned number; 0 when it has more than 8 bytes. */
guint64 tyto_mkv_read_uint (TytoMediaCursor body);

/* Puts @size as a number of variable size in @length bytes; as unknown when it does not fit. */
void tyto_mkv_put_size (guint8 *to, guint length, guint64 size);

G_END_DECLS
