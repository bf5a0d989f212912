/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The writer; tyto-json-reader.c reads. Written by hand because json-glib's generator writes
 * unsigned 64-bit numbers as negative ones and has a layout of its own. */
#include "base/tyto-json.h"

#include <math.h>

typedef struct {
  GString *text;
  gboolean pretty;
  guint depth;
} Writer;

static void write_value (Writer *self, GVariant *value);

void
tyto_json_append_string (GString *text, const char *string)
{
  const char *from = string; /* what was not appended yet */
  const char *at = string;

  g_string_append_c (text, '"');
  for (; *at != '\0'; at++) {
    guchar c = (guchar) *at;

    if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
      continue;
    g_string_append_len (text, from, at - from);
    from = at + 1;
    if (c == '"' || c == '\\') {
      g_string_append_c (text, '\\');
      g_string_append_c (text, (char) c);
    } else if (c == '\n')
      g_string_append (text, "\\n");
    else if (c == '\t')
      g_string_append (text, "\\t");
    else
      g_string_append_printf (text, "\\u%04x", c);
  }
  g_string_append_len (text, from, at - from);
  g_string_append_c (text, '"');
}

void
tyto_json_append_double (GString *text, double number)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  if (!isfinite (number)) {
    /* RFC 8259, section 6: NaN and the infinities have no form in JSON. */
    g_string_append (text, "null");
    return;
  }
  g_ascii_formatd (buffer, sizeof buffer, "%.15g", number);
  if (g_ascii_strtod (buffer, NULL) != number)
    g_ascii_formatd (buffer, sizeof buffer, "%.17g", number);
  g_string_append (text, buffer);
}

static void
new_line (Writer *self)
{
  if (!self->pretty)
    return;
  g_string_append_c (self->text, '\n');
  for (guint i = 0; i < self->depth; i++)
    g_string_append (self->text, "  ");
}

/* The name of a member: keys that are not strings are written as GVariant text. */
static void
write_key (Writer *self, GVariant *key)
{
  if (g_variant_classify (key) == G_VARIANT_CLASS_STRING) {
    tyto_json_append_string (self->text, g_variant_get_string (key, NULL));
  } else {
    g_autofree char *text = g_variant_print (key, FALSE);

    tyto_json_append_string (self->text, text);
  }
  g_string_append (self->text, self->pretty ? ": " : ":");
}

static void
write_container (Writer *self, GVariant *value, gboolean is_object)
{
  gsize n_children = g_variant_n_children (value);

  g_string_append_c (self->text, is_object ? '{' : '[');
  self->depth++;
  for (gsize i = 0; i < n_children; i++) {
    g_autoptr (GVariant) child = g_variant_get_child_value (value, i);

    if (i > 0)
      g_string_append_c (self->text, ',');
    new_line (self);
    if (is_object) {
      g_autoptr (GVariant) key = g_variant_get_child_value (child, 0);
      g_autoptr (GVariant) member = g_variant_get_child_value (child, 1);

      write_key (self, key);
      write_value (self, member);
    } else {
      write_value (self, child);
    }
  }
  self->depth--;
  if (n_children > 0)
    new_line (self);
  g_string_append_c (self->text, is_object ? '}' : ']');
}

static void
write_maybe (Writer *self, GVariant *value)
{
  g_autoptr (GVariant) inner = g_variant_get_maybe (value);

  if (inner != NULL)
    write_value (self, inner);
  else
    g_string_append (self->text, "null");
}

static void
write_scalar (Writer *self, GVariant *value)
{
  GString *text = self->text;

  switch (g_variant_classify (value)) {
  case G_VARIANT_CLASS_BOOLEAN:
    g_string_append (text, g_variant_get_boolean (value) ? "true" : "false");
    break;
  case G_VARIANT_CLASS_BYTE:
    g_string_append_printf (text, "%d", g_variant_get_byte (value));
    break;
  case G_VARIANT_CLASS_INT16:
    g_string_append_printf (text, "%d", g_variant_get_int16 (value));
    break;
  case G_VARIANT_CLASS_UINT16:
    g_string_append_printf (text, "%d", g_variant_get_uint16 (value));
    break;
  case G_VARIANT_CLASS_INT32:
    g_string_append_printf (text, "%" G_GINT32_FORMAT, g_variant_get_int32 (value));
    break;
  case G_VARIANT_CLASS_UINT32:
    g_string_append_printf (text, "%" G_GUINT32_FORMAT, g_variant_get_uint32 (value));
    break;
  case G_VARIANT_CLASS_HANDLE:
    g_string_append_printf (text, "%" G_GINT32_FORMAT, g_variant_get_handle (value));
    break;
  case G_VARIANT_CLASS_INT64:
    g_string_append_printf (text, "%" G_GINT64_FORMAT, g_variant_get_int64 (value));
    break;
  case G_VARIANT_CLASS_UINT64:
    g_string_append_printf (text, "%" G_GUINT64_FORMAT, g_variant_get_uint64 (value));
    break;
  case G_VARIANT_CLASS_DOUBLE:
    tyto_json_append_double (text, g_variant_get_double (value));
    break;
  default: /* string, object path and signature: all that is left */
    tyto_json_append_string (text, g_variant_get_string (value, NULL));
    break;
  }
}

static void
write_value (Writer *self, GVariant *value)
{
  g_autoptr (GVariant) inner = NULL;

  switch (g_variant_classify (value)) {
  case G_VARIANT_CLASS_VARIANT:
    inner = g_variant_get_variant (value);
    write_value (self, inner);
    break;
  case G_VARIANT_CLASS_MAYBE:
    write_maybe (self, value);
    break;
  case G_VARIANT_CLASS_ARRAY:
    write_container (self, value, g_variant_is_of_type (value, G_VARIANT_TYPE_DICTIONARY));
    break;
  case G_VARIANT_CLASS_TUPLE:
  case G_VARIANT_CLASS_DICT_ENTRY:
    write_container (self, value, FALSE);
    break;
  default:
    write_scalar (self, value);
    break;
  }
}

void
tyto_json_append_variant (GString *text, GVariant *value)
{
  Writer writer = { text, FALSE, 0 };

  write_value (&writer, value);
}

char *
tyto_json_from_variant (GVariant *value, gboolean pretty)
{
  Writer writer = { g_string_new (NULL), pretty, 0 };

  write_value (&writer, value);
  return g_string_free (writer.text, FALSE);
}
