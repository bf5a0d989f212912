/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-webhook-signature.h: secrets and signatures of Standard Webhooks 1.0.0, the symmetric scheme
 * "v1" (HMAC-SHA256, RFC 2104): of messages that we send, and of those that come. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A new secret: `whsec_` and 32 random bytes in base64. (transfer full) */
char *tyto_webhook_secret_new (void);

/* Whether @secret is `whsec_` and the base64 (RFC 4648, section 4, padded) of 24 to 64 bytes;
 * TYTO_ERROR_INVALID_ARGUMENT, without the secret in its text. */
gboolean tyto_webhook_secret_check (const char *secret, GError **error);

/**
 * The value of header `webhook-signature`: for each of @secrets (checked ones) `v1,` and the base64
 * HMAC of "ID.TIMESTAMP.BODY", separated by spaces, so that a receiver may know the old secret or
 * the new one.
 * @id: of the message, without a full stop
 * @timestamp: s since the Unix epoch
 * (transfer full)
 */
char *
tyto_webhook_sign (const char *const *secrets, const char *id, gint64 timestamp, const char *body);

/**
 * TytoWebhookProof: what came with a message, each NULL when it did not.
 * @id, @timestamp, @signature: the headers `webhook-id`, `webhook-timestamp`, `webhook-signature`
 * @digest: header `X-Hub-Signature-256` or `X-Signature-256`: `sha256=` (or nothing) and the HMAC
 * of the body in hexadecimal
 */
typedef struct {
  const char *id;
  const char *timestamp;
  const char *signature;
  const char *digest;
} TytoWebhookProof;

/* Seconds that the clocks of sender and receiver may differ, with the way between them. */
#define TYTO_WEBHOOK_TOLERANCE 300

/**
 * Whether @body comes from who has @secret: by @proof's signature when it has one (any of those in
 * it may be the right one), else by its digest. The key of a digest is the text of @secret; that of
 * a signature what a `whsec_` secret holds, the text of any other.
 * @now: s since the Unix epoch
 * UNAUTHORIZED, which tells nothing of the secret.
 */
gboolean tyto_webhook_verify (const char *secret, const TytoWebhookProof *proof, GBytes *body,
                              gint64 now, GError **error);

G_END_DECLS
