/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-cameras.h: /api/v1/cameras: create, read, change, replace, delete. A camera's ETag is
 * of its settings, for If-Match (RFC 9110, section 13.1.1). */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_cameras_add_routes (TytoHttpRouter *router);

G_END_DECLS
