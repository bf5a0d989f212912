/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-retention.h: /api/v1/retention, /api/v1/clips, and DELETE of a segment: how long
 * recordings are kept. */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_retention_add_routes (TytoHttpRouter *router);

G_END_DECLS
