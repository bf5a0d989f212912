/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl retention, retention run: how long recordings are kept, and deleting what is no longer.
 */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>
#include <unistd.h>

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "tytoctl/ctl-table.h"
#include "tytoctl/ctl-when.h"
#include "tytoctl/ctl-words.h"

#define PATH "/api/v1/retention"

/* A list of dictionaries that is @dict's member @key, one after the other. */
typedef struct {
  GVariant *list;
  gsize next;
} Rows;

static Rows
rows_open (GVariant *dict, const char *key)
{
  return (Rows){ .list = g_variant_lookup_value (dict, key, NULL) };
}

/* (transfer full) (nullable): closes the list at its end. */
static GVariant *
rows_next (Rows *self)
{
  g_autoptr (GVariant) child = NULL;

  if (self->list == NULL || self->next == g_variant_n_children (self->list)) {
    g_clear_pointer (&self->list, g_variant_unref);
    return NULL;
  }
  child = g_variant_get_child_value (self->list, self->next++);
  return g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT) ? g_variant_get_variant (child)
                                                              : g_variant_ref (child);
}

/* "7 d", "4.1 d", "for ever". (transfer full) */
static char *
days_text (double days)
{
  if (days <= 0)
    return g_strdup (_ ("for ever"));
  return days == (guint64) days ? g_strdup_printf (_ ("%.0f d"), days)
                                : g_strdup_printf (_ ("%.1f d"), days);
}

static gboolean
has_member (GVariant *dict, const char *key)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (dict, key, NULL);

  return value != NULL && !g_variant_is_of_type (value, G_VARIANT_TYPE_MAYBE);
}

/* --- retention --- */

static const char *
plan_text (GVariant *camera, CtlColour *colour)
{
  const char *plan = tyto_dict_string (camera, "plan", "");

  *colour = CTL_COLOUR_NONE;
  if (!tyto_dict_boolean (camera, "configured", TRUE)) {
    *colour = CTL_COLOUR_DIM;
    return _ ("(forgotten)");
  }
  if (!tyto_dict_boolean (camera, "plan_known", TRUE))
    *colour = CTL_COLOUR_RED;
  return *plan != '\0' ? plan : "–";
}

/* What was promised: days, a size, or both. (transfer full) */
static char *
promise_text (GVariant *camera)
{
  guint64 limit = tyto_dict_uint (camera, "limit_bytes", 0);
  g_autofree char *days = days_text ((double) tyto_dict_uint (camera, "days", 0));
  g_autofree char *size = limit > 0 ? ctl_size_text (limit) : NULL;

  if (!tyto_dict_boolean (camera, "plan_known", TRUE))
    return g_strdup (_ ("nothing goes"));
  return size != NULL ? g_strdup_printf ("%s, %s", days, size) : g_steal_pointer (&days);
}

static void
add_camera (CtlTable *table, GVariant *camera)
{
  g_autofree char *promise = promise_text (camera);
  g_autofree char *kept = ctl_size_text (tyto_dict_uint (camera, "kept_bytes", 0));
  g_autofree char *a_day = ctl_size_text (tyto_dict_uint (camera, "day_bytes", 0));
  g_autofree char *oldest = ctl_when_to_local (tyto_dict_string (camera, "oldest", NULL));
  g_autofree char *expected = days_text (tyto_dict_double (camera, "expected_days", 0));
  gboolean ok = tyto_dict_boolean (camera, "ok", TRUE);
  CtlColour colour;
  const char *plan = plan_text (camera, &colour);

  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (camera, "camera", ""));
  ctl_table_add_cell (table, colour, plan);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, promise);
  ctl_table_add_cell (table, ok ? CTL_COLOUR_GREEN : CTL_COLOUR_RED, expected);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, kept);
  ctl_table_add_cell (table, CTL_COLOUR_NONE,
                      tyto_dict_uint (camera, "day_bytes", 0) > 0 ? a_day : "–");
  ctl_table_add_cell (table, CTL_COLOUR_DIM, oldest);
  if (!tyto_dict_boolean (camera, "plan_known", TRUE))
    ctl_table_add_note (table, CTL_COLOUR_RED,
                        _ ("There is no such plan in retention-plans: nothing is deleted."));
}

