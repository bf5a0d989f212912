/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-problem.h"
#include "base/tyto-error.h"
#include "base/tyto-json.h"

static GVariant *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *dict = tyto_json_to_variant (text, -1, &error);

  g_assert_no_error (error);
  return dict;
}

static void
test_from_error (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) problem = NULL;
  g_autofree char *text = NULL;
  guint status;

  tyto_set_error (&error, TYTO_ERROR_NOT_FOUND, "Look elsewhere.", "There is no \"x\"");
  text = tyto_http_problem_from_error (error, "/api/v1/cameras/x", &status);
  problem = parse (text);
  g_assert_cmpuint (status, ==, 404);
  g_assert_cmpstr (tyto_dict_string (problem, "type", ""), ==, "/problems/not-found");
  g_assert_cmpuint (tyto_dict_uint (problem, "status", 0), ==, 404);
  g_assert_cmpstr (tyto_dict_string (problem, "title", ""), !=, "");
  g_assert_cmpstr (tyto_dict_string (problem, "detail", ""), ==, "There is no \"x\"");
  g_assert_cmpstr (tyto_dict_string (problem, "hint", ""), ==, "Look elsewhere.");
  g_assert_cmpstr (tyto_dict_string (problem, "instance", ""), ==, "/api/v1/cameras/x");
}

static void
test_no_hint (void)
{
  g_autoptr (GError) error = g_error_new (G_IO_ERROR, G_IO_ERROR_FAILED, "It broke");
  g_autofree char *text = tyto_http_problem_from_error (error, NULL, NULL);
  g_autoptr (GVariant) problem = parse (text);

  g_assert_cmpuint (tyto_dict_uint (problem, "status", 0), ==, 500);
  g_assert_cmpstr (tyto_dict_string (problem, "hint", ""), !=, "");
  g_assert_null (tyto_dict_string (problem, "instance", NULL));
}

static void
test_not_utf8 (void)
{
  g_autofree char *text
      = tyto_http_problem_new (412, "precondition-failed", "t", "\xff\"\n", NULL, "/\xc3");
  g_autoptr (GVariant) problem = parse (text);

  g_assert_cmpstr (tyto_dict_string (problem, "detail", ""), ==, "\357\277\275\"\n");
  g_assert_cmpstr (tyto_dict_string (problem, "type", ""), ==, "/problems/precondition-failed");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http/problem/from-error", test_from_error);
  g_test_add_func ("/http/problem/no-hint", test_no_hint);
  g_test_add_func ("/http/problem/not-utf8", test_not_utf8);
  return g_test_run ();
}
