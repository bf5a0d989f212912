/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-thumbnails.h: a camera's newest thumbnail as JPEG. */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_thumbnails_add_routes (TytoHttpRouter *router);

G_END_DECLS
