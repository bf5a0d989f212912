/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What tyto-json.h declares of a{sv}: look-ups, and one way of making them. */
#include "base/tyto-json.h"

#include "base/tyto-error.h"

#include <math.h>

/* Member @key, taken out of nested variants and maybes; NULL when absent or null. */
static GVariant *
lookup (GVariant *dict, const char *key)
{
  g_autoptr (GVariant) value = dict != NULL ? g_variant_lookup_value (dict, key, NULL) : NULL;

  while (value != NULL) {
    GVariant *inner;

    if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT))
      inner = g_variant_get_variant (value);
    else if (g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE))
      inner = g_variant_get_maybe (value);
    else
      break;
    g_variant_unref (value);
    value = inner;
  }
  return g_steal_pointer (&value);
}

static const char *
type_name (GVariant *value)
{
  switch (g_variant_classify (value)) {
  case G_VARIANT_CLASS_BOOLEAN:
    return "a boolean";
  case G_VARIANT_CLASS_STRING:
  case G_VARIANT_CLASS_OBJECT_PATH:
  case G_VARIANT_CLASS_SIGNATURE:
    return "a string";
  case G_VARIANT_CLASS_ARRAY:
    return g_variant_type_is_subtype_of (g_variant_get_type (value), G_VARIANT_TYPE_DICTIONARY)
               ? "an object"
               : "an array";
  case G_VARIANT_CLASS_TUPLE:
  case G_VARIANT_CLASS_DICT_ENTRY:
    return "an array";
  default:
    return "a number";
  }
}

static void
set_type_error (GError **error, const char *key, const char *wanted, GVariant *value)
{
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "“%s” must be %s, not %s.", key, wanted,
                  type_name (value));
}

/* An integer of any width: its magnitude and sign. */
static gboolean
get_integer (GVariant *value, guint64 *magnitude, gboolean *negative)
{
  gint64 number = 0;

  *negative = FALSE;
  switch (g_variant_classify (value)) {
  case G_VARIANT_CLASS_BYTE:
    number = g_variant_get_byte (value);
    break;
  case G_VARIANT_CLASS_INT16:
    number = g_variant_get_int16 (value);
    break;
  case G_VARIANT_CLASS_UINT16:
    number = g_variant_get_uint16 (value);
    break;
  case G_VARIANT_CLASS_INT32:
    number = g_variant_get_int32 (value);
    break;
  case G_VARIANT_CLASS_UINT32:
    number = g_variant_get_uint32 (value);
    break;
  case G_VARIANT_CLASS_INT64:
    number = g_variant_get_int64 (value);
    break;
  case G_VARIANT_CLASS_UINT64:
    *magnitude = g_variant_get_uint64 (value);
    return TRUE;
  default:
    return FALSE;
  }
  *negative = number < 0;
  *magnitude = number < 0 ? -(guint64) number : (guint64) number;
  return TRUE;
}

gboolean
tyto_dict_get_string (GVariant *dict, const char *key, char **value, GError **error)
{
  g_autoptr (GVariant) member = lookup (dict, key);

  if (member == NULL)
    return TRUE;
  if (!g_variant_is_of_type (member, G_VARIANT_TYPE_STRING)) {
    set_type_error (error, key, "a string", member);
    return FALSE;
  }
  g_free (*value);
  *value = g_variant_dup_string (member, NULL);
  return TRUE;
}

gboolean
tyto_dict_get_uint (GVariant *dict, const char *key, guint64 min, guint64 max, guint64 *value,
                    GError **error)
{
  g_autoptr (GVariant) member = lookup (dict, key);
  guint64 number = 0;
  gboolean negative = FALSE, whole;

  if (member == NULL)
    return TRUE;

  if (g_variant_is_of_type (member, G_VARIANT_TYPE_DOUBLE)) {
    double real = g_variant_get_double (member);

    /* 2^64 itself no longer fits. */
    whole = real == floor (real) && fabs (real) < 18446744073709551616.0;
    if (whole) {
      negative = real < 0;
      number = (guint64) fabs (real);
    }
  } else {
    whole = get_integer (member, &number, &negative);
    if (!whole) {
      set_type_error (error, key, "a whole number", member);
      return FALSE;
    }
  }

  if (!whole || negative || number < min || number > max) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    "“%s” must be a whole number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                    ".",
                    key, min, max);
    return FALSE;
  }
  *value = number;
  return TRUE;
}

