/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl report: was anything lost? */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>

#include "base/tyto-json.h"
#include "tytoctl/ctl-table.h"
#include "tytoctl/ctl-words.h"

enum {
  SEGMENTS,
  FRAMES_RECEIVED,
  FRAMES_RECORDED,
  FRAMES_LOST,
  PACKETS_LOST,
  GAPS,
  BYTES,
  COUNTS,
};

static const char *const members[COUNTS] = {
  "segments", "frames_received", "frames_recorded", "frames_lost", "packets_lost", "gaps", "bytes",
};

static gboolean
is_complete (const guint64 *counts)
{
  return counts[FRAMES_LOST] == 0 && counts[PACKETS_LOST] == 0 && counts[GAPS] == 0;
}

static void
add_row (CtlTable *table, const char *name, const guint64 *counts)
{
  ctl_table_begin_row (table);
  ctl_table_add_cell (table, CTL_COLOUR_NONE, name);
  for (guint i = 0; i < COUNTS; i++) {
    gboolean loss = i == FRAMES_LOST || i == PACKETS_LOST || i == GAPS;
    g_autofree char *text = i == BYTES ? ctl_size_text (counts[i]) : ctl_count_text (counts[i]);

    ctl_table_add_cell (table, loss && counts[i] > 0 ? CTL_COLOUR_RED : CTL_COLOUR_NONE, text);
  }
}

static CtlTable *
make_table (void)
{
  CtlTable *table = ctl_table_new ();

  ctl_table_add_column (table, _ ("CAMERA"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("SEGMENTS"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("RECEIVED"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("RECORDED"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("LOST"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("PACKETS LOST"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("GAPS"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("SIZE"), CTL_COLUMN_RIGHT);
  return table;
}

static GVariant *
counts_to_variant (const char *id, const guint64 *counts)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  if (id != NULL)
    g_variant_builder_add (&builder, "{sv}", "id", g_variant_new_string (id));
  for (guint i = 0; i < COUNTS; i++)
    g_variant_builder_add (&builder, "{sv}", members[i], g_variant_new_uint64 (counts[i]));
  return g_variant_builder_end (&builder);
}

/* What was lost in the words of @format, which has one %s. */
static void
add_part (GPtrArray *parts, guint64 count, const char *format)
{
  g_autofree char *text = ctl_count_text (count);
  g_auto (GStrv) around = g_strsplit (format, "%s", 2);

  if (count > 0)
    g_ptr_array_add (parts, g_strconcat (around[0], text, around[1], NULL));
}

static void
print_sentence (const guint64 *total)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *list = NULL;

  if (is_complete (total)) {
    g_print (_ ("Nothing was lost.\n"));
    return;
  }
  add_part (parts, total[FRAMES_LOST], ngettext ("%s frame", "%s frames", total[FRAMES_LOST]));
  add_part (parts, total[PACKETS_LOST], ngettext ("%s packet", "%s packets", total[PACKETS_LOST]));
  add_part (parts, total[GAPS],
            ngettext ("what fell into %s gap", "what fell into %s gaps", total[GAPS]));
  g_ptr_array_add (parts, NULL);
  list = g_strjoinv (", ", (char **) parts->pdata);
  g_print (_ ("Lost: %s. See: tytoctl gaps\n"), list);
}

static void
print_json (GVariantBuilder *cameras, const guint64 *total)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "complete", g_variant_new_boolean (is_complete (total)));
  g_variant_builder_add (&builder, "{sv}", "cameras", g_variant_builder_end (cameras));
  g_variant_builder_add (&builder, "{sv}", "total", counts_to_variant (NULL, total));
  ctl_print_json (g_variant_builder_end (&builder));
}

gboolean
ctl_report_run (CtlInvocation *invocation, GError **error)
{
  g_auto (GStrv) args = ctl_invocation_parse (invocation, NULL, 0, 0, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GPtrArray) cameras = client != NULL ? ctl_client_list_cameras (client, error) : NULL;
  g_autoptr (CtlTable) table = make_table ();
  g_autoptr (GVariantBuilder) builder = g_variant_builder_new (G_VARIANT_TYPE ("aa{sv}"));
  guint64 total[COUNTS] = { 0 };

  if (cameras == NULL)
    return FALSE;
  for (guint c = 0; c < cameras->len; c++) {
    const char *id = tyto_dict_string (cameras->pdata[c], "id", "");
    guint64 counts[COUNTS];

    for (guint i = 0; i < COUNTS; i++) {
      counts[i] = tyto_dict_uint (cameras->pdata[c], members[i], 0);
      total[i] += counts[i];
    }
    add_row (table, id, counts);
    g_variant_builder_add_value (builder, counts_to_variant (id, counts));
  }
  invocation->exit_status = is_complete (total) ? 0 : 1;
  if (invocation->json) {
    print_json (builder, total);
    return TRUE;
  }
  if (cameras->len > 0)
    ctl_table_add_rule (table);
  add_row (table, _ ("total"), total);
  ctl_table_print (table);
  print_sentence (total);
  return TRUE;
}
