/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-services.h: the user's other services, as they are. */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_services_add_routes (TytoHttpRouter *router);

G_END_DECLS
