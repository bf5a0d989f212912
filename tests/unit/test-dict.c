/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-error.h"
#include "base/tyto-json.h"

#include <string.h>

static GVariant *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
assert_refused (gboolean success, GError **error, const char *words)
{
  g_assert_false (success);
  g_assert_error (*error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_test_message ("%s", (*error)->message);
  g_assert_nonnull (strstr ((*error)->message, words));
  g_clear_error (error);
}

static void
test_string (void)
{
  g_autoptr (GVariant) dict = parse ("{'s': <'new'>, 'n': <5>, 'null': <@mv nothing>}");
  g_autofree char *value = g_strdup ("old");
  g_autoptr (GError) error = NULL;

  g_assert_true (tyto_dict_get_string (dict, "absent", &value, &error));
  g_assert_true (tyto_dict_get_string (dict, "null", &value, &error));
  g_assert_cmpstr (value, ==, "old");
  assert_refused (tyto_dict_get_string (dict, "n", &value, &error), &error,
                  "“n” must be a string, not a number");
  g_assert_cmpstr (value, ==, "old");
  g_assert_true (tyto_dict_get_string (dict, "s", &value, &error));
  g_assert_cmpstr (value, ==, "new");
}

static void
test_uint (void)
{
  g_autoptr (GVariant) dict
      = parse ("{'x': <int64 7>, 'd': <8.0>, 'half': <8.5>, 'minus': <-1>, 'minus-d': <-1.0>,"
               " 'u': <uint64 18446744073709551615>, 'huge': <1e30>, 's': <'7'>, 'b': <true>,"
               " 'y': <byte 3>, 'o': <@a{sv} {}>, 'null': <@mv nothing>}");
  static const char *const out_of_range[] = { "half", "minus", "minus-d", "huge", "u" };
  g_autoptr (GError) error = NULL;
  guint64 value = 99;

  g_assert_true (tyto_dict_get_uint (dict, "absent", 1, 10, &value, &error));
  g_assert_true (tyto_dict_get_uint (dict, "null", 1, 10, &value, &error));
  g_assert_cmpuint (value, ==, 99);
  for (gsize i = 0; i < G_N_ELEMENTS (out_of_range); i++)
    assert_refused (tyto_dict_get_uint (dict, out_of_range[i], 0, 100, &value, &error), &error,
                    "must be a whole number from 0 to 100");
  assert_refused (tyto_dict_get_uint (dict, "x", 8, 10, &value, &error), &error, "from 8 to 10");
  assert_refused (tyto_dict_get_uint (dict, "s", 0, 100, &value, &error), &error,
                  "“s” must be a whole number, not a string");
  assert_refused (tyto_dict_get_uint (dict, "b", 0, 100, &value, &error), &error, "a boolean");
  assert_refused (tyto_dict_get_uint (dict, "o", 0, 100, &value, &error), &error, "an object");
  g_assert_cmpuint (value, ==, 99);

  g_assert_true (tyto_dict_get_uint (dict, "x", 7, 7, &value, &error));
  g_assert_cmpuint (value, ==, 7);
  g_assert_true (tyto_dict_get_uint (dict, "d", 0, 100, &value, &error));
  g_assert_cmpuint (value, ==, 8);
  g_assert_true (tyto_dict_get_uint (dict, "y", 0, 100, &value, &error));
  g_assert_cmpuint (value, ==, 3);
  g_assert_true (tyto_dict_get_uint (dict, "u", 0, G_MAXUINT64, &value, &error));
  g_assert_cmpuint (value, ==, G_MAXUINT64);
}

static void
test_boolean (void)
{
  g_autoptr (GVariant) dict = parse ("{'b': <true>, 'n': <1>, 'a': <@av []>}");
  g_autoptr (GError) error = NULL;
  gboolean value = FALSE;

  g_assert_true (tyto_dict_get_boolean (dict, "absent", &value, &error));
  g_assert_false (value);
  assert_refused (tyto_dict_get_boolean (dict, "n", &value, &error), &error, "not a number");
  assert_refused (tyto_dict_get_boolean (dict, "a", &value, &error), &error, "not an array");
  g_assert_true (tyto_dict_get_boolean (dict, "b", &value, &error));
  g_assert_true (value);
}

static void
test_keys (void)
{
  static const char *const known[] = { "name", "location", NULL };
  g_autoptr (GVariant) good = parse ("{'name': <'x'>}");
  g_autoptr (GVariant) bad = parse ("{'name': <'x'>, 'nmae': <'y'>, 'more': <1>}");
  g_autoptr (GError) error = NULL;

  g_assert_true (tyto_dict_check_keys (good, known, &error));
  g_assert_false (tyto_dict_check_keys (bad, known, &error));
  g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "“nmae”"));
  g_assert_nonnull (strstr (tyto_error_hint (error), "name, location"));
}

