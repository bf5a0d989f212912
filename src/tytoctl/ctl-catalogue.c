/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl catalogue check, rebuild: whether recordings and catalogue agree, and making them. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>
#include <unistd.h>

#include "base/tyto-json.h"
#include "tytoctl/ctl-table.h"
#include "tytoctl/ctl-words.h"

#define PATH "/api/v1/catalogue/check"

static const struct {
  const char *kind;
  const char *word;
  CtlColour colour;
} kinds[] = {
  { "recovered", N_ ("recovered"), CTL_COLOUR_GREEN },
  { "entered", N_ ("entered"), CTL_COLOUR_GREEN },
  { "broadcast", N_ ("broadcasts entered"), CTL_COLOUR_GREEN },
  { "moved", N_ ("moved"), CTL_COLOUR_YELLOW },
  { "unfinished", N_ ("unfinished"), CTL_COLOUR_YELLOW },
  { "no-row", N_ ("not in the catalogue"), CTL_COLOUR_YELLOW },
  { "missing", N_ ("its file is gone"), CTL_COLOUR_RED },
  { "archived", N_ ("in the archive alone"), CTL_COLOUR_NONE },
  { "absent", N_ ("disk is away?"), CTL_COLOUR_YELLOW },
  { "changed", N_ ("another size"), CTL_COLOUR_YELLOW },
  { "damaged", N_ ("damaged"), CTL_COLOUR_RED },
  { "empty", N_ ("nothing in it"), CTL_COLOUR_NONE },
  { "unknown", N_ ("not ours"), CTL_COLOUR_NONE },
  { "failed", N_ ("failed"), CTL_COLOUR_RED },
};

/* A line on the terminal that the next one writes over; none when standard error is no terminal. */
static void
show_progress (GVariant *report)
{
  g_autofree char *rows = ctl_count_text (tyto_dict_uint (report, "rows", 0));
  g_autofree char *files = ctl_count_text (tyto_dict_uint (report, "files", 0));

  if (!isatty (STDERR_FILENO))
    return;
  g_printerr ("\r");
  g_printerr (_ ("%s rows and %s files compared"), rows, files);
}

static void
end_progress (void)
{
  if (isatty (STDERR_FILENO))
    g_printerr ("\r\033[K"); /* ECMA-48: erase to the end of the line */
}

/* The report when it is over. (transfer full) */
static GVariant *
run (CtlClient *client, const char *path, GVariant *body, gboolean quiet, GError **error)
{
  g_autoptr (GVariant) report = ctl_client_call (client, "POST", path, body, error);

  while (report != NULL && g_str_equal (tyto_dict_string (report, "state", ""), "running")) {
    if (!quiet)
      show_progress (report);
    g_clear_pointer (&report, g_variant_unref);
    report = ctl_client_poll (client, PATH, error);
  }
  if (!quiet)
    end_progress ();
  return g_steal_pointer (&report);
}

static guint
find_kind (const char *kind)
{
  guint i = 0;

  while (i + 1 < G_N_ELEMENTS (kinds) && !g_str_equal (kinds[i].kind, kind))
    i++;
  return i;
}

static void
print_findings (GVariant *report)
{
  g_autoptr (GVariant) findings = g_variant_lookup_value (report, "findings", NULL);
  g_autoptr (CtlTable) table = ctl_table_new ();
  gsize n = findings != NULL ? g_variant_n_children (findings) : 0;

  if (n == 0)
    return;
  ctl_table_add_column (table, _ ("WHAT"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("FILE"), CTL_COLUMN_CUT_START);
  for (gsize i = 0; i < n; i++) {
    g_autoptr (GVariant) child = g_variant_get_child_value (findings, i);
    g_autoptr (GVariant) finding = g_variant_is_of_type (child, G_VARIANT_TYPE_VARIANT)
                                       ? g_variant_get_variant (child)
                                       : g_variant_ref (child);
    guint kind = find_kind (tyto_dict_string (finding, "kind", ""));

    ctl_table_begin_row (table);
    ctl_table_add_cell (table, kinds[kind].colour, _ (kinds[kind].word));
    ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (finding, "path", ""));
    if (*tyto_dict_string (finding, "detail", "") != '\0')
      ctl_table_add_note (table, CTL_COLOUR_DIM, tyto_dict_string (finding, "detail", ""));
  }
  ctl_table_print (table);
  g_print ("\n");
}

static void
print_sums (GVariant *report)
{
  g_autoptr (GVariant) counts = g_variant_lookup_value (report, "counts", G_VARIANT_TYPE_VARDICT);
  g_autofree char *rows = ctl_count_text (tyto_dict_uint (report, "rows", 0));
  g_autofree char *files = ctl_count_text (tyto_dict_uint (report, "files", 0));

  g_print (_ ("%s rows and %s files compared"), rows, files);
  for (guint i = 0; counts != NULL && i < G_N_ELEMENTS (kinds); i++) {
    g_autofree char *member = g_strdelimit (g_strdup (kinds[i].kind), "-", '_');
    g_autofree char *count = ctl_count_text (tyto_dict_uint (counts, member, 0));

    if (tyto_dict_uint (counts, member, 0) > 0)
      g_print ("; %s: %s", _ (kinds[i].word), count);
  }
  g_print ("\n");
}

/* @body: (nullable): consumed when floating */
static gboolean
run_verb (CtlInvocation *invocation, const char *path, GVariant *body, GError **error)
{
  g_autoptr (GVariant) sent = body != NULL ? g_variant_ref_sink (body) : NULL;
  g_autoptr (CtlClient) client = ctl_invocation_connect (invocation, error);
  g_autoptr (GVariant) report
      = client != NULL ? run (client, path, sent, invocation->json, error) : NULL;
  gboolean failed;

  if (report == NULL)
    return FALSE;
  failed = g_str_equal (tyto_dict_string (report, "state", ""), "failed");
  if (invocation->json) {
    ctl_print_json (report);
  } else {
    print_findings (report);
    print_sums (report);
    if (failed)
      g_printerr (_ ("It was not finished: %s\n"), tyto_dict_string (report, "error", ""));
  }
  invocation->exit_status = !failed && tyto_dict_boolean (report, "well", FALSE) ? 0 : 1;
  return TRUE;
}

gboolean
ctl_catalogue_check_run (CtlInvocation *invocation, GError **error)
{
  g_auto (GStrv) args = ctl_invocation_parse (invocation, NULL, 0, 0, error);

  return args != NULL && run_verb (invocation, PATH, NULL, error);
}

gboolean
ctl_catalogue_rebuild_run (CtlInvocation *invocation, GError **error)
{
  gboolean from_bucket = FALSE;
  const GOptionEntry entries[] = {
    { "from-bucket", 0, 0, G_OPTION_ARG_NONE, &from_bucket,
      N_ ("Enter what is in the archive's bucket, not in the directory of recordings"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 0, 0, error);
  GVariantDict body;

  if (args == NULL)
    return FALSE;
  g_variant_dict_init (&body, NULL);
  g_variant_dict_insert (&body, "source", "s", from_bucket ? "bucket" : "files");
  return run_verb (invocation, "/api/v1/catalogue/rebuild", g_variant_dict_end (&body), error);
}
