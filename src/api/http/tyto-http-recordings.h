/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-recordings.h: GET /recordings and /recording/{id}: broadcasts, with exactly the fields
 * of the streaming platform's recording service. */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_recordings_add_routes (TytoHttpRouter *router);

G_END_DECLS
