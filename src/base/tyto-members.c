/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-members.h"

#include "base/tyto-json.h"
#include "base/tyto-time.h"

static void
append_key (GString *json, const char *key)
{
  if (json->str[json->len - 1] != '{')
    g_string_append_c (json, ',');
  tyto_json_append_string (json, key);
  g_string_append_c (json, ':');
}

void
tyto_members_string (TytoMembers *self, const char *key, const char *value)
{
  if (self->dict != NULL) {
    tyto_dict_put (self->dict, key, g_variant_new_string (value));
  } else {
    append_key (self->json, key);
    tyto_json_append_string (self->json, value);
  }
}

void
tyto_members_boolean (TytoMembers *self, const char *key, gboolean value)
{
  if (self->dict != NULL) {
    tyto_dict_put (self->dict, key, g_variant_new_boolean (value));
  } else {
    append_key (self->json, key);
    g_string_append (self->json, value ? "true" : "false");
  }
}

void
tyto_members_int (TytoMembers *self, const char *key, gint64 value)
{
  if (self->dict != NULL) {
    tyto_dict_put (self->dict, key, g_variant_new_int64 (value));
  } else {
    append_key (self->json, key);
    g_string_append_printf (self->json, "%" G_GINT64_FORMAT, value);
  }
}

void
tyto_members_uint (TytoMembers *self, const char *key, guint64 value)
{
  if (self->dict != NULL) {
    tyto_dict_put (self->dict, key, g_variant_new_uint64 (value));
  } else {
    append_key (self->json, key);
    g_string_append_printf (self->json, "%" G_GUINT64_FORMAT, value);
  }
}

void
tyto_members_double (TytoMembers *self, const char *key, double value)
{
  if (self->dict != NULL) {
    tyto_dict_put (self->dict, key, g_variant_new_double (value));
  } else {
    append_key (self->json, key);
    tyto_json_append_double (self->json, value);
  }
}

void
tyto_members_time (TytoMembers *self, const char *key, gint64 wall_us)
{
  g_autofree char *text = wall_us >= 0 ? tyto_time_format (wall_us) : NULL;

  if (text != NULL)
    tyto_members_string (self, key, text);
}

void
tyto_members_variant (TytoMembers *self, const char *key, GVariant *value)
{
  if (self->dict != NULL) {
    tyto_dict_put (self->dict, key, value);
  } else {
    g_autoptr (GVariant) owned = g_variant_ref_sink (value);

    append_key (self->json, key);
    tyto_json_append_variant (self->json, owned);
  }
}

void
tyto_members_begin (TytoMembers *self, const char *key)
{
  if (self->dict != NULL) {
    g_variant_builder_open (self->dict, G_VARIANT_TYPE ("{sv}"));
    g_variant_builder_add_value (self->dict, g_variant_new_string (key));
    g_variant_builder_open (self->dict, G_VARIANT_TYPE_VARIANT);
    g_variant_builder_open (self->dict, G_VARIANT_TYPE_VARDICT);
  } else {
    append_key (self->json, key);
    g_string_append_c (self->json, '{');
  }
}

void
tyto_members_end (TytoMembers *self)
{
  if (self->dict != NULL) {
    for (guint i = 0; i < 3; i++) /* a{sv}, v and {sv} */
      g_variant_builder_close (self->dict);
  } else {
    g_string_append_c (self->json, '}');
  }
}
