/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-alerts.h: /api/v1/alerts: what a person should know of now, and the last of before. */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_alerts_add_routes (TytoHttpRouter *router);

G_END_DECLS
