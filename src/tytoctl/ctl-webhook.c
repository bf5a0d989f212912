/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl webhook list, show, remove, rotate, test. */
#include "tytoctl/ctl-webhook.h"

#include <glib/gi18n.h>

#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "tytoctl/ctl-commands.h"
#include "tytoctl/ctl-list.h"
#include "tytoctl/ctl-removal.h"
#include "tytoctl/ctl-table.h"
#include "tytoctl/ctl-words.h"

char *
ctl_webhook_path (const char *id, const char *suffix, GError **error)
{
  return tyto_id_check (id, error) ? g_strconcat (CTL_WEBHOOKS "/", id, suffix, NULL) : NULL;
}

/* The list @webhook has under "events", as words. (transfer full) */
static char *
events_text (GVariant *webhook)
{
  g_autoptr (GVariant) events = g_variant_lookup_value (webhook, "events", NULL);
  g_autoptr (GStrvBuilder) words = g_strv_builder_new ();
  g_auto (GStrv) list = NULL;

  for (gsize i = 0; events != NULL && i < g_variant_n_children (events); i++) {
    g_autoptr (GVariant) child = g_variant_get_child_value (events, i);
    g_autoptr (GVariant) word = g_variant_get_variant (child);

    g_strv_builder_add (words, g_variant_get_string (word, NULL));
  }
  list = g_strv_builder_end (words);
  return g_strjoinv (", ", list);
}

/* --- list --- */

static const char *
state_word (GVariant *webhook, CtlColour *colour)
{
  const char *last_ok = tyto_dict_string (webhook, "last_delivery_at", "");
  const char *last_error = tyto_dict_string (webhook, "last_error_at", "");

  *colour = CTL_COLOUR_DIM;
  if (!tyto_dict_boolean (webhook, "enabled", FALSE))
    return _ ("off");
  /* RFC 3339 in UTC, always with milliseconds: text compares as time does. */
  if (g_strcmp0 (last_error, last_ok) > 0) {
    *colour = CTL_COLOUR_RED;
    return _ ("failing");
  }
  if (*last_ok == '\0')
    return _ ("unused");
  *colour = CTL_COLOUR_GREEN;
  return _ ("works");
}

static void
print_table (GPtrArray *webhooks)
{
  g_autoptr (CtlTable) table = ctl_table_new ();

  ctl_table_add_column (table, _ ("WEBHOOK"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("STATE"), CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, _ ("WAITING"), CTL_COLUMN_RIGHT);
  ctl_table_add_column (table, _ ("URL"), CTL_COLUMN_CUT_END);
  ctl_table_add_column (table, _ ("EVENTS"), CTL_COLUMN_CUT_END | CTL_COLUMN_OPTIONAL);
  for (guint i = 0; i < webhooks->len; i++) {
    GVariant *webhook = webhooks->pdata[i];
    g_autofree char *waiting = ctl_count_text (tyto_dict_uint (webhook, "pending", 0));
    g_autofree char *events = events_text (webhook);
    CtlColour colour;
    const char *state = state_word (webhook, &colour);

    ctl_table_begin_row (table);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (webhook, "id", ""));
    ctl_table_add_cell (table, colour, state);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, waiting);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, tyto_dict_string (webhook, "url", ""));
    ctl_table_add_cell (table, CTL_COLOUR_NONE, events);
    if (colour == CTL_COLOUR_RED)
      ctl_table_add_note (table, CTL_COLOUR_DIM, tyto_dict_string (webhook, "last_error", ""));
  }
  ctl_table_print (table);
}

gboolean
ctl_webhook_list_run (CtlInvocation *invocation, GError **error)
{
  return ctl_list_run (invocation, CTL_WEBHOOKS,
                       _ ("No webhooks yet: tytoctl webhook add ID URL\n"), print_table, error);
}

/* --- show --- */

static void
print_webhook (GVariant *webhook)
{
  g_autoptr (CtlTable) table = ctl_table_new ();
  GVariantIter iter;
  const char *key;
  GVariant *value;

  ctl_table_add_column (table, "", CTL_COLUMN_PLAIN);
  ctl_table_add_column (table, "", CTL_COLUMN_PLAIN);
  g_variant_iter_init (&iter, webhook);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value)) {
    g_autofree char *text
        = g_str_equal (key, "events") ? events_text (webhook) : ctl_value_text (value);

    if (*text == '\0')
      continue;
    ctl_table_begin_row (table);
    ctl_table_add_cell (table, CTL_COLOUR_DIM, key);
    ctl_table_add_cell (table, CTL_COLOUR_NONE, text);
  }
  ctl_table_print (table);
}

/* Does @method on the one webhook that is named. (transfer full) */
static GVariant *
call_one (CtlInvocation *invocation, const char *method, const char *suffix, GError **error)
{
  g_auto (GStrv) args = ctl_invocation_parse (invocation, NULL, 1, 1, error);
  g_autofree char *path = args != NULL ? ctl_webhook_path (args[0], suffix, error) : NULL;
  g_autoptr (CtlClient) client = path != NULL ? ctl_invocation_connect (invocation, error) : NULL;

  return client != NULL ? ctl_client_call (client, method, path, NULL, error) : NULL;
}

gboolean
ctl_webhook_show_run (CtlInvocation *invocation, GError **error)
{
  g_autoptr (GVariant) webhook = call_one (invocation, "GET", "", error);

  if (webhook == NULL)
    return FALSE;
  if (invocation->json)
    ctl_print_json (webhook);
  else
    print_webhook (webhook);
  return TRUE;
}

/* --- rotate, test --- */

void
ctl_webhook_print_secret (GVariant *webhook)
{
  const char *secret = tyto_dict_string (webhook, "secret", NULL);

  if (secret == NULL)
    return;
  g_print (_ ("Its secret, shown this once: "));
  g_print ("%s\n", secret);
}

gboolean
ctl_webhook_rotate_run (CtlInvocation *invocation, GError **error)
{
  g_autoptr (GVariant) webhook = call_one (invocation, "POST", "/rotate", error);

  if (webhook == NULL)
    return FALSE;
  if (invocation->json) {
    ctl_print_json (webhook);
    return TRUE;
  }
  ctl_webhook_print_secret (webhook);
  g_print (_ ("The one before signs too for 24 hours.\n"));
  return TRUE;
}

gboolean
ctl_webhook_test_run (CtlInvocation *invocation, GError **error)
{
  g_autoptr (GVariant) outcome = call_one (invocation, "POST", "/test", error);
  gboolean delivered;

  if (outcome == NULL)
    return FALSE;
  delivered = tyto_dict_boolean (outcome, "delivered", FALSE);
  invocation->exit_status = delivered ? 0 : 1;
  if (invocation->json) {
    ctl_print_json (outcome);
  } else if (delivered) {
    g_autofree char *took = ctl_seconds_text (tyto_dict_double (outcome, "duration", 0));
    guint status = (guint) tyto_dict_uint (outcome, "status", 0);

    g_print (_ ("Delivered: the receiver answered %u after %s.\n"), status, took);
  } else {
    g_autofree char *why = ctl_terminal_clean (tyto_dict_string (outcome, "error", ""));

    g_print (_ ("Not delivered: %s.\n"), why);
  }
  return TRUE;
}

/* --- remove --- */

gboolean
ctl_webhook_remove_run (CtlInvocation *invocation, GError **error)
{
  const CtlRemoval removal = { CTL_WEBHOOKS, tyto_id_check, ctl_terminal_confirm_forgetting,
                               _ ("%s is forgotten, and what waited for it.") };

  return ctl_removal_run (invocation, &removal, error);
}
