/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-broadcast.h"

#include <glib/gi18n.h>
#include <unistd.h>

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "tytoctl/ctl-words.h"

/* --- Which one --- */

char *
ctl_broadcast_path (CtlClient *client, const char *word, const char *suffix, GError **error)
{
  g_autoptr (GString) query = g_string_new (CTL_BROADCASTS);
  g_autoptr (GPtrArray) found = NULL;

  if (g_uuid_string_is_valid (word))
    return g_strconcat (CTL_BROADCASTS "/", word, suffix, NULL);
  if (!tyto_id_is_valid (word)) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    _ ("They are listed by: tytoctl broadcast list"),
                    _ ("\"%s\" is neither the id of a broadcast nor a stream key."), word);
    return NULL;
  }
  ctl_query_add (query, "stream_key", word);
  found = ctl_client_list (client, query->str, 1, error);
  if (found == NULL)
    return NULL;
  if (found->len == 0) {
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, _ ("They are listed by: tytoctl broadcast list"),
                    _ ("There is no broadcast of the stream key \"%s\"."), word);
    return NULL;
  }
  return g_strconcat (CTL_BROADCASTS "/", tyto_dict_string (found->pdata[0], "id", ""), suffix,
                      NULL);
}

/* --- In words --- */

static const struct {
  const char *name;
  const char *word;
  CtlColour colour;
} words[] = {
  { "recording", N_ ("recording"), CTL_COLOUR_GREEN },
  { "processing", N_ ("processing"), CTL_COLOUR_YELLOW },
  { "completed", N_ ("completed"), CTL_COLOUR_NONE },
  { "failed", N_ ("failed"), CTL_COLOUR_RED },
  { "finishing", N_ ("fetching the last"), CTL_COLOUR_NONE },
  { "waiting", N_ ("waiting"), CTL_COLOUR_NONE },
  { "joining", N_ ("joining"), CTL_COLOUR_NONE },
  { "uploading", N_ ("uploading"), CTL_COLOUR_NONE },
  { "importing", N_ ("importing"), CTL_COLOUR_NONE },
};

/* Unknown ones as they are. */
static const char *
find_word (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (g_str_equal (words[i].name, name))
      return _ (words[i].word);
  }
  return name;
}

char *
ctl_broadcast_state_text (GVariant *broadcast)
{
  const char *status = find_word (tyto_dict_string (broadcast, "status", ""));
  const char *step = tyto_dict_string (broadcast, "step", "");
  double progress = tyto_dict_double (broadcast, "progress", 0);

  if (g_str_equal (step, "joining") || g_str_equal (step, "uploading"))
    return g_strdup_printf (_ ("%s: %s %.0f %%"), status, find_word (step), progress * 100);
  if (*step != '\0' && !g_str_equal (step, "collecting"))
    return g_strdup_printf (_ ("%s: %s"), status, find_word (step));
  return g_strdup (status);
}

CtlColour
ctl_broadcast_state_colour (GVariant *broadcast)
{
  const char *status = tyto_dict_string (broadcast, "status", "");

  if (*tyto_dict_string (broadcast, "failing", "") != '\0')
    return CTL_COLOUR_RED;
  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (g_str_equal (words[i].name, status))
      return words[i].colour;
  }
  return CTL_COLOUR_NONE;
}

const char *
ctl_broadcast_trouble (GVariant *broadcast)
{
  const char *failing = tyto_dict_string (broadcast, "failing", "");

  if (*failing != '\0')
    return failing;
  if (g_str_equal (tyto_dict_string (broadcast, "import", ""), "refused"))
    return tyto_dict_string (broadcast, "import_error", "");
  return g_str_equal (tyto_dict_string (broadcast, "status", ""), "completed")
             ? ""
             : tyto_dict_string (broadcast, "last_error", "");
}

gboolean
ctl_broadcast_is_over (GVariant *broadcast)
{
  const char *status = tyto_dict_string (broadcast, "status", "");

  return g_str_equal (status, "completed") || g_str_equal (status, "failed");
}

/* --- As it goes on --- */

GVariant *
ctl_broadcast_follow (CtlClient *client, const char *path, CtlBroadcastFunc func,
                      gpointer user_data, GError **error)
{
  g_autoptr (GVariant) before = NULL;
  g_autoptr (GVariant) now = ctl_client_call (client, "GET", path, NULL, error);

  while (now != NULL) {
    if (before == NULL || !g_variant_equal (before, now))
      func (now, user_data);
    if (ctl_broadcast_is_over (now))
      break;
    g_clear_pointer (&before, g_variant_unref);
    before = g_steal_pointer (&now);
    now = ctl_client_poll (client, path, error);
  }
  return g_steal_pointer (&now);
}

/* A line that the next one writes over. */
static void
show_line (GVariant *broadcast, gpointer user_data)
{
  g_autofree char *state = ctl_broadcast_state_text (broadcast);
  g_autofree char *segments = ctl_count_text (tyto_dict_uint (broadcast, "segments", 0));
  g_autofree char *size = ctl_size_text (tyto_dict_uint (broadcast, "collected_bytes", 0));
  g_autofree char *trouble = ctl_terminal_clean (ctl_broadcast_trouble (broadcast));

  if (!isatty (STDERR_FILENO))
    return;
  g_strdelimit (trouble, "\n", ' ');
  g_printerr ("\r");
  g_printerr (_ ("%s, %s segments, %s"), state, segments, size);
  g_printerr ("%s%s\033[K", *trouble != '\0' ? ": " : "", trouble);
}

GVariant *
ctl_broadcast_wait (CtlClient *client, const char *path, GError **error)
{
  GVariant *broadcast = ctl_broadcast_follow (client, path, show_line, NULL, error);

  if (isatty (STDERR_FILENO))
    g_printerr ("\r\033[K"); /* ECMA-48: erase to the end of the line */
  return broadcast;
}
