/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl catalogue copy: the catalogue's file into a shared database; without tytod. */
#include "tytoctl/ctl-commands.h"

#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "base/tyto-error.h"
#include "store/tyto-catalogue-copy.h"
#include "tytoctl/ctl-words.h"

#define SHOW_US (G_USEC_PER_SEC / 5)

typedef struct {
  gboolean quiet;
  gint64 shown_us; /* monotonic */
} Progress;

static void
show (const char *table, guint64 done, guint64 total, gpointer data)
{
  Progress *progress = data;
  g_autofree char *done_text = ctl_count_text (done);
  g_autofree char *total_text = ctl_count_text (total);
  gint64 now_us = g_get_monotonic_time ();

  if (progress->quiet || now_us < progress->shown_us + SHOW_US)
    return;
  progress->shown_us = now_us;
  g_printerr ("\r\033[K"); /* ECMA-48: erase to the end of the line */
  g_printerr (_ ("%s of %s rows copied (%s)"), done_text, total_text, table);
}

static char *
get_default_source (void)
{
  return geteuid () == 0 ? g_strdup ("/var/lib/tyto/catalogue.db")
                         : g_build_filename (g_get_user_state_dir (), "tyto", "catalogue.db", NULL);
}

/* What all see in the list of processes is no secret. */
static gboolean
check_uri (const char *uri, GError **error)
{
  g_autoptr (GUri) parsed = NULL;

  if (uri == NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    "Give --to postgresql://USER@HOST/DATABASE.", "Where to is not said.");
    return FALSE;
  }
  parsed = g_uri_parse (uri, G_URI_FLAGS_HAS_PASSWORD | G_URI_FLAGS_NON_DNS, NULL);
  if ((parsed == NULL || g_uri_get_password (parsed) == NULL) && strstr (uri, "password=") == NULL)
    return TRUE;
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  "Put it into ~/.pgpass or the environment variable PGPASSWORD.",
                  "A password has no place in the command line.");
  return FALSE;
}

gboolean
ctl_catalogue_copy_run (CtlInvocation *invocation, GError **error)
{
  g_autofree char *to = NULL;
  g_autofree char *source = NULL;
  g_autofree char *recorder = NULL;
  const GOptionEntry entries[] = {
    { "to", 0, 0, G_OPTION_ARG_STRING, &to, N_ ("Database to copy to (postgresql://USER@HOST/DB)"),
      N_ ("URI") },
    { "source", 0, 0, G_OPTION_ARG_FILENAME, &source,
      N_ ("The catalogue (STATE/catalogue.db of tytod)"), N_ ("FILE") },
    { "recorder", 0, 0, G_OPTION_ARG_STRING, &recorder,
      N_ ("Whose rows they are there (this host's name)"), N_ ("NAME") },
    { 0 },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 0, 0, error);
  Progress progress = { invocation->json || !isatty (STDERR_FILENO), 0 };
  guint64 total = 0;
  gboolean success;

  if (args == NULL || !check_uri (to, error))
    return FALSE;
  if (source == NULL)
    source = get_default_source ();
  success = tyto_catalogue_copy (source, to, NULL, recorder != NULL ? recorder : g_get_host_name (),
                                 show, &progress, &total, NULL, error);
  if (!progress.quiet)
    g_printerr ("\r\033[K");
  if (success && invocation->json) {
    ctl_print_json (g_variant_new_parsed ("{'rows': <%t>, 'recorder': <%s>}", total,
                                          recorder != NULL ? recorder : g_get_host_name ()));
  } else if (success) {
    g_autofree char *text = ctl_count_text (total);

    g_print (_ ("%s rows are there.\n"), text);
  }
  return success;
}
