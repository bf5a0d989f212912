/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-http-router.h: which handler answers a method and a path.
 *
 * A pattern is a path whose parts may be `{name}`: any one part, percent-decoded. A pattern that
 * ends in `/` is met with and without it. HEAD is answered by GET's handler.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_HTTP_ROUTER (tyto_http_router_get_type ())
G_DECLARE_FINAL_TYPE (TytoHttpRouter, tyto_http_router, TYTO, HTTP_ROUTER, GObject)

typedef struct _TytoHttpRequest TytoHttpRequest;

/* Answers @request by one of tyto_http_request_respond…(), now or later (keep a reference). */
typedef void (*TytoHttpHandler) (TytoHttpRequest *request, gpointer user_data);

typedef enum {
  TYTO_HTTP_ROUTE_DEFAULT = 0,
  TYTO_HTTP_ROUTE_OPEN = 1 << 0, /* answered without a token: it tells nothing */
  TYTO_HTTP_ROUTE_JSON = 1 << 1, /* has a body of application/json */
  TYTO_HTTP_ROUTE_PATCH
  = 1 << 2, /* has a body of application/merge-patch+json (RFC 7396) or JSON */
  TYTO_HTTP_ROUTE_SIGNED = 1 << 3, /* the handler checks the body's signature where a secret is set
                                      for it: then no token is asked for */
} TytoHttpRouteFlags;

/**
 * TytoHttpRoute: one row of a resource's table, static.
 * @query: names of the query parameters it knows, separated by commas; NULL for none
 */
typedef struct {
  const char *method;
  const char *pattern;
  TytoHttpHandler handler;
  TytoHttpRouteFlags flags;
  const char *query;
} TytoHttpRoute;

/**
 * TytoHttpMatch: what was found for a request.
 * @route: NULL when nothing was
 * @captures: the parts that met `{name}`, in order
 */
typedef struct {
  const TytoHttpRoute *route;
  gpointer user_data;
  GStrv captures;
} TytoHttpMatch;

void tyto_http_match_clear (TytoHttpMatch *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TytoHttpMatch, tyto_http_match_clear)

TytoHttpRouter *tyto_http_router_new (void);

/* Adds @n routes (not copied) whose handlers get @user_data (no reference is taken). */
void tyto_http_router_add (TytoHttpRouter *self, const TytoHttpRoute *routes, gsize n,
                           gpointer user_data);

/**
 * Finds the route of @method and @path (percent-encoded). FALSE with TYTO_ERROR_NOT_FOUND,
 * TYTO_ERROR_METHOD (@allow then has what the path allows; (out) (transfer full)), or
 * TYTO_ERROR_INVALID_ARGUMENT (bad percent-encoding).
 */
gboolean tyto_http_router_match (TytoHttpRouter *self, const char *method, const char *path,
                                 TytoHttpMatch *match, char **allow, GError **error);

/* All routes: (element-type TytoHttpRoute) (transfer container) */
GPtrArray *tyto_http_router_list (TytoHttpRouter *self);

G_END_DECLS
