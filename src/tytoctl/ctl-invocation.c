/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-invocation.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "tytoctl/ctl-terminal.h"

#define DEFAULT_URL "http://127.0.0.1:8083"

void
ctl_invocation_clear (CtlInvocation *self)
{
  g_clear_pointer (&self->args, g_strfreev);
  g_clear_pointer (&self->url, g_free);
  g_clear_pointer (&self->token_file, g_free);
}

void
ctl_invocation_add_global_options (CtlInvocation *self, GOptionContext *context)
{
  const GOptionEntry entries[] = {
    { "url", 0, 0, G_OPTION_ARG_STRING, &self->url,
      N_ ("Address of tytod (default: $TYTO_URL, else http://127.0.0.1:8083)"), N_ ("URL") },
    { "token-file", 0, 0, G_OPTION_ARG_FILENAME, &self->token_file,
      N_ ("File with the bearer token (default: $TYTO_TOKEN_FILE)"), N_ ("FILE") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_ ("Print JSON"), NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
}

static GOptionContext *
make_context (CtlInvocation *self, const GOptionEntry *entries)
{
  GOptionContext *context = g_option_context_new (
      *self->command->arguments != '\0' ? _ (self->command->arguments) : NULL);

  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, self->command->summary);
  if (*self->command->details != '\0')
    g_option_context_set_description (context, self->command->details);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  ctl_invocation_add_global_options (self, context);
  return context;
}

/* Words that put a secret where every user of the machine can read it. */
static gboolean
refuse_secrets (char **args, GError **error)
{
  for (guint i = 0; args[i] != NULL && !g_str_equal (args[i], "--"); i++) {
    gboolean password
        = g_str_equal (args[i], "--password") || g_str_has_prefix (args[i], "--password=");
    gboolean token = g_str_equal (args[i], "--token") || g_str_has_prefix (args[i], "--token=");

    if (!password && !token)
      continue;
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    password ? _ ("Give it by --password-file FILE, --password-file - (standard "
                                  "input), or leave it out to be asked.")
                             : _ ("Give it by --token-file FILE or $TYTO_TOKEN_FILE."),
                    _ ("A secret does not belong on the command line, which every user of this "
                       "machine can read."));
    return FALSE;
  }
  return TRUE;
}

static void
set_usage_error (CtlInvocation *self, const char *why, GError **error)
{
  g_autofree char *hint = g_strdup_printf (_ ("See: tytoctl help %s"), self->command->name);

  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, hint, "%s", why);
}

/* The "--" before the first argument that looks like an option is none itself. */
static void
drop_separator (char **words)
{
  while (*words != NULL && !g_str_equal (*words, "--"))
    words++;
  if (*words == NULL)
    return;
  g_free (*words);
  memmove (words, words + 1, sizeof (char *) * g_strv_length (words + 1) + sizeof (char *));
}

char **
ctl_invocation_parse (CtlInvocation *self, const GOptionEntry *entries, guint min, guint max,
                      GError **error)
{
  g_autoptr (GOptionContext) context = make_context (self, entries);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *name = g_strdup_printf ("tytoctl %s", self->command->name);
  g_autoptr (GError) cause = NULL;
  g_auto (GStrv) words = NULL;
  guint count;

  if (!refuse_secrets (self->args, error))
    return NULL;
  g_set_prgname (name); /* for "Usage:" */
  g_strv_builder_add (builder, name);
  g_strv_builder_addv (builder, (const char **) self->args);
  words = g_strv_builder_end (builder);
  if (!g_option_context_parse_strv (context, &words, &cause)) {
    set_usage_error (self, cause->message, error);
    return NULL;
  }
  drop_separator (words + 1);
  count = g_strv_length (words) - 1;
  if (count < min || count > max) {
    g_autofree char *why
        = count < min ? g_strdup (_ ("An argument is missing."))
                      : g_strdup_printf (_ ("\"%s\" is one argument too many."), words[1 + max]);

    set_usage_error (self, why, error);
    return NULL;
  }
  return g_strdupv (words + 1);
}

/* The first line of the token file; NULL without @error when there is no file. */
static gboolean
read_token (CtlInvocation *self, char **token, GError **error)
{
  const char *file = self->token_file != NULL ? self->token_file : g_getenv ("TYTO_TOKEN_FILE");
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;

  *token = NULL;
  if (file == NULL || *file == '\0')
    return TRUE;
  if (!g_file_get_contents (file, &text, NULL, &cause)) {
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, _ ("The token cannot be read: %s."),
                    cause->message);
    return FALSE;
  }
  g_strstrip (text);
  for (const char *at = text; *at != '\0'; at++) {
    if (*at <= ' ' || *at > '~') {
      tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                      _ ("The file shall hold the token on one line and nothing else."),
                      _ ("What is in %s is not a bearer token."), file);
      return FALSE;
    }
  }
  if (*text != '\0')
    *token = g_steal_pointer (&text);
  return TRUE;
}

CtlClient *
ctl_invocation_connect (CtlInvocation *self, GError **error)
{
  const char *url = self->url != NULL ? self->url : g_getenv ("TYTO_URL");
  g_autofree char *token = NULL;

  if (!read_token (self, &token, error))
    return NULL;
  return ctl_client_new (url != NULL && *url != '\0' ? url : DEFAULT_URL, token, error);
}

void
ctl_print_json (GVariant *value)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (value);
  g_autofree char *text = tyto_json_from_variant (sunk, TRUE);

  g_print ("%s%s", text, g_str_has_suffix (text, "\n") ? "" : "\n");
}

GVariant *
ctl_items_to_variant (GPtrArray *items)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < items->len; i++)
    g_variant_builder_add_value (&builder, items->pdata[i]);
  return g_variant_builder_end (&builder);
}

void
ctl_print_json_array (GPtrArray *items)
{
  ctl_print_json (ctl_items_to_variant (items));
}

static void
print_problem (const TytoErrorInfo *info, const char *why, const char *hint)
{
  g_autofree char *type = g_strdup_printf ("/problems/%s", info->name);
  g_autofree char *text = NULL;
  g_autoptr (GVariant) problem = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "type", g_variant_new_string (type));
  g_variant_builder_add (&builder, "{sv}", "title", g_variant_new_string (info->title));
  g_variant_builder_add (&builder, "{sv}", "status", g_variant_new_uint32 (info->http_status));
  g_variant_builder_add (&builder, "{sv}", "detail", g_variant_new_string (why));
  if (hint != NULL)
    g_variant_builder_add (&builder, "{sv}", "hint", g_variant_new_string (hint));
  problem = g_variant_ref_sink (g_variant_builder_end (&builder));
  text = tyto_json_from_variant (problem, FALSE);
  g_printerr ("%s\n", text);
}

int
ctl_print_error (const GError *error, gboolean json)
{
  const TytoErrorInfo *info = tyto_error_info (error);
  g_autofree char *why = tyto_error_why (error);
  const char *hint = tyto_error_hint (error);

  if (json) {
    print_problem (info, why, hint);
  } else {
    g_autofree char *clean_why = ctl_terminal_clean (why);
    g_autofree char *clean_hint = hint != NULL ? ctl_terminal_clean (hint) : NULL;

    g_printerr ("tytoctl: %s\n", clean_why);
    if (clean_hint != NULL)
      g_printerr ("  %s\n", clean_hint);
  }
  return info->exit_code;
}
