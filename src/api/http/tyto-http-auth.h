/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-http-auth.h: who may ask.
 *
 * With a token (setting "token-file") every request but those of TYTO_HTTP_ROUTE_OPEN (and of
 * TYTO_HTTP_ROUTE_SIGNED, where they must be signed) needs
 * `Authorization: Bearer TOKEN` (RFC 6750, section 2.1). Without one only loopback is listened on,
 * and a browser on this machine must not be talked into asking for somebody else's page: the Host
 * must be loopback (DNS rebinding) and an Origin, when there is one, the same (RFC 6454).
 */
#pragma once

#include "recorder/settings/tyto-settings.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define TYTO_TYPE_HTTP_AUTH (tyto_http_auth_get_type ())
G_DECLARE_FINAL_TYPE (TytoHttpAuth, tyto_http_auth, TYTO, HTTP_AUTH, GObject)

/* Reads the token, and again whenever the setting changes. @settings: referenced. */
TytoHttpAuth *tyto_http_auth_new (TytoSettings *settings, GError **error);

gboolean tyto_http_auth_has_token (TytoHttpAuth *self);

/* Whether requests to routes of TYTO_HTTP_ROUTE_SIGNED must be signed (setting
 * "stream-webhook-secret"), which takes the place of all else. */
gboolean tyto_http_auth_wants_signature (TytoHttpAuth *self);

/* Whether @address may be listened on. TYTO_ERROR_FORBIDDEN: not loopback, and there is no token.
 */
gboolean tyto_http_auth_check_address (TytoHttpAuth *self, GInetAddress *address, GError **error);

/* Whether @message may be answered. TYTO_ERROR_UNAUTHORIZED, TYTO_ERROR_FORBIDDEN. */
gboolean tyto_http_auth_check (TytoHttpAuth *self, SoupServerMessage *message, GError **error);

G_END_DECLS
