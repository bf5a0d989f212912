/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-http-stream-webhook.h: POST /webhook/stream: a stream service announces that a broadcast
 * began or ended. Bodies and answers are those of the streaming platform's recording service:
 * {"message": …}, and {"error": …} for all that is wrong. Where stream-webhook-secret is set the
 * body must be signed (tyto_webhook_verify()), and no token is asked for.
 */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_stream_webhook_add_routes (TytoHttpRouter *router);

G_END_DECLS
