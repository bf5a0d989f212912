/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl clip add, list, remove: time ranges that are kept; segments delete: one that is not. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"
#include "tytoctl/ctl-broadcast.h"
#include "tytoctl/ctl-removal.h"
#include "tytoctl/ctl-table.h"
#include "tytoctl/ctl-when.h"
#include "tytoctl/ctl-words.h"

#define CLIPS    "/api/v1/clips"
#define SEGMENTS "/api/v1/segments"

/* --- add --- */

/* @text, a point in time as people give it, as RFC 3339. (transfer full) */
static char *
read_when (const char *text, GError **error)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  gint64 wall_us;

  return ctl_when_parse (text, tyto_time_now (), zone, &wall_us, error) ? tyto_time_format (wall_us)
                                                                        : NULL;
}

/* CAMERA START END */
static gboolean
add_range (GVariantDict *body, char **args, GError **error)
{
  g_autofree char *start = NULL;
  g_autofree char *end = NULL;

  if (g_strv_length (args) != 3) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, _ ("See: tytoctl help clip add"),
                    _ ("Give a camera and two times, or --broadcast."));
    return FALSE;
  }
  start = read_when (args[1], error);
  end = start != NULL ? read_when (args[2], error) : NULL;
  if (end == NULL || !tyto_id_check (args[0], error))
    return FALSE;
  g_variant_dict_insert (body, "camera", "s", args[0]);
  g_variant_dict_insert (body, "start", "s", start);
  g_variant_dict_insert (body, "end", "s", end);
  return TRUE;
}

/* The whole of it. */
static gboolean
add_broadcast (GVariantDict *body, CtlClient *client, const char *word, char **args, GError **error)
{
  g_autofree char *path = NULL;
  g_autofree char *id = NULL;

  if (args[0] != NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    _ ("A broadcast is kept whole: no camera and no times go with --broadcast."));
    return FALSE;
  }
  path = ctl_broadcast_path (client, word, NULL, error);
  if (path == NULL)
    return FALSE;
  id = g_path_get_basename (path);
  g_variant_dict_insert (body, "broadcast", "s", id);
  return TRUE;
}

gboolean
ctl_clip_add_run (CtlInvocation *invocation, GError **error)
{
  g_autofree char *name = NULL;
  g_autofree char *broadcast = NULL;
  const GOptionEntry entries[] = {
    { "broadcast", 'b', 0, G_OPTION_ARG_STRING, &broadcast,
      N_ ("Keep this broadcast, the whole of it, not a time range of a camera"), N_ ("ID|KEY") },
    { "name", 0, 0, G_OPTION_ARG_STRING, &name, N_ ("Name for people"), N_ ("NAME") },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 0, 3, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GVariant) clip = NULL;
  GVariantDict body;

  if (client == NULL)
    return FALSE;
  g_variant_dict_init (&body, NULL);
  if (!(broadcast != NULL ? add_broadcast (&body, client, broadcast, args, error)
                          : add_range (&body, args, error))) {
    g_variant_dict_clear (&body);
    return FALSE;
  }
  if (name != NULL)
    g_variant_dict_insert (&body, "name", "s", name);
  clip = ctl_client_call (client, "POST", CLIPS, g_variant_dict_end (&body), error);
  if (clip == NULL)
    return FALSE;
  if (invocation->json)
    ctl_print_json (clip);
  else
    g_print (_ ("%s is kept.\n"), tyto_dict_string (clip, "id", ""));
  return TRUE;
}

/* --- list --- */

static void
print_clips (GPtrArray *clips)
{
  g_autoptr (CtlTable) table = ctl_table_new ();

  ctl_table_add_column (table, _ ("OF"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("START"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("DURATION"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("NAME"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("ID"), CTL_COLUMN_PLAIN);
  for (guint i = 0; i < clips->len; i++) {
    GVariant *clip = clips->pdata[i];
    g_autofree char *start = ctl_when_to_local (tyto_dict_string (clip, "start", NULL));
    g_autofree char *duration = ctl_seconds_text (tyto_dict_double (clip, "duration", 0));

    ctl_table_begin_row (table);
    ctl_table_add_cell (
        table, CTL_COLOUR_NONE,
        tyto_dict_string (clip, "camera", tyto_dict_string (clip, "broadcast", "")));
    ctl_table_add_cell (table, CTL_COLOUR_NONE, start);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, duration);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (clip, "name", ""));
    ctl_table_add_cell (table, CTL_COLOUR_DIM, tyto_dict_string (clip, "id", ""));
  }
  ctl_table_print (table);
}

gboolean
ctl_clip_list_run (CtlInvocation *invocation, GError **error)
{
  g_autofree char *camera = NULL;
  g_autofree char *broadcast = NULL;
  const GOptionEntry entries[] = {
    { "camera", 'c', 0, G_OPTION_ARG_STRING, &camera, N_ ("Of this camera alone"), N_ ("ID") },
    { "broadcast", 'b', 0, G_OPTION_ARG_STRING, &broadcast, N_ ("Of this broadcast alone"),
      N_ ("ID") },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 0, 0, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GString) path = g_string_new (CLIPS);
  g_autoptr (GPtrArray) clips = NULL;

  ctl_query_add (path, "camera", camera);
  ctl_query_add (path, "broadcast", broadcast);
  if (client != NULL)
    clips = ctl_client_list_whole (client, path->str, error);
  if (clips == NULL)
    return FALSE;
  if (invocation->json)
    ctl_print_json_array (clips);
  else if (clips->len == 0)
    g_print (_ ("No clips.\n"));
  else
    print_clips (clips);
  return TRUE;
}

/* --- remove, delete --- */

/* An id of ours needs no escaping. */
static gboolean
check_id (const char *id, GError **error)
{
  static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

  if (*id != '\0' && strspn (id, allowed) == strlen (id))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, _ ("\"%s\" is no id."), id);
  return FALSE;
}

gboolean
ctl_clip_remove_run (CtlInvocation *invocation, GError **error)
{
  const CtlRemoval removal = { CLIPS, check_id, NULL, _ ("%s is no longer kept by itself.") };

  return ctl_removal_run (invocation, &removal, error);
}

gboolean
ctl_segments_delete_run (CtlInvocation *invocation, GError **error)
{
  const CtlRemoval removal
      = { SEGMENTS, check_id, ctl_terminal_confirm_deletion, _ ("%s is deleted.") };

  return ctl_removal_run (invocation, &removal, error);
}
