/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-webhook-signature.h: secrets and signatures of Standard Webhooks 1.0.0, the symmetric scheme
 * "v1" (HMAC-SHA256, RFC 2104). */
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

G_END_DECLS
