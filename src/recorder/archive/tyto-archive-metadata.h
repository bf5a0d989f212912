/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-archive-metadata.h: what is kept with each object of the archive beside its content
 * (x-amz-meta-tyto-… in S3): enough to make the row of the catalogue again from the bucket alone,
 * and to know an object as ours.
 *
 * Names: tyto-id, tyto-kind (segment, thumbnail), tyto-sha256 (of the content, hex), tyto-camera,
 * tyto-start (µs since the Unix epoch); of a segment also the members of TytoSegment: tyto-stream,
 * tyto-run, tyto-sequence, tyto-format, tyto-end, tyto-duration (ns), tyto-frames and so on. Values
 * are ASCII; text is percent-encoded where it is not.
 */
#pragma once

#include "store/tyto-segment.h"
#include "store/tyto-upload.h"

G_BEGIN_DECLS

#define TYTO_ARCHIVE_METADATA_ID     "tyto-id"
#define TYTO_ARCHIVE_METADATA_SHA256 "tyto-sha256"

/* @segment: NULL for a thumbnail. Name → value. (transfer full) */
GHashTable *tyto_archive_metadata_make (const TytoUpload *upload, const TytoSegment *segment,
                                        const char *sha256);

/* The segment that the object is, without what only the bucket knows (key, size). NULL with
 * TYTO_ERROR_INVALID_ARGUMENT when @metadata (names in lower case) is not that of a segment of
 * ours. */
TytoSegment *tyto_archive_metadata_read (GHashTable *metadata, GError **error);

G_END_DECLS
