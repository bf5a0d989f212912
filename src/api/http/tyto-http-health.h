/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-health.h: /health, /livez, /ready, /readyz and /api/v1/status: how the service is. */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_health_add_routes (TytoHttpRouter *router);

G_END_DECLS
