/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-s3-body.h: bytes of a file as the body of a request: hashed first, then read as a stream. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_S3_BODY (tyto_s3_body_get_type ())
G_DECLARE_FINAL_TYPE (TytoS3Body, tyto_s3_body, TYTO, S3_BODY, GFilterInputStream)

/* @length bytes of @file from @offset on, opened and placed in a thread. Reading fails with
 * TYTO_ERROR_STORAGE when there are fewer. (transfer full) */
void
tyto_s3_body_open_async (GFile *file, guint64 offset, guint64 length, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data);
GInputStream *tyto_s3_body_open_finish (GAsyncResult *result, GError **error);

/* The SHA-256 (hex) of these bytes, in a thread. (transfer full) */
void
tyto_s3_body_hash_async (GFile *file, guint64 offset, guint64 length, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data);
void tyto_s3_body_hash_bytes_async (GBytes *bytes, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
/* The finish function of both. */
char *tyto_s3_body_hash_finish (GAsyncResult *result, GError **error);

/* What went wrong with the file while it was read; NULL for nothing. (transfer none) */
const GError *tyto_s3_body_get_error (TytoS3Body *self);

G_END_DECLS
