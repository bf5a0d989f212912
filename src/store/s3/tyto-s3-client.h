/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-s3-client.h: one bucket of a server that speaks the S3 API, by HTTP (libsoup), signed with
 * AWS Signature Version 4.
 *
 * Any number of calls may be under way; one may be made from any thread with a thread-default main
 * context, and answers in that. Keys are UTF-8, 1–1024 bytes, and are sent as they are: "a//b" and
 * "a/../b" are keys of their own.
 *
 * All calls may be repeated without harm, and are, up to config.retries times with full jitter
 * (100 ms, 200 ms, … or Retry-After), when the server is overloaded (5xx, SlowDown, 429), the
 * connection breaks, nothing comes for config.timeout seconds, or an answer is cut; each try is
 * signed anew. A clock that is off is learnt from the server's Date.
 *
 * Errors (TYTO_ERROR): UNAVAILABLE and TIMED_OUT pass: try again later. FORBIDDEN: wrong keys,
 * policy, clock; NOT_FOUND: no such bucket, object or upload; ALREADY_EXISTS: if_none_match;
 * INVALID_ARGUMENT; RANGE; UNSUPPORTED: the server cannot do it; TOO_LARGE; STORAGE: quota of the
 * store, or the local file cannot be read; INTERNAL: an answer that makes no sense. Messages name
 * S3's own code, what to do next, and neither key nor signature. G_IO_ERROR_CANCELLED when
 * cancelled.
 */
#pragma once

#include "store/s3/tyto-s3-config.h"
#include "store/s3/tyto-s3-records.h"

G_BEGIN_DECLS

/* Limits of S3: parts but the last are at least 5 MiB, at most 5 GiB; 10,000 of one object. A
 * single PUT holds 5 GiB. */
#define TYTO_S3_PART_MINIMUM (5 * G_GUINT64_CONSTANT (1048576))
#define TYTO_S3_PART_MAXIMUM (5 * G_GUINT64_CONSTANT (1073741824))
#define TYTO_S3_PARTS        10000

#define TYTO_TYPE_S3_CLIENT (tyto_s3_client_get_type ())
G_DECLARE_FINAL_TYPE (TytoS3Client, tyto_s3_client, TYTO, S3_CLIENT, GObject)

/**
 * TytoS3Client::sent:
 * @key: of the object
 * @part: its number, 0 for a single PUT
 * @bytes: of the body that went out since the last time; negative: a try failed, and these begin
 * again
 *
 * Emitted in the thread of the call.
 */

/* Fails when @config is not valid or its CA file cannot be read. The bucket is not looked at. */
TytoS3Client *tyto_s3_client_new (TytoS3Config *config, GError **error);
TytoS3Config *tyto_s3_client_get_config (TytoS3Client *self);

/* Microseconds that the server's clock is ahead of ours, as far as learnt (0: it was never refused
 * for that). */
gint64 tyto_s3_client_get_clock_offset (TytoS3Client *self);
/* The server's clock now, by the Date of its last answer (whole seconds); ours as long as there was
 * none. Microseconds since 1970. */
gint64 tyto_s3_client_get_server_time (TytoS3Client *self);
/* Tries that were repeated since the client was made. */
guint64 tyto_s3_client_get_retries (TytoS3Client *self);

/* Each connection sends at most so many bytes/s from now on, evenly: without bursts that fill the
 * line for others; 0 for no limit. From any thread. */
void tyto_s3_client_set_pace (TytoS3Client *self, guint64 pace);

/* --- One object --- */

/**
 * TytoS3Put: what goes with a new object; may be gone when the _async function returns.
 * @content_type: NULL for application/octet-stream
 * @metadata: name (a-z, 0-9, "-") → value (ASCII) of x-amz-meta-*; NULL for none
 * @if_none_match: ALREADY_EXISTS when there is an object with this key (UNSUPPORTED on servers that
 * cannot, as Swift)
 * @sha256: hex, of the body; NULL: computed here. The server compares it with what it got
 */
