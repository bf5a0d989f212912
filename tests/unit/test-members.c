/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-json.h"
#include "base/tyto-members.h"

#include <math.h>

static void
describe (TytoMembers *members)
{
  tyto_members_string (members, "text", "a \"b\" \\ \n{");
  tyto_members_boolean (members, "yes", TRUE);
  tyto_members_begin (members, "inner");
  tyto_members_begin (members, "empty");
  tyto_members_end (members);
  tyto_members_int (members, "least", G_MININT64);
  tyto_members_boolean (members, "no", FALSE);
  tyto_members_end (members);
  tyto_members_uint (members, "most", G_MAXUINT64);
  tyto_members_double (members, "ratio", 0.125);
  tyto_members_double (members, "none", NAN);
  tyto_members_time (members, "never", -1);
  tyto_members_time (members, "at", G_GINT64_CONSTANT (1795230140125999));
  tyto_members_variant (members, "list", g_variant_new_parsed ("[<1>, <'b'>]"));
}

static void
test_both_ways (void)
{
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  g_autoptr (GString) json = g_string_new ("{");
  TytoMembers to_dict = { .dict = &dict };
  TytoMembers to_json = { .json = json };
  g_autoptr (GVariant) variant = NULL;
  g_autofree char *text = NULL;

  describe (&to_dict);
  describe (&to_json);
  g_string_append_c (json, '}');
  variant = g_variant_ref_sink (g_variant_builder_end (&dict));
  text = tyto_json_from_variant (variant, FALSE);
  g_assert_cmpstr (json->str, ==, text);
  g_assert_cmpstr (json->str, ==,
                   "{\"text\":\"a \\\"b\\\" \\\\ \\n{\",\"yes\":true,"
                   "\"inner\":{\"empty\":{},\"least\":-9223372036854775808,\"no\":false},"
                   "\"most\":18446744073709551615,\"ratio\":0.125,\"none\":null,"
                   "\"at\":\"2026-11-21T03:02:20.125Z\",\"list\":[1,\"b\"]}");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/members/both-ways", test_both_ways);
  return g_test_run ();
}
