/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-router.h"
#include "base/tyto-error.h"

static void
handle (TytoHttpRequest *request, gpointer user_data)
{
}

static const TytoHttpRoute routes[] = {
  { "GET", "/", handle },
  { "GET", "/things", handle },
  { "POST", "/things", handle },
  { "GET", "/things/{id}", handle },
  { "GET", "/things/{id}/parts/{part}", handle },
  { "POST", "/old/start/", handle },
};

typedef struct {
  const char *method;
  const char *path;
  const char *pattern; /* NULL: not found */
  const char *captures;
} Found;

static const Found found[] = {
  { "GET", "/", "/", "" },
  { "GET", "/things", "/things", "" },
  { "HEAD", "/things", "/things", "" },
  { "GET", "/things/", "/things/{id}", "" },
  { "GET", "/things/a%2Fb", "/things/{id}", "a/b" },
  { "GET", "/things/%C3%A4", "/things/{id}", "ä" },
  { "GET", "/%74hings/..", "/things/{id}", ".." },
  { "GET", "/things/a/parts/b", "/things/{id}/parts/{part}", "a|b" },
  { "POST", "/old/start", "/old/start/", "" },
  { "POST", "/old/start/", "/old/start/", "" },
  { "GET", "/things/a/", NULL, NULL },
  { "GET", "/things/a/parts", NULL, NULL },
  { "POST", "/old/start//", NULL, NULL },
  { "GET", "//things", NULL, NULL },
  { "GET", "", "/", "" },
};

static TytoHttpRouter *
new_router (void)
{
  TytoHttpRouter *router = tyto_http_router_new ();

  tyto_http_router_add (router, routes, G_N_ELEMENTS (routes), router);
  return router;
}

static void
test_match (gconstpointer data)
{
  const Found *expected = data;
  g_autoptr (TytoHttpRouter) router = new_router ();
  g_auto (TytoHttpMatch) match = { 0 };
  g_autofree char *allow = NULL;
  g_autofree char *captures = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ok
      = tyto_http_router_match (router, expected->method, expected->path, &match, &allow, &error);

  g_assert_null (allow);
  if (expected->pattern == NULL) {
    g_assert_false (ok);
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_NOT_FOUND);
    return;
  }
  g_assert_no_error (error);
  g_assert_true (match.user_data == router);
  g_assert_cmpstr (match.route->pattern, ==, expected->pattern);
  captures = g_strjoinv ("|", match.captures);
  g_assert_cmpstr (captures, ==, expected->captures);
}

static void
test_method (void)
{
  g_autoptr (TytoHttpRouter) router = new_router ();
  g_auto (TytoHttpMatch) match = { 0 };
  g_autofree char *allow = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (tyto_http_router_match (router, "DELETE", "/things", &match, &allow, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_METHOD);
  g_assert_cmpstr (allow, ==, "GET, HEAD, POST");
}

static void
test_undecodable (gconstpointer path)
{
  g_autoptr (TytoHttpRouter) router = new_router ();
  g_auto (TytoHttpMatch) match = { 0 };
  g_autofree char *allow = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (tyto_http_router_match (router, "GET", path, &match, &allow, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (found); i++) {
    g_autofree char *path = g_strdup_printf ("/http/router/match/%02u", i);

    g_test_add_data_func (path, &found[i], test_match);
  }
  g_test_add_func ("/http/router/method", test_method);
  g_test_add_data_func ("/http/router/nul", "/things/a%00b", test_undecodable);
  g_test_add_data_func ("/http/router/percent", "/things/%zz", test_undecodable);
  g_test_add_data_func ("/http/router/utf8", "/things/%ff", test_undecodable);
  return g_test_run ();
}
