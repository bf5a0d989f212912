/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-service-exchange.h: one HTTP request to a service of the user's and its JSON answer
 * (libsoup): time-outs, no redirects, a limit to what is read.
 *
 * 5 s to connect; then, whenever nothing is sent or received, the time that is given.
 */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define TYTO_SERVICE_CONNECT_SECONDS 5
#define TYTO_SERVICE_ANSWER_MAX      (256 * 1024) /* bytes */
#define TYTO_SERVICE_TOO_MANY        429          /* RFC 6585, section 4 */

/**
 * TytoServiceAnswer:
 * @status: of HTTP: 2xx or 4xx
 * @body: a{sv}; empty when there was none, or, in a refusal, none that can be read
 * @retry_after_s: s until it may be asked again; -1: not said
 */
typedef struct {
  guint status;
  GVariant *body;
  gint64 retry_after_s;
} TytoServiceAnswer;

void tyto_service_answer_free (TytoServiceAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoServiceAnswer, tyto_service_answer_free)

/* Whether @self is of the 2xx. */
gboolean tyto_service_answer_is_success (const TytoServiceAnswer *self);
/* What the answer says of why it refuses: "429: Camera limit reached"; at most some 200 characters,
 * printable. (transfer full) */
char *tyto_service_answer_why (const TytoServiceAnswer *self);

/* @message: not sent before. @what: the service's name in errors, a static string. @seconds: to
 * answer. UNAVAILABLE: it cannot be reached, fails (5xx), redirects, or answers what is no JSON or
 * too much of it; TIMED_OUT; FORBIDDEN: it refuses us (401, 403), or its certificate is not to be
 * trusted. */
void tyto_service_exchange_async (SoupSession *session, SoupMessage *message, const char *what,
                                  guint seconds, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
/* (transfer full) */
TytoServiceAnswer *tyto_service_exchange_finish (GAsyncResult *result, GError **error);

G_END_DECLS
