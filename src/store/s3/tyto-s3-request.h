/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-s3-request.h: one request to an S3 server, as often as it is sent. */
#pragma once

#include "store/s3/tyto-s3-config.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* What the body of a good answer is. */
typedef enum {
  TYTO_S3_ANSWER_NONE,   /* nothing that matters */
  TYTO_S3_ANSWER_XML,    /* to be whole; <Error> in it is one, whatever the status says */
  TYTO_S3_ANSWER_BYTES,  /* the object's, read whole */
  TYTO_S3_ANSWER_STREAM, /* the object's, for the caller to read */
} TytoS3AnswerKind;

/**
 * TytoS3Request:
 * @key: NULL for the bucket
 * @query: encoded parameters, without "?"
 * @headers: (element-type TytoS3Header): all but Host, X-Amz-Date, -Content-Sha256 and
 * -Security-Token
 * @body: NULL when it is a file's, then @file, @offset, @length
 * @length: of the body
 * @sha256: of the body, hex; NULL: to be computed in a thread before it is sent
 * @part: for #TytoS3Client::sent
 * @ask_first: the body waits for "100 Continue": a server that refuses the request says so before
 * it is sent, instead of breaking the connection
 */
typedef struct {
  const char *method;
  char *key;
  GString *query;
  GPtrArray *headers;
  TytoS3AnswerKind answer;
  guint64 answer_limit;
  GBytes *body;
  GFile *file;
  guint64 offset;
  guint64 length;
  char *sha256;
  guint part;
  gboolean ask_first;
} TytoS3Request;

typedef struct {
  char *name;
  char *value;
} TytoS3Header;

/* @method: static; SOUP_METHOD_… */
TytoS3Request *tyto_s3_request_new (const char *method, const char *key, TytoS3AnswerKind answer);
void tyto_s3_request_free (TytoS3Request *self);

/* @value: NULL for a parameter without one ("uploads"). */
void tyto_s3_request_add_query (TytoS3Request *self, const char *name, const char *value);
void tyto_s3_request_add_header (TytoS3Request *self, const char *name, const char *value);
/* @sha256: NULL to compute it. */
void tyto_s3_request_set_body (TytoS3Request *self, GBytes *body, const char *sha256);
void tyto_s3_request_set_file (TytoS3Request *self, GFile *file, guint64 offset, guint64 length,
                               const char *sha256);

/* TYTO_ERROR_INVALID_ARGUMENT when there can be no such key. */
gboolean tyto_s3_key_check (const char *key, GError **error);

/* Where @key (NULL: the bucket) is: the URL without query. */
GUri *tyto_s3_config_build_uri (const TytoS3Config *config, const char *key, const char *query);
/* The Host header for it, as libsoup sends it. (transfer full) */
char *tyto_s3_uri_host (GUri *uri);

/* A message to send once, signed at @time (seconds since 1970), without a body from a file.
 * (transfer full) */
SoupMessage *
tyto_s3_request_sign (const TytoS3Request *self, const TytoS3Config *config, gint64 time);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoS3Request, tyto_s3_request_free)

G_END_DECLS
