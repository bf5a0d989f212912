/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-gaps.h: /api/v1/gaps: what has not been recorded, and why. */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_gaps_add_routes (TytoHttpRouter *router);

G_END_DECLS
