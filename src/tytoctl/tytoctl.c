/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl: the command line of Tyto. Exit codes: sysexits(3), by the table in base/tyto-error.h. */
#include <glib/gi18n.h>
#include <locale.h>
#include <string.h>
#include <sysexits.h>

#include "base/tyto-error.h"
#include "tytoctl/ctl-commands.h"

/* gettext(1)'s own variable, for translations that are not installed. */
static void
set_up_language (void)
{
  const char *directory = g_getenv ("TEXTDOMAINDIR");

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, directory != NULL ? directory : LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

static gboolean
wants_json (char *const *words)
{
  for (; *words != NULL && !g_str_equal (*words, "--"); words++)
    if (g_str_equal (*words, "--json"))
      return TRUE;
  return FALSE;
}

/* Takes the global options that stand before the command out of @words. */
static gboolean
parse_global (CtlInvocation *invocation, char ***words, gboolean *help, gboolean *version,
              GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) cause = NULL;
  const GOptionEntry entries[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, help, NULL, NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, version, NULL, NULL },
    { NULL },
  };

  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_strict_posix (context, TRUE);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  ctl_invocation_add_global_options (invocation, context);
  if (g_option_context_parse_strv (context, words, &cause))
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, _ ("See: tytoctl help"), "%s",
                  cause->message);
  return FALSE;
}

gboolean
ctl_version_run (CtlInvocation *invocation, GError **error)
{
  g_auto (GStrv) args = ctl_invocation_parse (invocation, NULL, 0, 0, error);
  g_autoptr (CtlClient) client = args != NULL ? ctl_invocation_connect (invocation, error) : NULL;
  g_autoptr (GVariant) status = NULL;
  g_autoptr (GError) unreachable = NULL;
  GVariantBuilder builder;
  const char *server = NULL;

  if (client == NULL)
    return FALSE;
  status = ctl_client_call (client, "GET", "/api/v1/status", NULL, &unreachable);
  if (status != NULL)
    g_variant_lookup (status, "version", "&s", &server);
  if (!invocation->json) {
    g_print ("tytoctl %s\n", TYTO_VERSION);
    if (server != NULL)
      g_print ("tytod %s (%s)\n", server, ctl_client_get_url (client));
    return TRUE;
  }
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "tytoctl", g_variant_new_string (TYTO_VERSION));
  if (server != NULL)
    g_variant_builder_add (&builder, "{sv}", "tytod", g_variant_new_string (server));
  ctl_print_json (g_variant_builder_end (&builder));
  return TRUE;
}

static gboolean run_words (CtlInvocation *invocation, char *const *words, GError **error);

gboolean
ctl_help_run (CtlInvocation *invocation, GError **error)
{
  g_auto (GStrv) args = ctl_invocation_parse (invocation, NULL, 0, 3, error);
  g_autofree char *overview = NULL;
  guint used;

  if (args == NULL)
    return FALSE;
  if (args[0] != NULL && ctl_command_find (args, &used, error) != NULL) {
    g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
    g_auto (GStrv) words = NULL;

    for (guint i = 0; i < used; i++)
      g_strv_builder_add (builder, args[i]);
    g_strv_builder_add (builder, "--help");
    words = g_strv_builder_end (builder);
    return run_words (invocation, words, error);
  }
  if (args[0] != NULL)
    return FALSE;
  overview = ctl_command_overview ();
  g_print ("%s", overview);
  return TRUE;
}

static gboolean
run_words (CtlInvocation *invocation, char *const *words, GError **error)
{
  guint used;

  invocation->command = ctl_command_find (words, &used, error);
  if (invocation->command == NULL)
    return FALSE;
  g_strfreev (invocation->args);
  invocation->args = g_strdupv ((char **) words + used);
  return invocation->command->run (invocation, error);
}

static gboolean
run (CtlInvocation *invocation, char ***words, GError **error)
{
  static char *const help_words[] = { (char *) "help", NULL };
  static char *const version_words[] = { (char *) "version", NULL };
  gboolean help = FALSE, version = FALSE;

  if (!parse_global (invocation, words, &help, &version, error))
    return FALSE;
  if (help)
    return run_words (invocation, help_words, error);
  if (version)
    return run_words (invocation, version_words, error);
  if ((*words)[1] != NULL)
    return run_words (invocation, *words + 1, error);
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, _ ("See: tytoctl help"),
                  _ ("Which command?"));
  return FALSE;
}

int
main (int argc, char **argv)
{
  g_auto (CtlInvocation) invocation = { 0 };
  g_auto (GStrv) words = g_strdupv (argv);
  g_autoptr (GError) error = NULL;
  gboolean json = wants_json (argv);

  set_up_language ();
  g_set_prgname ("tytoctl");
  if (words == NULL || words[0] == NULL)
    return EX_USAGE;
  if (!run (&invocation, &words, &error))
    return ctl_print_error (error, json);
  return invocation.exit_status;
}
