/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-s3-client-private.h: what the files of #TytoS3Client share. */
#pragma once

#include "store/s3/tyto-s3-client.h"
#include "store/s3/tyto-s3-error.h"
#include "store/s3/tyto-s3-node.h"
#include "store/s3/tyto-s3-request.h"

G_BEGIN_DECLS

struct _TytoS3Client {
  GObject parent_instance;

  TytoS3Config *config;
  SoupSession *session;

  GMutex lock; /* calls may be made in several threads */
  gint64 clock_offset_us;
  gint64 date_offset_us; /* of the last answer's Date */
  guint64 retries;
  guint64 pace;
  GPtrArray *sockets; /* (element-type GWeakRef): of GSocket, that were opened and may still be */
};

/* Now, by the server's clock as far as it is known; seconds since 1970. */
gint64 tyto_s3_client_now (TytoS3Client *self);
void tyto_s3_client_count_retry (TytoS3Client *self);
/* (transfer full) */
GPtrArray *tyto_s3_client_make_sockets (void);
/* Has the connection that is opened for @message, if one is, keep the client's pace. */
void tyto_s3_client_pace_message (TytoS3Client *self, SoupMessage *message);
void tyto_s3_client_set_clock_offset (TytoS3Client *self, gint64 offset_us);
/* Learns the server's clock from the answer to @message. */
void tyto_s3_client_note_date (TytoS3Client *self, SoupMessage *message);
void tyto_s3_client_emit_sent (TytoS3Client *self, const TytoS3Request *request, gint64 bytes);

/**
 * TytoS3Answer: the last answer to a request.
 * @message: that was sent last; its response headers are there
 * @body: NULL when @stream is given
 * @root: of XML; NULL for others
 * @refusal: when it is an error that does not pass; NULL for success
 * @uncertain: a try before was broken off, and may have done its work
 */
typedef struct {
  SoupMessage *message;
  GBytes *body;
  TytoS3Node *root;
  GInputStream *stream;
  TytoS3Refusal *refusal;
  gboolean uncertain;
} TytoS3Answer;

void tyto_s3_answer_free (TytoS3Answer *self);
/* A response header, "" when there is none. */
const char *tyto_s3_answer_header (const TytoS3Answer *self, const char *name);
/* ETag without its quotes. (transfer full) */
char *tyto_s3_answer_etag (const TytoS3Answer *self);
/* What the headers tell about the object @key. (transfer full) */
TytoS3Object *tyto_s3_answer_object (const TytoS3Answer *self, const char *key);

/* Sends @request (taken), and again where that makes sense. Finish gives NULL with @error when no
 * answer could be had; an answer of the server that is an error stands in its refusal. */
void
tyto_s3_client_send_async (TytoS3Client *self, TytoS3Request *request, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data);
TytoS3Answer *tyto_s3_client_send_finish (TytoS3Client *self, GAsyncResult *result, GError **error);

/* Sets @error to what the refusal of @answer says. @key: NULL for the bucket. */
void tyto_s3_client_set_refusal (TytoS3Client *self, const TytoS3Answer *answer, const char *key,
                                 GError **error);

/* Ends @task with what is wrong: @error (taken) when there is no answer, else the answer's refusal;
 * FALSE when nothing is. @key: NULL for the bucket. */
gboolean tyto_s3_client_return_wrong (TytoS3Client *self, GTask *task, const TytoS3Answer *answer,
                                      const char *key, GError *error);

/* Sends @request (taken) for @task, whose source is the client: @callback gets the task, as a
 * reference. */
void tyto_s3_client_send_for (GTask *task, TytoS3Request *request, GAsyncReadyCallback callback);

/* Adds the headers of @put (nullable). TYTO_ERROR_INVALID_ARGUMENT. */
gboolean tyto_s3_client_add_put (TytoS3Request *request, const TytoS3Put *put, GError **error);

/* Whether @object has all of @metadata (name → value; nullable). */
gboolean tyto_s3_object_has_metadata (const TytoS3Object *object, GHashTable *metadata);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoS3Answer, tyto_s3_answer_free)

G_END_DECLS
