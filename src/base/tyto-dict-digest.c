/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/tyto-dict-digest.h"

#include <string.h>

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Name, type and value, each with its length before it: no two dictionaries read the same. */
static void
add (GChecksum *checksum, gconstpointer data, gsize length)
{
  guint64 prefix = GUINT64_TO_LE (length);

  g_checksum_update (checksum, (const guchar *) &prefix, sizeof prefix);
  g_checksum_update (checksum, data, (gssize) length);
}

static void
add_member (GChecksum *checksum, GVariant *dict, const char *name)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (dict, name, NULL);
  g_autoptr (GVariant) normal = g_variant_get_normal_form (value);
  const char *type = g_variant_get_type_string (normal);

  add (checksum, name, strlen (name));
  add (checksum, type, strlen (type));
  add (checksum, g_variant_get_data (normal), g_variant_get_size (normal));
}

char *
tyto_dict_digest (GVariant *dict, const char *const *except)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GVariantIter iter;
  const char *name;

  g_variant_iter_init (&iter, dict);
  while (g_variant_iter_next (&iter, "{&sv}", &name, NULL)) {
    if (!g_strv_contains (except, name))
      g_ptr_array_add (names, (gpointer) name);
  }
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    add_member (checksum, dict, g_ptr_array_index (names, i));
  return g_strdup (g_checksum_get_string (checksum));
}
