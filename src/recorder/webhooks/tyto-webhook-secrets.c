/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/webhooks/tyto-webhook-secrets.h"

#include "base/tyto-error.h"
#include "base/tyto-time.h"
#include "recorder/webhooks/tyto-webhook-signature.h"

#include <string.h>

/* Old ones kept: each makes the header longer. */
#define MAX_OLD 4

/* A line taken apart. @until_us: (out): G_MAXINT64 for no end. (transfer full) (nullable) */
static char *
read_line (const char *line, gint64 *until_us, GError **error)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 2);

  *until_us = G_MAXINT64;
  if (!tyto_webhook_secret_check (words[0] != NULL ? words[0] : "", error)
      || (words[1] != NULL && !tyto_time_parse (words[1], until_us, error)))
    return NULL;
  return g_strdup (words[0]);
}

static char **
split (const char *text)
{
  char **lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    g_strstrip (lines[i]);
  return lines;
}

char **
tyto_webhook_secrets_parse (const char *text, gint64 now_us, GError **error)
{
  g_autoptr (GStrvBuilder) secrets = g_strv_builder_new ();
  g_auto (GStrv) lines = split (text);

  for (guint i = 0; lines[i] != NULL; i++) {
    g_autofree char *secret = NULL;
    gint64 until_us;

    if (*lines[i] == '\0')
      continue;
    secret = read_line (lines[i], &until_us, error);
    if (secret == NULL) {
      g_prefix_error (error, "Line %u: ", i + 1);
      return NULL;
    }
    if (now_us < until_us)
      g_strv_builder_add (secrets, secret);
  }
  return g_strv_builder_end (secrets);
}

char *
tyto_webhook_secrets_rotate (const char *text, const char *secret, gint64 now_us)
{
  GString *kept = g_string_new (secret);
  g_auto (GStrv) lines = split (text);
  guint n_old = 0;

  g_string_append_c (kept, '\n');
  for (guint i = 0; lines[i] != NULL && n_old < MAX_OLD; i++) {
    gint64 until_us = 0;
    g_autofree char *old = read_line (lines[i], &until_us, NULL);
    g_autofree char *end = NULL;

    if (old == NULL || until_us <= now_us || g_str_equal (old, secret))
      continue;
    end = tyto_time_format (MIN (until_us, now_us + TYTO_WEBHOOK_OVERLAP_US));
    g_string_append_printf (kept, "%s %s\n", old, end);
    n_old++;
  }
  return g_string_free (kept, FALSE);
}
