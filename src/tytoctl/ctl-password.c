/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-password.h"

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <glib/gi18n.h>
#include <string.h>
#include <unistd.h>

#include "base/tyto-error.h"
#include "tytoctl/ctl-terminal.h"

#define LONGEST 1024

gboolean
ctl_password_can_ask (void)
{
  return isatty (STDIN_FILENO) && isatty (STDERR_FILENO);
}

char *
ctl_password_ask (const char *user, GError **error)
{
  g_autofree char *clean = user != NULL ? ctl_terminal_clean (user) : NULL;
  g_autofree char *prompt = clean != NULL
                                ? g_strdup_printf (_ ("Password of %s at the camera: "), clean)
                                : g_strdup (_ ("Password at the camera: "));

  return ctl_terminal_read_secret (prompt, error);
}

static GInputStream *
open_source (const char *file, GError **error)
{
  g_autoptr (GFile) source = NULL;

  if (g_str_equal (file, "-"))
    return g_unix_input_stream_new (STDIN_FILENO, FALSE);
  source = g_file_new_for_commandline_arg (file);
  return G_INPUT_STREAM (g_file_read (source, NULL, error));
}

char *
ctl_password_read (const char *file, GError **error)
{
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GError) cause = NULL;
  g_autofree char *text = NULL;
  gsize length = 0;

  if (g_str_equal (file, "-") && isatty (STDIN_FILENO))
    return ctl_password_ask (NULL, error);
  text = g_malloc0 (LONGEST + 2);
  stream = open_source (file, &cause);
  if (stream == NULL
      || !g_input_stream_read_all (stream, text, LONGEST + 1, &length, NULL, &cause)) {
    tyto_set_error (error, TYTO_ERROR_NOT_FOUND, NULL, _ ("The password cannot be read: %s."),
                    cause->message);
    return NULL;
  }
  text[MIN (length, strcspn (text, "\r\n"))] = '\0';
  if (*text != '\0' && strlen (text) <= LONGEST && g_utf8_validate (text, -1, NULL))
    return g_steal_pointer (&text);
  tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                  _ ("It is the first line: UTF-8 text of 1 to 1024 bytes."),
                  _ ("There is no password in %s."),
                  g_str_equal (file, "-") ? _ ("standard input") : file);
  return NULL;
}
