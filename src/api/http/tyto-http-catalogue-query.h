/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-catalogue-query.h: the query parameters of lists: camera, from, to (RFC 3339 or seconds
 * since the epoch), cursor, limit (1–1000, 100 when absent), order (desc, or asc). */
#pragma once

#include "api/http/tyto-http-request.h"

G_BEGIN_DECLS

#define TYTO_HTTP_CATALOGUE_QUERY "camera,from,to,cursor,limit,order"

/* Fills @query, whose strings stay @request's. FALSE: 400 was answered. */
gboolean tyto_http_catalogue_query_read (TytoHttpRequest *request, TytoCatalogueQuery *query);

G_END_DECLS
