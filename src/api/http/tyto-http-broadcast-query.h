/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-broadcast-query.h: the query parameters of lists of broadcasts: status, stream_id,
 * stream_key, user_id, from, to (RFC 3339 or seconds since the epoch), cursor, limit (1–1000). */
#pragma once

#include "api/http/tyto-http-request.h"

G_BEGIN_DECLS

#define TYTO_HTTP_BROADCAST_QUERY "status,stream_id,stream_key,user_id,from,to,cursor,limit"

/* Fills @query, whose strings stay @request's. FALSE: 400 was answered. */
gboolean tyto_http_broadcast_query_read (TytoHttpRequest *request, TytoBroadcastQuery *query);

G_END_DECLS
