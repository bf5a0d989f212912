/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl webhook add and change: options become the members of the API's webhook. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>
#include <unistd.h>

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "tytoctl/ctl-password.h"
#include "tytoctl/ctl-terminal.h"
#include "tytoctl/ctl-webhook.h"

typedef struct {
  char **events;
  char *secret_file;
  gboolean enabled;
  gboolean disabled;
} Options;

static void
options_clear (Options *options)
{
  g_strfreev (options->events);
  g_free (options->secret_file);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* The entries that `add` and `change` share, and @enabled for `change`. */
static GArray *
make_entries (Options *o, gboolean change)
{
  const GOptionEntry entries[] = {
    { "event", 'e', 0, G_OPTION_ARG_STRING_ARRAY, &o->events,
      N_ ("What to send, may be given again: alert.raised, alert.cleared, segment.closed, "
          "segment.archived, gap.opened, gap.closed, camera.state, broadcast.started, "
          "broadcast.ended, broadcast.completed, broadcast.failed"),
      N_ ("EVENT") },
    { "secret-file", 0, 0, G_OPTION_ARG_FILENAME, &o->secret_file,
      N_ ("File with the secret (whsec_…) to sign with; - for standard input"), N_ ("FILE") },
    { "disabled", 0, 0, G_OPTION_ARG_NONE, &o->disabled, N_ ("Send nothing"), NULL },
  };
  const GOptionEntry enabled
      = { "enabled", 0, 0, G_OPTION_ARG_NONE, &o->enabled, N_ ("Send again"), NULL };
  GArray *array = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  g_array_append_vals (array, entries, G_N_ELEMENTS (entries));
  if (change)
    g_array_append_val (array, enabled);
  return array;
}

static char *
read_secret (const char *file, GError **error)
{
  if (g_str_equal (file, "-") && isatty (STDIN_FILENO))
    return ctl_terminal_read_secret (_ ("Secret of the webhook: "), error);
  return ctl_password_read (file, error);
}

/* The members that were given, or NULL. */
static GVariant *
make_body (const Options *options, const char *id, const char *url, GError **error)
{
  g_autoptr (GVariantBuilder) builder = g_variant_builder_new (G_VARIANT_TYPE_VARDICT);
  g_autofree char *secret = NULL;

  if (options->enabled && options->disabled) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, NULL,
                    _ ("Two of the options contradict each other."));
    return NULL;
  }
  if (options->secret_file != NULL) {
    secret = read_secret (options->secret_file, error);
    if (secret == NULL)
      return NULL;
    g_variant_builder_add (builder, "{sv}", "secret", g_variant_new_string (secret));
  }
  if (id != NULL)
    g_variant_builder_add (builder, "{sv}", "id", g_variant_new_string (id));
  if (url != NULL)
    g_variant_builder_add (builder, "{sv}", "url", g_variant_new_string (url));
  if (options->events != NULL)
    g_variant_builder_add (builder, "{sv}", "events",
                           g_variant_new_strv ((const char *const *) options->events, -1));
  if (options->enabled || options->disabled)
    g_variant_builder_add (builder, "{sv}", "enabled", g_variant_new_boolean (options->enabled));
  return g_variant_ref_sink (g_variant_builder_end (builder));
}

static GVariant *
call (CtlInvocation *invocation, const char *method, const char *path, GVariant *body,
      GError **error)
{
  g_autoptr (CtlClient) client = ctl_invocation_connect (invocation, error);

  return client != NULL ? ctl_client_call (client, method, path, body, error) : NULL;
}

gboolean
ctl_webhook_add_run (CtlInvocation *invocation, GError **error)
{
  g_auto (Options) options = { 0 };
  g_autoptr (GArray) entries = make_entries (&options, FALSE);
  g_auto (GStrv) args
      = ctl_invocation_parse (invocation, (GOptionEntry *) (gpointer) entries->data, 1, 2, error);
  g_autoptr (GVariant) body = NULL;
  g_autoptr (GVariant) webhook = NULL;
  const char *id;

  if (args == NULL)
    return FALSE;
  id = args[1] != NULL ? args[0] : NULL;
  if (id != NULL && !tyto_id_check (id, error))
    return FALSE;
  body = make_body (&options, id, id != NULL ? args[1] : args[0], error);
  webhook = body != NULL ? call (invocation, "POST", CTL_WEBHOOKS, body, error) : NULL;
  if (webhook == NULL)
    return FALSE;
  if (invocation->json) {
    ctl_print_json (webhook);
    return TRUE;
  }
  g_print (_ ("%s is added.\n"), tyto_dict_string (webhook, "id", ""));
  ctl_webhook_print_secret (webhook);
  return TRUE;
}

gboolean
ctl_webhook_change_run (CtlInvocation *invocation, GError **error)
{
  g_auto (Options) options = { 0 };
  g_autoptr (GArray) entries = make_entries (&options, TRUE);
  g_auto (GStrv) args
      = ctl_invocation_parse (invocation, (GOptionEntry *) (gpointer) entries->data, 1, 2, error);
  g_autofree char *path = args != NULL ? ctl_webhook_path (args[0], "", error) : NULL;
  g_autoptr (GVariant) body = path != NULL ? make_body (&options, NULL, args[1], error) : NULL;
  g_autoptr (GVariant) webhook = NULL;

  if (body == NULL)
    return FALSE;
  if (g_variant_n_children (body) == 0) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, _ ("See: tytoctl help webhook change"),
                    _ ("What shall change? No option was given."));
    return FALSE;
  }
  webhook = call (invocation, "PATCH", path, body, error);
  if (webhook == NULL)
    return FALSE;
  if (invocation->json)
    ctl_print_json (webhook);
  else
    g_print (_ ("%s is changed.\n"), args[0]);
  return TRUE;
}
