/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-service-client.h: one service of the user's that is spoken to by HTTP and JSON: where it is,
 * the bearer token, tries, and whether it works.
 *
 * It is switched on by its URL in the settings, which may change at any time. Proxies, cookies and
 * redirects are not used. A message or log has the service's host at most, never the token.
 */
#pragma once

#include "recorder/services/tyto-service-exchange.h"
#include "recorder/settings/tyto-settings.h"

G_BEGIN_DECLS

#define TYTO_TYPE_SERVICE_CLIENT (tyto_service_client_get_type ())
G_DECLARE_FINAL_TYPE (TytoServiceClient, tyto_service_client, TYTO, SERVICE_CLIENT, GObject)

/**
 * TytoServiceCall: what to ask; copied where it is needed longer.
 * @method: of HTTP
 * @path: below the service's URL, with a leading "/"; parts and query escaped
 * @body: a{sv} that is sent as JSON; NULL for none
 * @key: Idempotency-Key, so that a repeated call counts once; NULL for none
 * @tries: how often at most, when the service cannot be reached or fails; 0 is 1. Waits of 200,
 * 400, … ms (± 50 %) lie between, and none begins later than 6 s after the first
 */
typedef struct {
  const char *method;
  const char *path;
  GVariant *body;
  const char *key;
  guint tries;
} TytoServiceCall;

/* Signal "state-changed": it began to fail, works again, or was switched on, off or elsewhere. */

/* @property: of #TytoSettings, its URL. @name: for people ("VMS service"). Both static. */
TytoServiceClient *
tyto_service_client_new (TytoSettings *settings, const char *property, const char *name);

gboolean tyto_service_client_is_on (TytoServiceClient *self);
/* Why it does not work, as far as it was asked; NULL: it does, or nobody asked. */
const char *tyto_service_client_get_failure (TytoServiceClient *self);
/* state s (off, unknown, ok, failing), url s, last_answer s (RFC 3339; absent: none), error s and
 * failing_since s while it fails. Floating. */
GVariant *tyto_service_client_describe (TytoServiceClient *self);

/* A request with token and URL, for what is no JSON; NULL: INVALID_ARGUMENT, NOT_FOUND (the token).
 * Its outcome is to be told by tyto_service_client_note(). (transfer full) */
SoupMessage *tyto_service_client_make_message (TytoServiceClient *self, const char *method,
                                               const char *path, GError **error);
SoupSession *tyto_service_client_get_session (TytoServiceClient *self); /* (transfer none) */
const char *tyto_service_client_get_name (TytoServiceClient *self);
/* It answered (@error NULL), or did not; a call that was called off says nothing. */
void tyto_service_client_note (TytoServiceClient *self, const GError *error);

/* The answer is the service's, 4xx included; errors as in tyto_service_exchange_async(). */
void tyto_service_client_call_async (TytoServiceClient *self, const TytoServiceCall *call,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
TytoServiceAnswer *
tyto_service_client_call_finish (TytoServiceClient *self, GAsyncResult *result, GError **error);

G_END_DECLS
