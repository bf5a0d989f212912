/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-check.h: /api/v1/catalogue/check and /rebuild: do recordings and catalogue agree? */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_check_add_routes (TytoHttpRouter *router);

G_END_DECLS
