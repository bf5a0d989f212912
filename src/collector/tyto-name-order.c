/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "collector/tyto-name-order.h"

#include <string.h>

#define NUMBER_DIGITS 18

static const char *const extensions[]
    = { "ts", "m4s", "mp4", "aac", "m4v", "m4a", "cmfv", "cmfa", "m2ts", "mp3", "ac3", "ec3" };

static gsize
skip_zeros (const char *text, gsize digits)
{
  gsize n = 0;

  while (n + 1 < digits && text[n] == '0')
    n++;
  return n;
}

/* Two runs of digits by value. */
static int
compare_digits (const char *a, gsize a_length, const char *b, gsize b_length)
{
  gsize a_zeros = skip_zeros (a, a_length), b_zeros = skip_zeros (b, b_length);

  if (a_length - a_zeros != b_length - b_zeros)
    return a_length - a_zeros < b_length - b_zeros ? -1 : 1;
  return memcmp (a + a_zeros, b + b_zeros, a_length - a_zeros);
}

int
tyto_name_compare (const char *a, const char *b)
{
  const char *left = a, *right = b;

  while (*left != '\0' && *right != '\0') {
    gsize left_digits = strspn (left, "0123456789"), right_digits = strspn (right, "0123456789");
    int order;

    if (left_digits > 0 && right_digits > 0) {
      order = compare_digits (left, left_digits, right, right_digits);
      left += left_digits;
      right += right_digits;
    } else {
      order = (int) (guchar) *left++ - (int) (guchar) *right++;
    }
    if (order != 0)
      return order;
  }
  if (*left != '\0' || *right != '\0')
    return *left != '\0' ? 1 : -1;
  return strcmp (a, b);
}

char *
tyto_name_pattern (const char *name)
{
  GString *pattern = g_string_new (NULL);

  while (*name != '\0') {
    gsize digits = strspn (name, "0123456789");

    g_string_append_c (pattern, digits > 0 ? '#' : *name);
    name += MAX (digits, 1);
  }
  return g_string_free (pattern, FALSE);
}

const char *
tyto_name_base (const char *name)
{
  const char *slash = strrchr (name, '/');

  return slash != NULL ? slash + 1 : name;
}

char *
tyto_name_folder (const char *name)
{
  return g_strndup (name, (gsize) (tyto_name_base (name) - name));
}

static const char *
find_extension (const char *name)
{
  const char *dot = strrchr (tyto_name_base (name), '.');

  return dot != NULL ? dot : name + strlen (name);
}

gboolean
tyto_name_number (const char *name, guint64 *number)
{
  const char *end = find_extension (name), *begin;

  while (end > name && !g_ascii_isdigit (end[-1]))
    end--;
  begin = end;
  while (begin > name && g_ascii_isdigit (begin[-1]))
    begin--;
  if (begin == end || end - begin > NUMBER_DIGITS || begin < tyto_name_base (name))
    return FALSE;
  *number = g_ascii_strtoull (begin, NULL, 10);
  return TRUE;
}

static const char *
known_extension (const char *name)
{
  const char *dot = find_extension (name);

  for (gsize i = 0; *dot == '.' && i < G_N_ELEMENTS (extensions); i++)
    if (g_ascii_strcasecmp (dot + 1, extensions[i]) == 0)
      return extensions[i];
  return NULL;
}

gboolean
tyto_name_is_segment (const char *name)
{
  return known_extension (name) != NULL;
}

const char *
tyto_name_extension (const char *name)
{
  const char *known = known_extension (name);

  return known != NULL ? known : "seg";
}