typedef struct {
  const char *content_type;
  GHashTable *metadata;
  gboolean if_none_match;
  const char *sha256;
} TytoS3Put;

/* @put: NULL for the defaults. @body may be empty. Finish gives the ETag ("" when not told). */
void tyto_s3_client_put_object_async (TytoS3Client *self, const char *key, GBytes *body,
                                      const TytoS3Put *put, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
/* As above with @length bytes of @file from @offset on as the body, which is never in memory as a
 * whole. The file must not change meanwhile (the server would refuse it). */
void
tyto_s3_client_put_file_async (TytoS3Client *self, const char *key, GFile *file, guint64 offset,
                               guint64 length, const TytoS3Put *put, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
/* The finish function of both. (transfer full) */
char *tyto_s3_client_put_object_finish (TytoS3Client *self, GAsyncResult *result, GError **error);

/* Finish: NOT_FOUND when there is none. (transfer full) */
void
tyto_s3_client_head_object_async (TytoS3Client *self, const char *key, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
TytoS3Object *
tyto_s3_client_head_object_finish (TytoS3Client *self, GAsyncResult *result, GError **error);

/* Bytes @offset to @offset + @length - 1, fewer at the end of the object; @length G_MAXUINT64: to
 * its end. RANGE when @offset is at or behind the end (but 0 of an empty object gives no bytes).
 * @etag: NULL, or WRONG_STATE when the object is not that one any more.
 *
 * get_object gives the body as a stream, to be read in the same thread-default main context: what
 * breaks later is the reader's to see (G_IO_ERROR_PARTIAL_INPUT when it was cut). @object (out,
 * nullable, transfer full): size is the whole object's. */
void tyto_s3_client_get_object_async (TytoS3Client *self, const char *key, guint64 offset,
                                      guint64 length, const char *etag, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
GInputStream *tyto_s3_client_get_object_finish (TytoS3Client *self, GAsyncResult *result,
                                                TytoS3Object **object, GError **error);
/* The same, all of it in memory (@length at most 1 GiB, else TOO_LARGE), and tried again when it is
 * cut. */
void tyto_s3_client_read_object_async (TytoS3Client *self, const char *key, guint64 offset,
                                       guint64 length, const char *etag, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
GBytes *tyto_s3_client_read_object_finish (TytoS3Client *self, GAsyncResult *result,
                                           TytoS3Object **object, GError **error);

/* It is no error when there is none. */
void
tyto_s3_client_delete_object_async (TytoS3Client *self, const char *key, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
gboolean
tyto_s3_client_delete_object_finish (TytoS3Client *self, GAsyncResult *result, GError **error);

/* Any number of @keys (NULL-terminated; copied), 1000 a request. Finish gives those that are still
 * there: key → why (char *); empty when all went. (transfer full) */
void tyto_s3_client_delete_objects_async (TytoS3Client *self, const char *const *keys,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data);
GHashTable *
tyto_s3_client_delete_objects_finish (TytoS3Client *self, GAsyncResult *result, GError **error);

/* --- Multipart --- */

/* Finish gives the upload's id. (transfer full) @put: content_type and metadata alone are used.
 * When an answer is lost the call is repeated, and an upload without parts stays that nobody knows:
 * list_uploads finds it. */
void tyto_s3_client_create_multipart_async (TytoS3Client *self, const char *key,
                                            const TytoS3Put *put, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
char *
tyto_s3_client_create_multipart_finish (TytoS3Client *self, GAsyncResult *result, GError **error);

/* @number: 1–10,000. Finish gives the part's ETag. (transfer full) NOT_FOUND: the upload is gone.
 */
void tyto_s3_client_upload_part_async (TytoS3Client *self, const char *key, const char *upload,
                                       guint number, GBytes *body, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
char *tyto_s3_client_upload_part_finish (TytoS3Client *self, GAsyncResult *result, GError **error);

/* All parts that the server has, by number. (element-type TytoS3Part) (transfer full) */
void tyto_s3_client_list_parts_async (TytoS3Client *self, const char *key, const char *upload,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
GPtrArray *
tyto_s3_client_list_parts_finish (TytoS3Client *self, GAsyncResult *result, GError **error);

/* @parts: (element-type TytoS3Part) by number, with their sizes; copied. Finish gives the ETag (""
 * when the server told none, as Ceph). (transfer full)
 * When the answer was lost and the upload is gone at the next try, the object is looked at, and an
 * object of the same size and number of parts is taken as the answer. Compare your own checksum in
 * the metadata afterwards. */
void
tyto_s3_client_complete_multipart_async (TytoS3Client *self, const char *key, const char *upload,
                                         GPtrArray *parts, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);
char *
tyto_s3_client_complete_multipart_finish (TytoS3Client *self, GAsyncResult *result, GError **error);

/* It is no error when there is none. Parts that were still being sent may be left: abort after
 * them.
 */
void tyto_s3_client_abort_multipart_async (TytoS3Client *self, const char *key, const char *upload,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);
gboolean
tyto_s3_client_abort_multipart_finish (TytoS3Client *self, GAsyncResult *result, GError **error);

/* All uploads under way whose keys begin with @prefix ("": all). (element-type TytoS3Upload)
 * (transfer full) */
void tyto_s3_client_list_uploads_async (TytoS3Client *self, const char *prefix,
                                        GCancellable *cancellable, GAsyncReadyCallback callback,
                                        gpointer user_data);
GPtrArray *
tyto_s3_client_list_uploads_finish (TytoS3Client *self, GAsyncResult *result, GError **error);

/* --- Bucket --- */

/* NOT_FOUND when there is no such bucket. */
void tyto_s3_client_head_bucket_async (TytoS3Client *self, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
gboolean
tyto_s3_client_head_bucket_finish (TytoS3Client *self, GAsyncResult *result, GError **error);

/* For tests and first set-up. It is no error when the bucket is there and ours. */
void tyto_s3_client_create_bucket_async (TytoS3Client *self, GCancellable *cancellable,
                                         GAsyncReadyCallback callback, gpointer user_data);
gboolean
tyto_s3_client_create_bucket_finish (TytoS3Client *self, GAsyncResult *result, GError **error);

/* One page (ListObjectsV2) of the keys that begin with @prefix ("": all), in the order of their
 * bytes: at most @limit (1–1000; 0 is the server's) of them, from @continuation on (NULL: the
 * first). Finish gives (element-type TytoS3Object) (transfer full); @continuation (out, transfer
 * full): for the next page, NULL after the last. */
void
tyto_s3_client_list_objects_async (TytoS3Client *self, const char *prefix, const char *continuation,
                                   guint limit, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *tyto_s3_client_list_objects_finish (TytoS3Client *self, GAsyncResult *result,
                                               char **continuation, GError **error);

/* What stands before the first "/" behind @prefix ("": at the top) in the keys that have one, with
 * it: the "folders" there. Finish: (element-type utf8) (transfer full), in the order of their
 * bytes.
 */
void tyto_s3_client_list_prefixes_async (TytoS3Client *self, const char *prefix,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
GPtrArray *
tyto_s3_client_list_prefixes_finish (TytoS3Client *self, GAsyncResult *result, GError **error);

/* --- URLs for others --- */

/* A URL with which anybody can @method ("GET", "HEAD", "PUT") @key for @seconds (1–604,800).
 * @parameters: name → value, further query parameters that are signed, such as
 * response-content-disposition; NULL for none. The URL is a secret. (transfer full) */
char *tyto_s3_client_presign (TytoS3Client *self, const char *method, const char *key,
                              guint seconds, GHashTable *parameters, GError **error);

G_END_DECLS
