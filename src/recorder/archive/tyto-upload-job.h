/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-upload-job.h: one try to bring a recording or thumbnail into the archive.
 *
 * Its steps, after any of which the process may die and the next try go on: digest of the file →
 * its key → what is there already (an object that is this very file is taken as it is; one of
 * another is left alone, the key is changed) → row begun → sent and compared → mark on the file →
 * row finished. A row that went meanwhile: the object goes, too.
 */
#pragma once

#include "recorder/archive/tyto-archive-target.h"
#include "store/tyto-catalogue-archive.h"

G_BEGIN_DECLS

#define TYTO_TYPE_UPLOAD_JOB (tyto_upload_job_get_type ())
G_DECLARE_FINAL_TYPE (TytoUploadJob, tyto_upload_job, TYTO, UPLOAD_JOB, GObject)

typedef enum {
  TYTO_UPLOAD_SENT,    /* it is in the archive now */
  TYTO_UPLOAD_ADOPTED, /* it was there already */
  TYTO_UPLOAD_GONE,    /* there is no row of it any more: nothing of it is in the archive */
} TytoUploadOutcome;

/* @upload: taken over: it is changed. @template: of its key, checked. */
TytoUploadJob *tyto_upload_job_new (TytoCatalogue *catalogue, TytoArchiveTarget *target,
                                    TytoUpload *upload, const char *template);

/* Once. Errors: those of the target (see there), and of file and catalogue, which are STORAGE. */
void
tyto_upload_job_run_async (TytoUploadJob *self, GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_upload_job_run_finish (TytoUploadJob *self, GAsyncResult *result,
                                     TytoUploadOutcome *outcome, GError **error);

/* It stops at once (G_IO_ERROR_CANCELLED), and another can go on with it. */
void tyto_upload_job_cancel (TytoUploadJob *self);

const TytoUpload *tyto_upload_job_get_upload (TytoUploadJob *self);

/* As the API shows it (a{sv}, floating): as tyto_upload_to_variant(), and sent t, total t (bytes),
 * rate t (bytes/s), resumed b, begun s (RFC 3339). */
GVariant *tyto_upload_job_to_variant (TytoUploadJob *self);

G_END_DECLS
