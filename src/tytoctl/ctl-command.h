/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-command.h: the table of commands, and one run of one of them. */
#pragma once

#include "tytoctl/ctl-client.h"

G_BEGIN_DECLS

typedef struct _CtlInvocation CtlInvocation;

/* Runs a command; FALSE with @error set when it failed. */
typedef gboolean (*CtlCommandFunc) (CtlInvocation *invocation, GError **error);

/**
 * CtlCommand: one row of the table. Texts are marked for translation, not translated.
 * @name: "status", or two words: "camera add"
 * @arguments: the positional ones, as --help shows them
 * @summary: a line
 * @details: for --help: what more is to be said, and examples
 */
typedef struct {
  const char *name;
  const char *arguments;
  const char *summary;
  const char *details;
  CtlCommandFunc run;
} CtlCommand;

/* The table, ended by a row without a name. */
const CtlCommand *ctl_command_table (void);

/**
 * The command that @words (NULL-terminated) begin with; @used: (out): how many words its name took.
 * NULL and TYTO_ERROR_INVALID_ARGUMENT, with the nearest command or the group's commands as hint.
 */
const CtlCommand *ctl_command_find (char *const *words, guint *used, GError **error);

/* How many characters must be typed, left out, changed or swapped with their neighbour to make @b
 * out of @a (Damerau–Levenshtein, optimal string alignment). */
guint ctl_command_distance (const char *a, const char *b);

/* The list of commands for people. (transfer full) */
char *ctl_command_overview (void);

G_END_DECLS
