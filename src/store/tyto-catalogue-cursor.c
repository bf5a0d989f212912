/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "store/tyto-catalogue-cursor.h"

#include "base/tyto-error.h"

#include <string.h>

#define MAX_LENGTH 512

char *
tyto_catalogue_cursor_new (char kind, gint64 start_us, const char *id)
{
  g_autofree char *plain = g_strdup_printf ("%c:%" G_GINT64_FORMAT ":%s", kind, start_us, id);
  char *text = g_base64_encode ((const guchar *) plain, strlen (plain));

  g_strdelimit (text, "+", '-');
  g_strdelimit (text, "/", '_');
  text[strcspn (text, "=")] = '\0';
  return text;
}

/* (transfer full) (nullable): the decoded text */
static char *
decode (const char *cursor)
{
  g_autofree char *padded = NULL;
  g_autofree guchar *bytes = NULL;
  gsize size = 0;

  if (strlen (cursor) > MAX_LENGTH)
    return NULL;
  padded = g_strconcat (cursor, &"==="[3 - (4 - strlen (cursor) % 4) % 4], NULL);
  g_strdelimit (padded, "-", '+');
  g_strdelimit (padded, "_", '/');
  bytes = g_base64_decode (padded, &size);
  return g_strndup ((const char *) bytes, size);
}

gboolean
tyto_catalogue_cursor_read (const char *cursor, char kind, gint64 *start_us, char **id,
                            GError **error)
{
  g_autofree char *plain = decode (cursor);
  char *end = NULL;

  if (plain != NULL && plain[0] == kind && plain[1] == ':') {
    gint64 start = g_ascii_strtoll (plain + 2, &end, 10);

    if (end != plain + 2 && *end == ':' && end[1] != '\0') {
      g_autofree char *again = tyto_catalogue_cursor_new (kind, start, end + 1);

      /* g_base64_decode() skips what it does not know: only our own writing reads back equal. */
      if (strcmp (again, cursor) == 0) {
        *start_us = start;
        *id = g_strdup (end + 1);
        return TRUE;
      }
    }
  }
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "Give the cursor exactly as the page before gave it, or none for the first page.",
                  "The cursor is not one of this list's.");
  return FALSE;
}
