/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-bucket-source.h: segments from a bucket: objects PREFIX…, and the playlists among them: a
 * multivariant one's best variant, else the media playlist that changed last.
 *
 * To list all objects costs a request for each thousand: a look at the playlist does without, now
 * and then excepted.
 */
#pragma once

#include "collector/tyto-segment-source.h"
#include "store/s3/tyto-s3-client.h"

G_BEGIN_DECLS

#define TYTO_TYPE_BUCKET_SOURCE (tyto_bucket_source_get_type ())
G_DECLARE_FINAL_TYPE (TytoBucketSource, tyto_bucket_source, TYTO, BUCKET_SOURCE, GObject)

/* @prefix: with its "/" at the end. @after_us: objects that are not newer are not seen; -1: all
 * are. */
TytoSegmentSource *
tyto_bucket_source_new (TytoS3Client *client, const char *prefix, gint64 after_us);

G_END_DECLS
