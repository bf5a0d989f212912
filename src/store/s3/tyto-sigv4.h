/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-sigv4.h: AWS Signature Version 4 ("Authenticating Requests" of the S3 API reference and
 * "Signing AWS API requests" of the IAM user guide): plain functions of a request, the keys and the
 * time.
 *
 * The signing key is HMAC'd anew for each request: four hashes, and nothing secret is kept.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* SHA-256 of no bytes, and what stands for the body's hash where it is not known (presigned). */
#define TYTO_SIGV4_EMPTY_SHA256     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define TYTO_SIGV4_UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"

/* How the path gets into the canonical request. S3 takes it as it was sent (PATH_AS_SENT); other
 * services encode it once more, and most take "." and ".." and "//" out of it before that. */
typedef enum {
  TYTO_SIGV4_PATH_AS_SENT = 0,
  TYTO_SIGV4_PATH_ENCODE = 1 << 0,
  TYTO_SIGV4_PATH_NORMALIZE = 1 << 1,
} TytoSigv4Path;

typedef struct {
  const char *name;
  const char *value;
} TytoSigv4Header;

/**
 * TytoSigv4Request: what is signed; nothing is copied.
 * @path: as sent, "/…"
 * @query: as sent, without "?"; NULL or "" for none
 * @headers: those to sign, in any order and case; Host must be among them
 * @payload: hex SHA-256 of the body, or TYTO_SIGV4_UNSIGNED_PAYLOAD
 */
typedef struct {
  const char *method;
  const char *path;
  const char *query;
  const TytoSigv4Header *headers;
  gsize n_headers;
  const char *payload;
  TytoSigv4Path path_rules;
} TytoSigv4Request;

/* TytoSigv4Scope: who signs, when (seconds since 1970) and for what. */
typedef struct {
  const char *access_key;
  const char *secret_key;
  const char *region;
  const char *service;
  gint64 time;
} TytoSigv4Scope;

/* 20150830T123600Z, for X-Amz-Date. (transfer full) */
char *tyto_sigv4_format_time (gint64 time);

/* Percent-encodes all but A–Z a–z 0–9 - . _ ~ (and "/" where @keep_slash), as S3's UriEncode().
 * (transfer full) */
char *tyto_sigv4_encode (const char *text, gboolean keep_slash);

/* The canonical request. (transfer full) */
char *tyto_sigv4_canonical_request (const TytoSigv4Request *request);
/* The string to sign. (transfer full) */
char *tyto_sigv4_string_to_sign (const TytoSigv4Request *request, const TytoSigv4Scope *scope);
/* The signature, in hex. (transfer full) */
char *tyto_sigv4_signature (const TytoSigv4Request *request, const TytoSigv4Scope *scope);

/* The value of the Authorization header. @request must hold all headers that are signed,
 * X-Amz-Date (and -Security-Token) among them. (transfer full) */
char *tyto_sigv4_authorization (const TytoSigv4Request *request, const TytoSigv4Scope *scope);

/* The query of a presigned URL: that of @request, then X-Amz-Algorithm … X-Amz-Signature. @expires:
 * seconds; @session_token: NULL or "" for none. (transfer full) */
char *tyto_sigv4_presign (const TytoSigv4Request *request, const TytoSigv4Scope *scope,
                          guint expires, const char *session_token);

G_END_DECLS
