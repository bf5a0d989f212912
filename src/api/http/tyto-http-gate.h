/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-http-gate.h: looks at a request's header before its body is read, and turns away what
 * cannot be answered: no such path or method, no right, too large a body, another media type.
 */
#pragma once

#include "api/http/tyto-http-auth.h"
#include "api/http/tyto-http-limits.h"
#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

#define TYTO_TYPE_HTTP_GATE (tyto_http_gate_get_type ())
G_DECLARE_FINAL_TYPE (TytoHttpGate, tyto_http_gate, TYTO, HTTP_GATE, GObject)

/* All are referenced. */
TytoHttpGate *
tyto_http_gate_new (TytoHttpAuth *auth, TytoHttpRouter *router, TytoHttpLimits *limits);

/* To be called when libsoup starts to read @message: watches the body's size. */
void tyto_http_gate_follow (TytoHttpGate *self, SoupServerMessage *message);

/* To be called when its header has been read; sets the answer when it is turned away. */
void tyto_http_gate_check (TytoHttpGate *self, SoupServerMessage *message);

G_END_DECLS
