/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl status: a line for the service, a table of the cameras. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>

#include "base/tyto-json.h"
#include "tytoctl/ctl-table.h"
#include "tytoctl/ctl-when.h"
#include "tytoctl/ctl-words.h"

static CtlColour
disk_colour (const char *state)
{
  if (g_str_equal (state, "warning"))
    return CTL_COLOUR_YELLOW;
  return g_str_equal (state, "critical") || g_str_equal (state, "full") ? CTL_COLOUR_RED
                                                                        : CTL_COLOUR_NONE;
}

/* Nothing when no catalogue is shared. */
static void
print_mirror (GVariant *status)
{
  guint64 waiting = tyto_dict_uint (status, "mirror_waiting", G_MAXUINT64);
  g_autofree char *count = ctl_count_text (waiting);
  g_autofree char *why = ctl_terminal_clean (tyto_dict_string (status, "mirror_failure", ""));

  if (waiting == G_MAXUINT64)
    return;
  if (*why != '\0')
    g_print (_ ("Shared catalogue: away, %s changes wait: %s\n"), count, why);
  else if (waiting > 0)
    g_print (_ ("Shared catalogue: %s changes wait\n"), count);
  else
    g_print (_ ("Shared catalogue: all is told\n"));
}

/* Nothing when there never was one. */
static void
print_broadcasts (GVariant *status)
{
  g_autoptr (GVariant) broadcasts
      = g_variant_lookup_value (status, "broadcasts", G_VARIANT_TYPE_VARDICT);
  g_autofree char *recording = NULL;
  g_autofree char *processing = NULL;
  g_autofree char *completed = NULL;
  g_autofree char *failed = NULL;
  guint64 all = 0;

  if (broadcasts == NULL)
    return;
  recording = ctl_count_text (tyto_dict_uint (broadcasts, "recording", 0));
  processing = ctl_count_text (tyto_dict_uint (broadcasts, "processing", 0));
  completed = ctl_count_text (tyto_dict_uint (broadcasts, "completed", 0));
  failed = ctl_count_text (tyto_dict_uint (broadcasts, "failed", 0));
  all = tyto_dict_uint (broadcasts, "recording", 0) + tyto_dict_uint (broadcasts, "processing", 0)
        + tyto_dict_uint (broadcasts, "completed", 0) + tyto_dict_uint (broadcasts, "failed", 0);
  if (all > 0)
    g_print (_ ("Broadcasts: %s recording, %s processing, %s completed, %s failed\n"), recording,
             processing, completed, failed);
}

static void
print_service (CtlClient *client, GVariant *status)
{
  gboolean ready = tyto_dict_boolean (status, "ready", FALSE);
  g_autofree char *age = ctl_when_age (tyto_dict_string (status, "started_at", NULL));
  g_autofree char *free_text = ctl_size_text (tyto_dict_uint (status, "disk_free", 0));
  g_autofree char *total = ctl_size_text (tyto_dict_uint (status, "disk_total", 0));
  g_autofree char *recording = ctl_count_text (tyto_dict_uint (status, "recording", 0));
  g_autofree char *cameras = ctl_count_text (tyto_dict_uint (status, "cameras", 0));
  g_autofree char *version = ctl_terminal_clean (tyto_dict_string (status, "version", "?"));
  g_autofree char *directory = ctl_terminal_clean (tyto_dict_string (status, "output_dir", ""));
  g_autofree char *word = ctl_terminal_paint (ready ? _ ("ready") : _ ("not ready"),
                                              ready ? CTL_COLOUR_GREEN : CTL_COLOUR_YELLOW,
                                              ctl_terminal_has_colour ());
  g_autofree char *room
      = ctl_terminal_paint (free_text, disk_colour (tyto_dict_string (status, "disk_state", "")),
                            ctl_terminal_has_colour ());

  g_print (_ ("tytod %s at %s: %s, up %s; recording %s of %s cameras\n"), version,
           ctl_client_get_url (client), word, age, recording, cameras);
  if (!ready && *tyto_dict_string (status, "reason", "") != '\0') {
    g_autofree char *reason = ctl_terminal_clean (tyto_dict_string (status, "reason", ""));

    g_print ("  %s\n", reason);
  }
  g_print (_ ("%s: %s free of %s\n"), directory, room, total);
  print_mirror (status);
  print_broadcasts (status);
}

static void
add_columns (CtlTable *table)
{
  ctl_table_add_column (table, _ ("CAMERA"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("STATE"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("FOR"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("SEGMENTS"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("SIZE"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("LOST"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("GAPS"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("MEDIA"), CTL_COLUMN_CUT_END | CTL_COLUMN_OPTIONAL);
}

static CtlColour
loss_colour (guint64 lost)
{
  return lost > 0 ? CTL_COLOUR_RED : CTL_COLOUR_NONE;
}

/* The API's error is what and why, then what next on a line of its own: so are the notes. */
static void
add_camera (CtlTable *table, GVariant *camera)
{
  const char *state = tyto_dict_string (camera, "state", "");
  const char *fault = tyto_dict_string (camera, "error", "");
  guint64 lost = tyto_dict_uint (camera, "frames_lost", 0);
  guint64 gaps = tyto_dict_uint (camera, "gaps", 0);
  g_autofree char *age = ctl_when_age (tyto_dict_string (camera, "state_since", NULL));
  g_autofree char *segments = ctl_count_text (tyto_dict_uint (camera, "segments", 0));
  g_autofree char *size = ctl_size_text (tyto_dict_uint (camera, "bytes", 0));
  g_autofree char *lost_text = ctl_count_text (lost);
  g_autofree char *gaps_text = ctl_count_text (gaps);
  g_autofree char *media = ctl_media_text (camera);

  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (camera, "id", ""));
  ctl_table_add_cell (table, ctl_state_colour (state), ctl_state_word (state));
  ctl_table_add_cell (table, CTL_COLOUR_NONE, age);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, segments);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, size);
  ctl_table_add_cell (table, loss_colour (lost), lost_text);
  ctl_table_add_cell (table, loss_colour (gaps), gaps_text);
  ctl_table_add_cell (table, CTL_COLOUR_DIM, media);
  if (*fault != '\0')
    ctl_table_add_note (table, CTL_COLOUR_RED, fault);
}

static void
print_json (GVariant *status, GPtrArray *cameras)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "service", status);
  g_variant_builder_add (&builder, "{sv}", "cameras", ctl_items_to_variant (cameras));
  ctl_print_json (g_variant_builder_end (&builder));
}

gboolean
ctl_status_run (CtlInvocation *invocation, GError **error)
{
  g_auto (GStrv) args = ctl_invocation_parse (invocation, NULL, 0, 0, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GVariant) status = NULL;
  g_autoptr (GPtrArray) cameras = NULL;
  g_autoptr (CtlTable) table = NULL;

  if (client == NULL)
    return FALSE;
  status = ctl_client_call (client, "GET", "/api/v1/status", NULL, error);
  cameras = status != NULL ? ctl_client_list_cameras (client, error) : NULL;
  if (cameras == NULL)
    return FALSE;
  if (invocation->json) {
    print_json (status, cameras);
    return TRUE;
  }
  print_service (client, status);
  if (cameras->len == 0) {
    g_print (_ ("\nNo cameras yet: tytoctl camera add ID URL\n"));
    return TRUE;
  }
  g_print ("\n");
  table = ctl_table_new ();
  add_columns (table);
  for (guint i = 0; i < cameras->len; i++)
    add_camera (table, cameras->pdata[i]);
  ctl_table_print (table);
  return TRUE;
}
