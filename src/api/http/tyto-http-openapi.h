/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-openapi.h: the description of the API (OpenAPI 3.1), and where it begins. */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_openapi_add_routes (TytoHttpRouter *router);

G_END_DECLS