static void
test_lookups (void)
{
  g_autoptr (GVariant) dict
      = parse ("{'s': <'text'>, 'x': <int64 -7>, 'u': <uint32 7>, 'd': <2.5>, 'b': <true>,"
               " 't': <uint64 18446744073709551615>, 'v': <<int32 9>>}");

  g_assert_cmpstr (tyto_dict_string (dict, "s", "f"), ==, "text");
  g_assert_cmpstr (tyto_dict_string (dict, "x", "f"), ==, "f");
  g_assert_cmpstr (tyto_dict_string (dict, "absent", NULL), ==, NULL);
  g_assert_cmpuint (tyto_dict_uint (dict, "u", 1), ==, 7);
  g_assert_cmpuint (tyto_dict_uint (dict, "d", 1), ==, 2);
  g_assert_cmpuint (tyto_dict_uint (dict, "x", 1), ==, 1);
  g_assert_cmpuint (tyto_dict_uint (dict, "t", 1), ==, G_MAXUINT64);
  g_assert_cmpuint (tyto_dict_uint (dict, "v", 1), ==, 9);
  g_assert_cmpint (tyto_dict_int (dict, "x", 1), ==, -7);
  g_assert_cmpint (tyto_dict_int (dict, "t", 1), ==, 1);
  g_assert_cmpint (tyto_dict_int (dict, "s", 1), ==, 1);
  g_assert_cmpfloat (tyto_dict_double (dict, "d", 0), ==, 2.5);
  g_assert_cmpfloat (tyto_dict_double (dict, "x", 0), ==, -7);
  g_assert_true (tyto_dict_boolean (dict, "b", FALSE));
  g_assert_true (tyto_dict_boolean (dict, "u", TRUE));
  g_assert_cmpuint (tyto_dict_uint (NULL, "u", 1), ==, 1);
  g_assert_cmpstr (tyto_dict_string (NULL, "s", "f"), ==, "f");
}

/* The string lives as long as the dictionary, also when that is serialised later on (as sending it
 * over D-Bus does). Seen by AddressSanitizer. */
static void
test_string_lives (void)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) dict = NULL;
  g_autofree void *stored = NULL;
  const char *text;

  g_variant_builder_add (&builder, "{sv}", "key", g_variant_new_take_string (g_strdup ("value")));
  dict = g_variant_ref_sink (g_variant_builder_end (&builder));
  text = tyto_dict_string (dict, "key", NULL);
  stored = g_malloc (g_variant_get_size (dict));
  g_variant_store (dict, stored);
  g_assert_nonnull (g_variant_get_data (dict));
  g_assert_cmpstr (text, ==, "value");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dict/string", test_string);
  g_test_add_func ("/dict/uint", test_uint);
  g_test_add_func ("/dict/boolean", test_boolean);
  g_test_add_func ("/dict/keys", test_keys);
  g_test_add_func ("/dict/lookups", test_lookups);
  g_test_add_func ("/dict/string-lives", test_string_lives);
  return g_test_run ();
}
