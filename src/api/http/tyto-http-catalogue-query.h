/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-catalogue-query.h: the query parameters of lists: camera, from, to (RFC 3339 or seconds
 * since the epoch), cursor, limit (1–1000, 100 when absent), order (desc, or asc). */
#pragma once

#include "api/http/tyto-http-request.h"

G_BEGIN_DECLS

#define TYTO_HTTP_CATALOGUE_QUERY "camera,from,to,cursor,limit,order"

/* Reads limit, and from and to, as told above; values that are absent stay as they are.
 * INVALID_ARGUMENT. */
gboolean
tyto_http_catalogue_query_read_limit (TytoHttpRequest *request, guint *limit, GError **error);
gboolean tyto_http_catalogue_query_read_times (TytoHttpRequest *request, gint64 *from_us,
                                               gint64 *to_us, GError **error);

/* Fills @query, whose strings stay @request's. FALSE: 400 was answered. */
gboolean tyto_http_catalogue_query_read (TytoHttpRequest *request, TytoCatalogueQuery *query);

G_END_DECLS
