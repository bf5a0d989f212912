/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/tyto-error.h"

guint
ctl_terminal_width (void)
{
  struct winsize size;

  if (!isatty (STDOUT_FILENO))
    return 0;
  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  return 80;
}

gboolean
ctl_terminal_has_colour (void)
{
  const char *no_color = g_getenv ("NO_COLOR");
  const char *term = g_getenv ("TERM");

  return isatty (STDOUT_FILENO) && (no_color == NULL || *no_color == '\0')
         && g_strcmp0 (term, "dumb") != 0;
}

static const char *
colour_sequence (CtlColour colour)
{
  switch (colour) {
  case CTL_COLOUR_BOLD:
    return "\033[1m";
  case CTL_COLOUR_DIM:
    return "\033[2m";
  case CTL_COLOUR_GREEN:
    return "\033[32m";
  case CTL_COLOUR_YELLOW:
    return "\033[33m";
  case CTL_COLOUR_RED:
    return "\033[31m";
  case CTL_COLOUR_NONE:
  default:
    return "";
  }
}

char *
ctl_terminal_paint (const char *text, CtlColour colour, gboolean enabled)
{
  if (!enabled || colour == CTL_COLOUR_NONE)
    return g_strdup (text);
  return g_strconcat (colour_sequence (colour), text, "\033[0m", NULL);
}

char *
ctl_terminal_clean (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *clean = g_string_new (NULL);

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    if (c == '\n')
      g_string_append_c (clean, '\n');
    else if (c == '\t')
      g_string_append_c (clean, ' ');
    else if (g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT)
      g_string_append_unichar (clean, 0xfffd);
    else
      g_string_append_unichar (clean, c);
  }
  return g_string_free (clean, FALSE);
}

guint
ctl_terminal_text_width (const char *text)
{
  guint width = 0;

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
    gunichar c = g_utf8_get_char (at);

    if (!g_unichar_iszerowidth (c))
      width += g_unichar_iswide (c) ? 2 : 1;
  }
  return width;
}

static int
open_terminal (GError **error)
{
  int tty = open ("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

  if (tty < 0)
    tyto_set_error (error, TYTO_ERROR_WRONG_STATE, NULL, _ ("There is no terminal to ask on: %s."),
                    g_strerror (errno));
  return tty;
}

static void
write_text (int fd, const char *text)
{
  gsize left = strlen (text);

  while (left > 0) {
    gssize n = write (fd, text, left);

    if (n < 0 && errno != EINTR)
      return;
    if (n > 0) {
      text += n;
      left -= (gsize) n;
    }
  }
}

/* Waits for a line on @tty, or for a signal on @signals. */
static char *
read_line (int tty, int signals, GError **error)
{
  struct pollfd fds[2] = { { .fd = tty, .events = POLLIN }, { .fd = signals, .events = POLLIN } };
  char line[1024];
  gssize n;

  while (poll (fds, 2, -1) < 0 && errno == EINTR)
    ;
  if (fds[1].revents != 0) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled."));
    return NULL;
  }
  n = read (tty, line, sizeof line - 1);
  if (n <= 0) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Cancelled."));
    return NULL;
  }
  line[n] = '\0';
  line[strcspn (line, "\r\n")] = '\0';
  return g_strdup (line);
}

/* Asks on the terminal; with @secret, echo is off meanwhile. Signals are taken as a file
 * descriptor, so that the terminal is always put right before they end us. */
static char *
ask (const char *prompt, gboolean secret, GError **error)
{
  struct termios before, now;
  sigset_t set, old;
  int tty = open_terminal (error);
  int signals;
  char *line;

  if (tty < 0)
    return NULL;
  sigemptyset (&set);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGTERM);
  pthread_sigmask (SIG_BLOCK, &set, &old);
  signals = signalfd (-1, &set, SFD_CLOEXEC);
  if (secret && tcgetattr (tty, &before) == 0) {
    now = before;
    now.c_lflag &= ~(tcflag_t) ECHO;
    tcsetattr (tty, TCSAFLUSH, &now);
  } else {
    secret = FALSE;
  }
  write_text (tty, prompt);
  line = read_line (tty, signals, error);
  if (secret) {
    tcsetattr (tty, TCSAFLUSH, &before);
    write_text (tty, "\n");
  }
  if (signals >= 0)
    close (signals);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
  close (tty);
  return line;
}

char *
ctl_terminal_read_secret (const char *prompt, GError **error)
{
  return ask (prompt, TRUE, error);
}

gboolean
ctl_terminal_confirm (const char *question, GError **error)
{
  g_autofree char *clean = ctl_terminal_clean (question);
  g_autofree char *prompt = g_strdup_printf ("%s [y/N] ", clean);
  g_autofree char *answer = ask (prompt, FALSE, error);
  g_autofree char *folded = NULL;

  if (answer == NULL)
    return FALSE;
  folded = g_utf8_casefold (g_strstrip (answer), -1);
  /* TRANSLATORS: what a person may type for "yes", besides "y" and "yes"; lower case. */
  return g_str_equal (folded, "y") || g_str_equal (folded, "yes")
         || g_str_equal (folded, C_ ("answer", "y")) || g_str_equal (folded, C_ ("answer", "yes"));
}

/* @question, @nobody: what is asked, and said when it cannot be; %s: the names; translated */
static gboolean
confirm_all (char **names, const char *question, const char *nobody, GError **error)
{
  g_autofree char *list = g_strjoinv (", ", names);
  g_autofree char *asked = g_strdup_printf (question, list);

  if (!isatty (STDIN_FILENO)) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, _ ("Say --yes to mean it."), nobody, list);
    return FALSE;
  }
  if (ctl_terminal_confirm (asked, error))
    return TRUE;
  if (error != NULL && *error == NULL)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("Nothing was changed."));
  return FALSE;
}

gboolean
ctl_terminal_confirm_deletion (char **names, GError **error)
{
  return confirm_all (names, _ ("Delete %s for good?"),
                      _ ("There is nobody to ask whether to delete %s."), error);
}

gboolean
ctl_terminal_confirm_forgetting (char **names, GError **error)
{
  return confirm_all (names, _ ("Forget %s?"), _ ("There is nobody to ask whether to forget %s."),
                      error);
}
