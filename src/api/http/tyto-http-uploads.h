/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-uploads.h: /api/v1/archive, /api/v1/uploads and /api/v1/uploads/retry: where recordings
 * are archived, and what is on its way there. */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_uploads_add_routes (TytoHttpRouter *router);

G_END_DECLS
