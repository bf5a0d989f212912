/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-terminal.h: what tytoctl knows of the terminal it writes to. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  CTL_COLOUR_NONE,
  CTL_COLOUR_BOLD,
  CTL_COLOUR_DIM,
  CTL_COLOUR_GREEN,
  CTL_COLOUR_YELLOW,
  CTL_COLOUR_RED,
} CtlColour;

/* Columns of standard output; 0 when it is no terminal: then nothing is cut. */
guint ctl_terminal_width (void);

/* Whether standard output takes colours: a terminal that is not "dumb", and $NO_COLOR
 * (https://no-color.org) not set. */
gboolean ctl_terminal_has_colour (void);

/* @text between the escape sequences (ECMA-48 SGR) of @colour, or as it is when @enabled is FALSE.
 * (transfer full) */
char *ctl_terminal_paint (const char *text, CtlColour colour, gboolean enabled);

/* @text (UTF-8 or not) with control characters made visible: text that came from a camera or a
 * server must not steer the terminal. Newlines are kept. (transfer full) */
char *ctl_terminal_clean (const char *text);

/* Columns that @text takes: wide (East Asian) characters count two, combining ones none. */
guint ctl_terminal_text_width (const char *text);

/* Prints @prompt on the controlling terminal and reads a line with echo off; the terminal is put
 * right again on SIGINT and SIGTERM too. (transfer full). G_IO_ERROR_CANCELLED, or WRONG_STATE when
 * there is no terminal. */
char *ctl_terminal_read_secret (const char *prompt, GError **error);

/* Asks a yes/no question on the terminal; "no" is the default. FALSE without @error: no. */
gboolean ctl_terminal_confirm (const char *question, GError **error);

/* Asks whether what @names (NULL-terminated) are may be deleted. FALSE with @error set unless it
 * was said: G_IO_ERROR_CANCELLED, or INVALID_ARGUMENT when there is nobody to ask. */
gboolean ctl_terminal_confirm_deletion (char **names, GError **error);
/* The same of what is not deleted, but no longer known. */
gboolean ctl_terminal_confirm_forgetting (char **names, GError **error);

G_END_DECLS
