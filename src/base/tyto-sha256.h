/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-sha256.h: SHA-256 (FIPS 180-4) of much data: GnuTLS uses the processor's own instructions,
 * and is several times as fast as GChecksum. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TytoSha256 TytoSha256;

TytoSha256 *tyto_sha256_new (void);
void tyto_sha256_free (TytoSha256 *self);
void tyto_sha256_update (TytoSha256 *self, gconstpointer data, gsize length);
/* The digest of all so far, 64 hex digits; what comes after it is hashed anew. (transfer full) */
char *tyto_sha256_finish (TytoSha256 *self);

/* The digest of @length bytes at @data (NULL when there are none). (transfer full) */
char *tyto_sha256_of (gconstpointer data, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoSha256, tyto_sha256_free)

G_END_DECLS
