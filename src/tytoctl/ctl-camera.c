/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl camera list, show, remove, start, stop. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "tytoctl/ctl-list.h"
#include "tytoctl/ctl-table.h"
#include "tytoctl/ctl-words.h"

static void
print_camera_table (GPtrArray *cameras)
{
  g_autoptr (CtlTable) table = ctl_table_new ();

  ctl_table_add_column (table, _ ("CAMERA"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("NAME"), CTL_COLUMN_CUT_END | CTL_COLUMN_OPTIONAL);
  ctl_table_add_column (table, _ ("STATE"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("URL"), CTL_COLUMN_CUT_END);
  for (guint i = 0; i < cameras->len; i++) {
    const char *state = tyto_dict_string (cameras->pdata[i], "state", "");

    ctl_table_begin_row (table);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (cameras->pdata[i], "id", ""));
    ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (cameras->pdata[i], "name", ""));
    ctl_table_add_cell (table, ctl_state_colour (state), ctl_state_word (state));
    ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (cameras->pdata[i], "url", ""));
  }
  ctl_table_print (table);
}

gboolean
ctl_camera_list_run (CtlInvocation *invocation, GError **error)
{
  return ctl_list_run (invocation, "/api/v1/cameras",
                       _ ("No cameras yet: tytoctl camera add ID URL\n"), print_camera_table,
                       error);
}

/* What a person looks for first; other members follow as the service sends them. */
static const char *const first_members[] = {
  "id",
  "name",
  "state",
  "state_since",
  "error",
  "url",
  "sub_url",
  "user",
  "has_password",
  "transport",
  "transport_used",
  "ingest_used",
  "enabled",
  "audio",
  "format",
  "segment_seconds",
  "path_template",
  "owner",
  "plan",
  "retention_days",
  "retention_mib",
  "video_codec",
  "width",
  "height",
  "audio_codec",
  "started_at",
  "last_segment_at",
  "current_path",
  "segments",
  "bytes",
  "frames_received",
  "frames_recorded",
  "frames_lost",
  "packets_received",
  "packets_lost",
  "loss_ratio",
  "gaps",
  NULL,
};

static void
add_member (CtlTable *table, const char *key, GVariant *value)
{
  g_autofree char *text = ctl_value_text (value);

  if (*text == '\0')
    return;
  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_DIM, key);
  if (g_str_equal (key, "state"))
    ctl_table_add_cell (table, ctl_state_colour (text), ctl_state_word (text));
  else
    ctl_table_add_cell (table, CTL_COLOUR_NONE, text);
}

static void
print_camera (GVariant *camera)
{
  g_autoptr (CtlTable) table = ctl_table_new ();
  GVariantIter iter;
  const char *key;
  GVariant *value;

  ctl_table_add_column (table, "", CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, "", CTL_COLUMN_PLAIN);
  for (guint i = 0; first_members[i] != NULL; i++) {
    g_autoptr (GVariant) member = g_variant_lookup_value (camera, first_members[i], NULL);

    if (member != NULL)
      add_member (table, first_members[i], member);
  }
  g_variant_iter_init (&iter, camera);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    if (!g_strv_contains (first_members, key))
      add_member (table, key, value);
  ctl_table_print (table);
}

gboolean
ctl_camera_show_run (CtlInvocation *invocation, GError **error)
{
  g_auto (GStrv) args = ctl_invocation_parse (invocation, NULL, 1, 1, error);
  g_autofree char *path = args != NULL ? ctl_camera_path (args[0], "", error) : NULL;
  g_autoptr (CtlClient) client = path != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GVariant) camera
      = client != NULL ? ctl_client_call (client, "GET", path, NULL, error) : NULL;

  if (camera == NULL)
    return FALSE;
  if (invocation->json)
    ctl_print_json (camera);
  else
    print_camera (camera);
  return TRUE;
}

/* The ids meant: @args, or with @all those of every camera. (transfer full) */
static char **
choose_cameras (CtlClient *client, char **args, gboolean all, GError **error)
{
  g_autoptr (GPtrArray) cameras = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  if (all == (args[0] != NULL)) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL, "%s",
                    all ? _ ("Give either --all or cameras, not both.")
                        : _ ("Which camera? Give ids, or --all."));
    return NULL;
  }
  if (!all)
    return g_strdupv (args);
  cameras = ctl_client_list_cameras (client, error);
  if (cameras == NULL)
    return NULL;
  for (guint i = 0; i < cameras->len; i++)
    g_strv_builder_add (builder, tyto_dict_string (cameras->pdata[i], "id", ""));
  return g_strv_builder_end (builder);
}

/* `{"id": ID}`, for a verb that answers nothing. */
static GVariant *
only_id (const char *id)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "id", g_variant_new_string (id));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

/* Does @method on each camera in turn; stops at the first error. Gives the answers. */
static GPtrArray *
call_each (CtlClient *client, char **ids, const char *method, const char *suffix, GError **error)
{
  g_autoptr (GPtrArray) answers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  for (guint i = 0; ids[i] != NULL; i++) {
    g_autofree char *path = ctl_camera_path (ids[i], suffix, error);
    g_autoptr (GVariant) answer
        = path != NULL ? ctl_client_call (client, method, path, NULL, error) : NULL;

    if (answer == NULL)
      return NULL;
    g_ptr_array_add (answers, g_variant_n_children (answer) > 0 ? g_steal_pointer (&answer)
                                                                : only_id (ids[i]));
  }
  return g_steal_pointer (&answers);
}

/* @format has one %s, for the camera. */
static void
print_answers (CtlInvocation *invocation, char **ids, GPtrArray *answers, const char *format)
{
  if (invocation->json) {
    ctl_print_json_array (answers);
    return;
  }
  for (guint i = 0; ids[i] != NULL; i++) {
    g_auto (GStrv) parts = g_strsplit (format, "%s", 2);

    g_print ("%s%s%s\n", parts[0], ids[i], parts[1]);
  }
}

static gboolean
start_or_stop (CtlInvocation *invocation, const char *suffix, const char *format, GError **error)
{
  gboolean all = FALSE;
  const GOptionEntry entries[] = {
    { "all", 'a', 0, G_OPTION_ARG_NONE, &all, N_ ("All cameras"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 0, G_MAXUINT, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_auto (GStrv) ids = client != NULL ? choose_cameras (client, args, all, error) : NULL;
  g_autoptr (GPtrArray) answers
      = ids != NULL ? call_each (client, ids, "POST", suffix, error) : NULL;

  if (answers == NULL)
    return FALSE;
  print_answers (invocation, ids, answers, format);
  return TRUE;
}

gboolean
ctl_camera_start_run (CtlInvocation *invocation, GError **error)
{
  return start_or_stop (invocation, "/start", _ ("%s is being recorded."), error);
}

gboolean
ctl_camera_stop_run (CtlInvocation *invocation, GError **error)
{
  return start_or_stop (invocation, "/stop", _ ("%s is stopped."), error);
}

gboolean
ctl_camera_remove_run (CtlInvocation *invocation, GError **error)
{
  gboolean yes = FALSE;
  const GOptionEntry entries[] = {
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &yes, N_ ("Do not ask"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 1, G_MAXUINT, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GPtrArray) answers = NULL;

  if (client == NULL || (!yes && !ctl_terminal_confirm_forgetting (args, error)))
    return FALSE;
  answers = call_each (client, args, "DELETE", "", error);
  if (answers == NULL)
    return FALSE;
  print_answers (invocation, args, answers, _ ("%s is forgotten; its segments stay."));
  return TRUE;
}