static void
print_cameras (GVariant *retention)
{
  g_autoptr (CtlTable) table = ctl_table_new ();
  Rows rows = rows_open (retention, "cameras");
  GVariant *camera;

  ctl_table_add_column (table, _ ("CAMERA"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("PLAN"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("PROMISED"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("EXPECTED"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("KEPT"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("A DAY"), CTL_COLUMN_RIGHT | CTL_COLUMN_OPTIONAL);
  ctl_table_add_column (table, _ ("OLDEST"), CTL_COLUMN_PLAIN | CTL_COLUMN_OPTIONAL);
  while ((camera = rows_next (&rows)) != NULL) {
    add_camera (table, camera);
    g_variant_unref (camera);
  }
  ctl_table_print (table);
}

static void
print_disks (GVariant *retention)
{
  Rows rows = rows_open (retention, "disks");
  GVariant *disk;

  while ((disk = rows_next (&rows)) != NULL) {
    g_autofree char *recordings = ctl_size_text (tyto_dict_uint (disk, "recordings", 0));
    g_autofree char *room = ctl_size_text (tyto_dict_uint (disk, "free", 0));
    g_autofree char *directory = ctl_terminal_clean (tyto_dict_string (disk, "directory", ""));

    g_print (_ ("%s: %s of recordings, room for %s"), directory, recordings, room);
    if (has_member (disk, "holds_days"))
      g_print (_ ("; it holds %.1f days"), tyto_dict_double (disk, "holds_days", 0));
    if (has_member (disk, "full_in_days"))
      g_print (_ ("; full in %.1f days"), tyto_dict_double (disk, "full_in_days", 0));
    g_print ("\n");
    g_variant_unref (disk);
  }
}

static void
print_broadcasts (GVariant *retention)
{
  guint64 days = tyto_dict_uint (retention, "broadcast_days", 0);
  g_autofree char *count = ctl_count_text (days);

  if (days > 0)
    g_print (ngettext ("Broadcasts are kept %s day\n", "Broadcasts are kept %s days\n", days),
             count);
}

static void
print_run_broadcasts (GVariant *run)
{
  guint64 broadcasts = tyto_dict_uint (run, "broadcasts", 0);
  guint64 failed = tyto_dict_uint (run, "broadcasts_failed", 0);
  g_autofree char *count = ctl_count_text (broadcasts);
  g_autofree char *left = ctl_count_text (failed);
  g_autofree char *size = ctl_size_text (tyto_dict_uint (run, "broadcast_bytes", 0));

  if (broadcasts > 0)
    g_print (tyto_dict_boolean (run, "dry_run", FALSE)
                 ? ngettext ("%s broadcast would be deleted, %s.\n",
                             "%s broadcasts would be deleted, %s.\n", broadcasts)
                 : ngettext ("%s broadcast was deleted, %s.\n", "%s broadcasts were deleted, %s.\n",
                             broadcasts),
             count, size);
  if (failed > 0)
    g_print (ngettext ("%s broadcast could not be deleted.\n",
                       "%s broadcasts could not be deleted.\n", failed),
             left);
}

static void
print_run (GVariant *run)
{
  g_autofree char *size = ctl_size_text (tyto_dict_uint (run, "bytes", 0));
  guint64 segments = tyto_dict_uint (run, "segments", 0);
  guint64 failed = tyto_dict_uint (run, "failed", 0);
  g_autofree char *count = ctl_count_text (segments);
  gboolean dry = tyto_dict_boolean (run, "dry_run", FALSE);

  g_print (
      dry ? ngettext ("%s segment would be deleted, %s.\n", "%s segments would be deleted, %s.\n",
                      segments)
          : ngettext ("%s segment was deleted, %s.\n", "%s segments were deleted, %s.\n", segments),
      count, size);
  if (failed > 0) {
    g_autofree char *left = ctl_count_text (failed);

    g_print (ngettext ("%s could not be deleted.\n", "%s could not be deleted.\n", failed), left);
  }
  print_run_broadcasts (run);
  if (*tyto_dict_string (run, "error", "") != '\0') {
    g_autofree char *why = ctl_terminal_clean (tyto_dict_string (run, "error", ""));

    g_printerr ("%s\n", why);
  }
}

static void
print_runs (GVariant *retention)
{
  g_autoptr (GVariant) last
      = g_variant_lookup_value (retention, "last_run", G_VARIANT_TYPE_VARDICT);
  g_autofree char *next = ctl_when_to_local (tyto_dict_string (retention, "next_run_at", NULL));

  if (last != NULL) {
    g_autofree char *when = ctl_when_to_local (tyto_dict_string (last, "started_at", NULL));

    g_print (_ ("Last run %s: "), when);
    print_run (last);
  }
  g_print (_ ("Next run: %s\n"), next);
}

gboolean
ctl_retention_run (CtlInvocation *invocation, GError **error)
{
  g_auto (GStrv) args = ctl_invocation_parse (invocation, NULL, 0, 0, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GVariant) retention
      = client != NULL ? ctl_client_call (client, "GET", PATH, NULL, error) : NULL;

  if (retention == NULL)
    return FALSE;
  if (invocation->json) {
    ctl_print_json (retention);
    return TRUE;
  }
  print_cameras (retention);
  g_print ("\n");
  print_disks (retention);
  print_broadcasts (retention);
  print_runs (retention);
  return TRUE;
}

/* --- retention run --- */

static void
add_items (CtlTable *table, GVariant *camera)
{
  Rows rows = rows_open (camera, "items");
  GVariant *item;

  while ((item = rows_next (&rows)) != NULL) {
    g_autofree char *start = ctl_when_to_local (tyto_dict_string (item, "start", NULL));
    g_autofree char *size = ctl_size_text (tyto_dict_uint (item, "bytes", 0));
    g_autofree char *note
        = g_strdup_printf ("%s  %s  %s  %s", start, size, tyto_dict_string (item, "tier", ""),
                           tyto_dict_string (item, "id", ""));

    ctl_table_add_note (table, CTL_COLOUR_DIM, note);
    g_variant_unref (item);
  }
}

static void
print_going (GVariant *run)
{
  g_autoptr (CtlTable) table = ctl_table_new ();
  Rows rows = rows_open (run, "cameras");
  GVariant *camera;
  guint n = 0;

  ctl_table_add_column (table, _ ("CAMERA"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("SEGMENTS"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("SIZE"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("OLDEST"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("NEWEST"), CTL_COLUMN_PLAIN | CTL_COLUMN_OPTIONAL);
  while ((camera = rows_next (&rows)) != NULL) {
    g_autofree char *count = ctl_count_text (tyto_dict_uint (camera, "segments", 0));
    g_autofree char *size = ctl_size_text (tyto_dict_uint (camera, "bytes", 0));
    g_autofree char *oldest = ctl_when_to_local (tyto_dict_string (camera, "oldest", NULL));
    g_autofree char *newest = ctl_when_to_local (tyto_dict_string (camera, "newest", NULL));

    ctl_table_begin_row (table);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (camera, "camera", ""));
    ctl_table_add_cell (table, CTL_COLOUR_NONE, count);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, size);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, oldest);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, newest);
    add_items (table, camera);
    g_variant_unref (camera);
    n++;
  }
  if (n > 0) {
    ctl_table_print (table);
    g_print ("\n");
  }
}

static void
print_going_broadcasts (GVariant *run)
{
  g_autoptr (CtlTable) table = ctl_table_new ();
  Rows rows = rows_open (run, "broadcast_items");
  GVariant *item;
  guint n = 0;

  ctl_table_add_column (table, _ ("KEY"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("STARTED"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("SIZE"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("ID"), CTL_COLUMN_PLAIN);
  while ((item = rows_next (&rows)) != NULL) {
    g_autofree char *size = ctl_size_text (tyto_dict_uint (item, "bytes", 0));
    g_autofree char *started = ctl_when_to_local (tyto_dict_string (item, "started_at", NULL));

    ctl_table_begin_row (table);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (item, "stream_key", ""));
    ctl_table_add_cell (table, CTL_COLOUR_NONE, started);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, size);
    ctl_table_add_cell (table, CTL_COLOUR_DIM, tyto_dict_string (item, "id", ""));
    g_variant_unref (item);
    n++;
  }
  if (n > 0) {
    ctl_table_print (table);
    g_print ("\n");
  }
}

/* The run when it is over. Takes @run. (transfer full) */
static GVariant *
await_end (CtlClient *client, GVariant *run, GError **error)
{
  while (run != NULL && g_str_equal (tyto_dict_string (run, "state", ""), "running")) {
    g_autoptr (GVariant) retention = ctl_client_poll (client, PATH, error);

    g_clear_pointer (&run, g_variant_unref);
    if (retention != NULL)
      run = g_variant_lookup_value (retention, "last_run", G_VARIANT_TYPE_VARDICT);
  }
  return run;
}

static GVariant *
make_body (gboolean dry_run, gboolean verbose, const char *camera)
{
  GVariantBuilder body = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&body, "{sv}", "dry_run", g_variant_new_boolean (dry_run));
  if (verbose)
    g_variant_builder_add (&body, "{sv}", "verbose", g_variant_new_boolean (TRUE));
  if (camera != NULL)
    g_variant_builder_add (&body, "{sv}", "camera", g_variant_new_string (camera));
  return g_variant_builder_end (&body);
}

gboolean
ctl_retention_run_run (CtlInvocation *invocation, GError **error)
{
  gboolean dry_run = FALSE, verbose = FALSE;
  g_autofree char *camera = NULL;
  const GOptionEntry entries[] = {
    { "dry-run", 'n', 0, G_OPTION_ARG_NONE, &dry_run, N_ ("Only list what would be deleted"),
      NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose,
      N_ ("With --dry-run: list each segment and broadcast"), NULL },
    { "camera", 'c', 0, G_OPTION_ARG_STRING, &camera, N_ ("Of this camera alone"), N_ ("ID") },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 0, 0, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GVariant) run = NULL;

  if (client == NULL || (camera != NULL && !tyto_id_check (camera, error)))
    return FALSE;
  run = ctl_client_call (client, "POST", PATH "/run", make_body (dry_run, verbose, camera), error);
  run = await_end (client, g_steal_pointer (&run), error);
  if (run == NULL)
    return FALSE;
  if (invocation->json) {
    ctl_print_json (run);
  } else {
    print_going (run);
    print_going_broadcasts (run);
    print_run (run);
  }
  invocation->exit_status = g_str_equal (tyto_dict_string (run, "state", ""), "done") ? 0 : 1;
  return TRUE;
}
