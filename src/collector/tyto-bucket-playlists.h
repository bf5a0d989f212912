/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-bucket-playlists.h: which of the playlists below a prefix of a bucket is the broadcast's. */
#pragma once

#include "store/s3/tyto-s3-records.h"

G_BEGIN_DECLS

#define TYTO_BUCKET_RENDITIONS 2

typedef struct _TytoBucketPlaylists TytoBucketPlaylists;

TytoBucketPlaylists *tyto_bucket_playlists_new (const char *prefix);
void tyto_bucket_playlists_free (TytoBucketPlaylists *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoBucketPlaylists, tyto_bucket_playlists_free)

/* What there is now (key → TytoS3Object). @final: no more will come. */
void
tyto_bucket_playlists_set_objects (TytoBucketPlaylists *self, GHashTable *objects, gboolean final);
/* Whether it can be said yet what is the broadcast's: its first segments are there before their
 * playlists, and those of the renditions before the multivariant one, so that sound of its own
 * would be taken for the stream itself. Nothing is chosen until then. */
gboolean tyto_bucket_playlists_is_settled (TytoBucketPlaylists *self);
/* The next playlist that has to be read before it can be said; NULL for none. (transfer none) */
const char *tyto_bucket_playlists_next (TytoBucketPlaylists *self);
/* What stands in the playlist @key. It may be no playlist at all. */
void tyto_bucket_playlists_note (TytoBucketPlaylists *self, const char *key, GBytes *text);

/* The media playlist of @rendition, NULL for none. (transfer none) */
const char *tyto_bucket_playlists_get (TytoBucketPlaylists *self, guint rendition);

/* The key that @uri stands for in the playlist @base: relative, or a URL at which others get at the
 * bucket. TYTO_ERROR_INVALID_ARGUMENT when it is not below the prefix. (transfer full) */
char *tyto_bucket_playlists_resolve (const char *prefix, const char *base, const char *uri,
                                     GError **error);

G_END_DECLS
