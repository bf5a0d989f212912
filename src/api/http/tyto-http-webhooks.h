/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-webhooks.h: /api/v1/webhooks: who is told of what happens. */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_webhooks_add_routes (TytoHttpRouter *router);

G_END_DECLS
