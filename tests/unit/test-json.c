/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-error.h"
#include "base/tyto-json.h"

#include <math.h>
#include <string.h>

static GVariant *
read_json (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = tyto_json_to_variant (text, -1, &error);

  g_assert_no_error (error);
  g_assert_nonnull (value);
  g_assert_false (g_variant_is_floating (value));
  g_assert_true (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT));
  return value;
}

static void
test_write (void)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (g_variant_new_parsed (
      "{'z': <'last first'>, 'b': <true>, 'y': <byte 255>, 'n': <int16 -3>, 'x': <int64 "
      "-9223372036854775808>, 't': <uint64 18446744073709551615>, 'd': <0.1>, 'whole': <2.0>,"
      " 'list': <[<1>, <'two'>]>, 'strings': <['a', 'b']>, 'rows': <[{'a': <1>}]>,"
      " 'nothing': <@mv nothing>, 'some': <@mv just <5>>, 'v': <<'inner'>>, 'empty': <@av []>,"
      " 'none': <@a{sv} {}>, 'map': <{'k': 'v'}>}"));
  g_autofree char *text = tyto_json_from_variant (value, FALSE);

  g_assert_cmpstr (text, ==,
                   "{\"z\":\"last first\",\"b\":true,\"y\":255,\"n\":-3,\"x\":-9223372036854775808,"
                   "\"t\":18446744073709551615,\"d\":0.1,\"whole\":2,\"list\":[1,\"two\"],"
                   "\"strings\":[\"a\",\"b\"],\"rows\":[{\"a\":1}],\"nothing\":null,\"some\":5,"
                   "\"v\":\"inner\",\"empty\":[],\"none\":{},\"map\":{\"k\":\"v\"}}");
}

static void
test_write_pretty (void)
{
  g_autoptr (GVariant) value = g_variant_ref_sink (
      g_variant_new_parsed ("{'a': <1>, 'b': <[<1>, <2>]>, 'c': <@av []>, 'd': <{'e': <'f'>}>}"));
  g_autofree char *text = tyto_json_from_variant (value, TRUE);

  g_assert_cmpstr (text, ==,
                   "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    2\n  ],\n  \"c\": [],\n"
                   "  \"d\": {\n    \"e\": \"f\"\n  }\n}");
}

/* RFC 8259, section 7 (strings) and 6 (no NaN, no infinities). */
static void
test_write_escapes (void)
{
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) value = NULL;
  g_autofree char *text = NULL;

  g_variant_builder_add (&builder, "{sv}", "s",
                         g_variant_new_string ("\"\\\n\t\r\x01\x7f"
                                               "ä🦉/"));
  g_variant_builder_add (&builder, "{sv}", "nan", g_variant_new_double (NAN));
  g_variant_builder_add (&builder, "{sv}", "inf", g_variant_new_double (-INFINITY));
  g_variant_builder_add (&builder, "{sv}", "tiny", g_variant_new_double (5e-324));
  value = g_variant_ref_sink (g_variant_builder_end (&builder));
  text = tyto_json_from_variant (value, FALSE);
  g_assert_cmpstr (
      text, ==,
      "{\"s\":\"\\\"\\\\\\n\\t\\u000d\\u0001\\u007fä🦉/\",\"nan\":null,\"inf\":null,"
      "\"tiny\":4.94065645841247e-324}");
}

static void
test_read (void)
{
  g_autoptr (GVariant) value = read_json (
      " {\"b\": true, \"a\": [1, -2, 3.5, 1e2, \"x\", null, {}, []],\r\n\t\"u\": "
      "18446744073709551615, \"m\": -9223372036854775808, \"big\": 1e300, "
      "\"s\": \"\\u00e4\\ud83e\\udd89\\/\\b\\f\\n\\r\\t\\\"\\\\\", \"\": false, \"z\": -0} ");
  g_autoptr (GVariant) expected = g_variant_ref_sink (g_variant_new_parsed (
      "{'b': <true>, 'a': <[<int64 1>, <int64 -2>, <3.5>, <100.0>, <'x'>, <@mv nothing>,"
      " <@a{sv} {}>, <@av []>]>, 'u': <uint64 18446744073709551615>,"
      " 'm': <int64 -9223372036854775808>, 'big': <1e300>,"
      " 's': <%s>, '': <false>, 'z': <int64 0>}",
      "ä🦉/\b\f\n\r\t\"\\"));
  g_autofree char *text = g_variant_print (value, TRUE);
  g_autofree char *expected_text = g_variant_print (expected, TRUE);

  g_assert_cmpstr (text, ==, expected_text);
}

