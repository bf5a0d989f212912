/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-archiver-upload.h: one file on its way to the object store: a pipeline filesrc !
 * segmentindex ! s3sink (a thumbnail's is without segmentindex).
 *
 * Signals: "begun" (const char *upload: parts are sent after tyto_archiver_upload_confirm()),
 * "progress" (guint64 sent, total, rate), "ended", once: then there is
 * tyto_archiver_upload_finish().
 */
#pragma once

#include "worker/archive/tyto-archiver-target.h"

G_BEGIN_DECLS

#define TYTO_TYPE_ARCHIVER_UPLOAD (tyto_archiver_upload_get_type ())
G_DECLARE_FINAL_TYPE (TytoArchiverUpload, tyto_archiver_upload, TYTO, ARCHIVER_UPLOAD, GObject)

/* @id: of the upload; @file: as Upload of org.tyto.Archiver1 has it.
 * TYTO_ERROR_INVALID_ARGUMENT, INTERNAL (a plugin is missing) */
TytoArchiverUpload *tyto_archiver_upload_new (const char *id, GVariant *file,
                                              TytoArchiverTarget *target, GError **error);
const char *tyto_archiver_upload_get_id (TytoArchiverUpload *self);

/* "ended" follows, not before this returns. */
void tyto_archiver_upload_start (TytoArchiverUpload *self);
void tyto_archiver_upload_confirm (TytoArchiverUpload *self);
/* Bytes/s, 0: no limit. */
void tyto_archiver_upload_set_bandwidth (TytoArchiverUpload *self, guint64 bandwidth);
/* "ended" follows, with TYTO_ERROR_UNAVAILABLE unless it was done. @abort: the multipart upload is
 * aborted at the server. */
void tyto_archiver_upload_stop (TytoArchiverUpload *self, gboolean abort);

/* The pipeline as a gst-launch-1.0 line, without keys. (transfer full) */
char *tyto_archiver_upload_describe (TytoArchiverUpload *self);

/* After "ended": the object, as Upload answers it (a{sv}). (transfer full) */
GVariant *tyto_archiver_upload_finish (TytoArchiverUpload *self, GError **error);

G_END_DECLS
