/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-broadcasts.h: /api/v1/broadcasts: live HLS streams, each recorded into one MP4. */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_broadcasts_add_routes (TytoHttpRouter *router);

G_END_DECLS