static void
test_read_refuses (void)
{
  static const struct {
    const char *text;
    const char *where;
  } bad[] = {
    { "", "line 1, column 1:" },
    { "[]", "line 1, column 1:" },
    { "\"text\"", "line 1, column 1:" },
    { "{", "line 1, column 2:" },
    { "{\"a\":1,}", "line 1, column 8:" },
    { "{\"a\":1 \"b\":2}", "line 1, column 8:" },
    { "{\"a\" 1}", "line 1, column 6:" },
    { "{a:1}", "line 1, column 2:" },
    { "{'a':1}", "line 1, column 2:" },
    { "{\"a\":1}\n\n {", "line 3, column 2:" },
    { "{\"ä\":1,\n\"a\":2,\n  \"a\":3}", "line 3, column 3:" },
    { "{\"ä\":x}", "line 1, column 6:" },
    { "{\"a\":01}", "line 1, column 7:" },
    { "{\"a\":.5}", "line 1, column 6:" },
    { "{\"a\":1.}", "line 1, column 8:" },
    { "{\"a\":+1}", "line 1, column 6:" },
    { "{\"a\":1e}", "line 1, column 8:" },
    { "{\"a\":1e999}", "line 1, column 6:" },
    { "{\"a\":NaN}", "line 1, column 6:" },
    { "{\"a\":True}", "line 1, column 6:" },
    { "{\"a\":\"b}", "line 1, column 9:" },
    { "{\"a\":\"\n\"}", "line 1, column 7:" },
    { "{\"a\":\"\\x41\"}", "line 1, column 8:" },
    { "{\"a\":\"\\u12g4\"}", "line 1, column 7:" },
    { "{\"a\":\"\\ud83e\"}", "line 1, column 7:" },
    { "{\"a\":\"\\udd89\"}", "line 1, column 7:" },
    { "{\"a\":\"\\u0000\"}", "line 1, column 7:" },
    { "{\"a\":[1,]}", "line 1, column 9:" },
    { "{\"a\":[1}", "line 1, column 8:" },
    { "/* c */ {}", "line 1, column 1:" },
    { "{} // c", "line 1, column 4:" },
    { "\xef\xbb\xbf{}", "line 1, column 1:" },
    { "{\"\xff\":1}", "line 1, column 3:" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_test_message ("case %" G_GSIZE_FORMAT, i);
    g_assert_null (tyto_json_to_variant (bad[i].text, -1, &error));
    g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    g_test_message ("%s", error->message);
    g_assert_nonnull (strstr (error->message, bad[i].where));
  }
  g_assert_null (tyto_json_to_variant ("{}\0", 3, NULL));
}

static void
test_read_depth (void)
{
  for (int depth = 31; depth <= 33; depth++) {
    g_autoptr (GString) text = g_string_new ("{\"a\":");
    g_autoptr (GError) error = NULL;
    g_autoptr (GVariant) value = NULL;

    for (int i = 1; i < depth; i++)
      g_string_append_c (text, '[');
    for (int i = 1; i < depth; i++)
      g_string_append_c (text, ']');
    g_string_append_c (text, '}');
    value = tyto_json_to_variant (text->str, (gssize) text->len, &error);
    if (depth <= 32) {
      g_autofree char *again = NULL;

      g_assert_no_error (error);
      again = tyto_json_from_variant (value, FALSE);
      g_assert_cmpstr (again, ==, text->str);
    } else {
      g_assert_error (error, TYTO_ERROR, TYTO_ERROR_INVALID_ARGUMENT);
    }
  }
}

/* The length counts: the text may be a part of a buffer. */
static void
test_read_length (void)
{
  g_autoptr (GVariant) value = tyto_json_to_variant ("{\"a\":12}garbage", 8, NULL);

  g_assert_nonnull (value);
  for (gssize length = 0; length < 8; length++)
    g_assert_null (tyto_json_to_variant ("{\"a\":12}garbage", length, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/write", test_write);
  g_test_add_func ("/json/write-pretty", test_write_pretty);
  g_test_add_func ("/json/write-escapes", test_write_escapes);
  g_test_add_func ("/json/read", test_read);
  g_test_add_func ("/json/read-refuses", test_read_refuses);
  g_test_add_func ("/json/read-depth", test_read_depth);
  g_test_add_func ("/json/read-length", test_read_length);
  return g_test_run ();
}
