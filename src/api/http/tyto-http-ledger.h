/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-ledger.h: what became of each second of a camera. */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

/* GET /api/v1/cameras/{id}/ledger */
void tyto_http_ledger_add_routes (TytoHttpRouter *router);

G_END_DECLS
