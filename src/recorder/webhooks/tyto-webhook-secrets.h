/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-webhook-secrets.h: the secrets of one webhook as they are kept: a text with one a line, the
 * newest first; after an old one may stand a space and the time (RFC 3339) until which it signs
 * too, so that a receiver has time to learn the new one. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* How long an old secret signs beside the new one. */
#define TYTO_WEBHOOK_OVERLAP_US G_TIME_SPAN_DAY

/* The secrets in @text that sign at @now_us (µs since the Unix epoch); empty when there is none.
 * TYTO_ERROR_INVALID_ARGUMENT, naming the line, when one is none. (transfer full) */
char **tyto_webhook_secrets_parse (const char *text, gint64 now_us, GError **error);

/* @text with @secret as the newest; what signs at @now_us goes on to do so for at most
 * TYTO_WEBHOOK_OVERLAP_US. (transfer full) */
char *tyto_webhook_secrets_rotate (const char *text, const char *secret, gint64 now_us);

G_END_DECLS
