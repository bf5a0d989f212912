/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-upload.h: a recording or thumbnail that waits for the archive. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_UPLOAD (tyto_upload_get_type ())

typedef enum { TYTO_UPLOAD_SEGMENT, TYTO_UPLOAD_THUMBNAIL } TytoUploadKind;

/**
 * TytoUpload: a reference-counted record; do not change it once it is shared.
 * @id: the segment's, or "thumbnail:CAMERA:TAKEN_US"
 * @path: of the local file; @bytes: its size; @sha256: its digest where it is known, NULL elsewhere
 * @start_us, @end_us: wall clock; of a thumbnail both are when it was taken
 * @stream, @run, @sequence, @format: of a segment; a thumbnail has "", "", 0 and "jpg"
 * @key: in the bucket, as it was begun; "" when it has not been
 * @upload: the multipart upload's id at the server, "" for none
 * @tries, @due_us, @last_error: how it went so far
 */
typedef struct {
  char *id;
  TytoUploadKind kind;
  char *camera;
  char *stream;
  char *run;
  guint64 sequence;
  char *format;
  char *path;
  guint64 bytes;
  char *sha256;
  gint64 start_us;
  gint64 end_us;
  char *key;
  char *upload;
  guint tries;
  gint64 due_us;
  char *last_error;
} TytoUpload;

/* "thumbnail:CAMERA:TAKEN_US" (transfer full), and whether @id is one; @camera: (out) (transfer
 * full). */
char *tyto_upload_thumbnail_id_new (const char *camera, gint64 taken_us);
gboolean tyto_upload_read_thumbnail_id (const char *id, char **camera, gint64 *taken_us);

GType tyto_upload_get_type (void);
TytoUpload *tyto_upload_new (void);
TytoUpload *tyto_upload_ref (TytoUpload *self);
void tyto_upload_unref (TytoUpload *self);

/* As the API shows it (a{sv}, floating): id, kind (segment, thumbnail), camera, start, bytes, path,
 * key, tries, due (RFC 3339; absent when it is due), last_error. */
GVariant *tyto_upload_to_variant (const TytoUpload *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoUpload, tyto_upload_unref)

G_END_DECLS
