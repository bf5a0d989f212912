/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-stray-uploads.h: multipart uploads that nobody will ever complete, aborted: those under way
 * at the object store whose keys are our cameras', that no upload of the catalogue has, and that
 * were begun more than an hour ago. Their parts would be paid for, and no list of objects shows
 * them. (Those at the key of an upload that is tried again go at once: tyto-upload-job.h.)
 */
#pragma once

#include "store/s3/tyto-s3-client.h"
#include "store/tyto-catalogue-archive.h"

G_BEGIN_DECLS

#define TYTO_STRAY_AGE_US (3600 * G_TIME_SPAN_SECOND)

/* Looks once; finish gives how many were aborted, or -1 with an error of catalogue or store.
 * @template: of keys. */
void tyto_stray_uploads_sweep_async (TytoCatalogue *catalogue, TytoS3Client *client,
                                     const char *template, GAsyncReadyCallback callback,
                                     gpointer user_data);
gint tyto_stray_uploads_sweep_finish (GAsyncResult *result, GError **error);

G_END_DECLS