gboolean
tyto_dict_get_numbers (GVariant *dict, gpointer record, const TytoDictNumber *numbers,
                       gsize n_numbers, GError **error)
{
  for (gsize i = 0; i < n_numbers; i++) {
    guint64 *field = &G_STRUCT_MEMBER (guint64, record, numbers[i].offset);

    *field = numbers[i].fallback;
    if (!tyto_dict_get_uint (dict, numbers[i].key, numbers[i].min, numbers[i].max, field, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
tyto_dict_get_boolean (GVariant *dict, const char *key, gboolean *value, GError **error)
{
  g_autoptr (GVariant) member = lookup (dict, key);

  if (member == NULL)
    return TRUE;
  if (!g_variant_is_of_type (member, G_VARIANT_TYPE_BOOLEAN)) {
    set_type_error (error, key, "a boolean", member);
    return FALSE;
  }
  *value = g_variant_get_boolean (member);
  return TRUE;
}

gboolean
tyto_dict_check_keys (GVariant *dict, const char *const *known, GError **error)
{
  GVariantIter iter;
  const char *key;

  g_variant_iter_init (&iter, dict);
  while (g_variant_iter_next (&iter, "{&sv}", &key, NULL)) {
    g_autofree char *names = NULL;
    g_autofree char *hint = NULL;

    if (g_strv_contains (known, key))
      continue;
    names = g_strjoinv (", ", (char **) known);
    hint = g_strdup_printf ("Known are: %s.", names);
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, hint, "There is no member “%s” here.", key);
    return FALSE;
  }
  return TRUE;
}

const char *
tyto_dict_string (GVariant *dict, const char *key, const char *fallback)
{
  const char *value;

  if (dict == NULL)
    return fallback;
  /* Once serialised, a dictionary's strings stay where they are for as long as it lives; before
   * that they belong to its children, which serialising later would free. */
  g_variant_get_data (dict);
  return g_variant_lookup (dict, key, "&s", &value) ? value : fallback;
}

guint64
tyto_dict_uint (GVariant *dict, const char *key, guint64 fallback)
{
  g_autoptr (GVariant) member = lookup (dict, key);
  guint64 number;
  gboolean negative;

  if (member == NULL)
    return fallback;
  if (get_integer (member, &number, &negative))
    return negative ? fallback : number;
  if (g_variant_is_of_type (member, G_VARIANT_TYPE_DOUBLE)) {
    double real = g_variant_get_double (member);

    if (real >= 0 && real < 18446744073709551616.0)
      return (guint64) real;
  }
  return fallback;
}

gint64
tyto_dict_int (GVariant *dict, const char *key, gint64 fallback)
{
  g_autoptr (GVariant) member = lookup (dict, key);
  guint64 number;
  gboolean negative;

  if (member == NULL)
    return fallback;
  if (get_integer (member, &number, &negative)) {
    if (negative)
      return (gint64) -number;
    return number <= G_MAXINT64 ? (gint64) number : fallback;
  }
  if (g_variant_is_of_type (member, G_VARIANT_TYPE_DOUBLE)) {
    double real = g_variant_get_double (member);

    if (real >= -9223372036854775808.0 && real < 9223372036854775808.0)
      return (gint64) real;
  }
  return fallback;
}

double
tyto_dict_double (GVariant *dict, const char *key, double fallback)
{
  g_autoptr (GVariant) member = lookup (dict, key);
  guint64 number;
  gboolean negative;

  if (member == NULL)
    return fallback;
  if (g_variant_is_of_type (member, G_VARIANT_TYPE_DOUBLE))
    return g_variant_get_double (member);
  if (get_integer (member, &number, &negative))
    return negative ? -(double) number : (double) number;
  return fallback;
}

gboolean
tyto_dict_boolean (GVariant *dict, const char *key, gboolean fallback)
{
  g_autoptr (GVariant) member = lookup (dict, key);

  return member != NULL && g_variant_is_of_type (member, G_VARIANT_TYPE_BOOLEAN)
             ? g_variant_get_boolean (member)
             : fallback;
}

void
tyto_dict_put (GVariantBuilder *dict, const char *key, GVariant *value)
{
  g_variant_builder_add_value (
      dict, g_variant_new_dict_entry (g_variant_new_string (key), g_variant_new_variant (value)));
}
