/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-segments.h: /api/v1/segments: what has been recorded, and the files themselves. */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_segments_add_routes (TytoHttpRouter *router);

G_END_DECLS
