/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-command.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/tyto-error.h"

guint
ctl_command_distance (const char *a, const char *b)
{
  gsize rows = strlen (a) + 1, columns = strlen (b) + 1;
  g_autofree guint *cells = g_new0 (guint, rows * columns);

#define AT(i, j) cells[(i) *columns + (j)]
  for (gsize i = 0; i < rows; i++)
    AT (i, 0) = (guint) i;
  for (gsize j = 0; j < columns; j++)
    AT (0, j) = (guint) j;
  for (gsize i = 1; i < rows; i++) {
    for (gsize j = 1; j < columns; j++) {
      guint best = AT (i - 1, j - 1) + (a[i - 1] != b[j - 1]);

      best = MIN (best, AT (i - 1, j) + 1);
      best = MIN (best, AT (i, j - 1) + 1);
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = MIN (best, AT (i - 2, j - 2) + 1);
      AT (i, j) = best;
    }
  }
  return AT (rows - 1, columns - 1);
#undef AT
}

/* Whether @name's words are the first ones of @words; gives how many there are. */
static guint
match (const char *name, char *const *words)
{
  g_auto (GStrv) parts = g_strsplit (name, " ", -1);
  guint i;

  for (i = 0; parts[i] != NULL; i++)
    if (words[i] == NULL || !g_str_equal (parts[i], words[i]))
      return 0;
  return i;
}

/* The commands of group @word ("camera"), separated by commas, or NULL. (transfer full) */
static char *
group_members (const char *word)
{
  g_autofree char *prefix = g_strconcat (word, " ", NULL);
  GString *members = g_string_new (NULL);

  for (const CtlCommand *command = ctl_command_table (); command->name != NULL; command++)
    if (g_str_has_prefix (command->name, prefix))
      g_string_append_printf (members, "%s%s", members->len > 0 ? ", " : "", command->name);
  if (members->len > 0)
    return g_string_free (members, FALSE);
  g_string_free (members, TRUE);
  return NULL;
}

/* The command nearest to what was typed, if it is near enough to be meant. */
static const char *
nearest (char *const *words)
{
  const char *name = NULL;
  guint least = G_MAXUINT;

  for (const CtlCommand *command = ctl_command_table (); command->name != NULL; command++) {
    gboolean two = strchr (command->name, ' ') != NULL;
    g_autofree char *typed
        = two && words[1] != NULL ? g_strjoin (" ", words[0], words[1], NULL) : g_strdup (words[0]);
    guint distance;

    if (strlen (typed) > 64)
      continue;
    distance = ctl_command_distance (typed, command->name);
    if (distance < least && distance <= MAX (1, strlen (command->name) / 3)) {
      least = distance;
      name = command->name;
    }
  }
  return name;
}

static void
set_unknown_error (char *const *words, GError **error)
{
  g_autofree char *members = group_members (words[0]);
  const char *near = nearest (words);
  g_autofree char *hint = NULL;

  if (near != NULL)
    hint = g_strdup_printf (_ ("Did you mean: tytoctl %s"), near);
  else if (members != NULL)
    hint = g_strdup_printf (_ ("There are: %s."), members);
  else
    hint = g_strdup (_ ("See: tytoctl help"));
  if (members != NULL && words[1] == NULL)
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, hint, _ ("\"%s\" needs a second word."),
                    words[0]);
  else
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, hint, _ ("There is no command \"%s%s%s\"."),
                    words[0], members != NULL ? " " : "", members != NULL ? words[1] : "");
}

const CtlCommand *
ctl_command_find (char *const *words, guint *used, GError **error)
{
  const CtlCommand *found = NULL;

  *used = 0;
  for (const CtlCommand *command = ctl_command_table (); command->name != NULL; command++) {
    guint count = match (command->name, words);

    if (count > *used) {
      *used = count;
      found = command;
    }
  }
  if (found == NULL)
    set_unknown_error (words, error);
  return found;
}

char *
ctl_command_overview (void)
{
  GString *text = g_string_new (_ ("Usage:\n  tytoctl [--url URL] [--token-file FILE] [--json] "
                                   "COMMAND …\n\nTalks to tytod, the recorder of cameras.\n\n"));

  g_string_append (text, _ ("Commands:\n"));
  for (const CtlCommand *command = ctl_command_table (); command->name != NULL; command++)
    g_string_append_printf (text, "  %-19s%s\n", command->name, _ (command->summary));
  g_string_append (text, _ ("\ntytoctl help COMMAND (or COMMAND --help) tells more, with "
                            "examples.\n"));
  return g_string_free (text, FALSE);
}
