/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-invocation.h: one run of tytoctl: its command, global options and connection. */
#pragma once

#include "tytoctl/ctl-command.h"

G_BEGIN_DECLS

/**
 * CtlInvocation:
 * @command: what is run
 * @args: its words after the name, options and all; commands read them by ctl_invocation_parse()
 * @url, @token_file: global options, NULL when not given
 * @json: print JSON
 * @exit_status: what to end with when the command succeeds
 */
struct _CtlInvocation {
  const CtlCommand *command;
  char **args;
  char *url;
  char *token_file;
  gboolean json;
  int exit_status;
};

void ctl_invocation_clear (CtlInvocation *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CtlInvocation, ctl_invocation_clear)

/* Makes @context know the global options, which go into @self. */
void ctl_invocation_add_global_options (CtlInvocation *self, GOptionContext *context);

/**
 * Reads the command's options by @entries (NULL for none) and the global ones, and answers --help.
 * Gives the positional arguments, between @min and @max of them (G_MAXUINT: any number).
 * (transfer full). TYTO_ERROR_INVALID_ARGUMENT with the command's usage as hint.
 */
char **ctl_invocation_parse (CtlInvocation *self, const GOptionEntry *entries, guint min, guint max,
                             GError **error);

/* The connection: --url, $TYTO_URL or http://127.0.0.1:8083, with the token of --token-file or
 * $TYTO_TOKEN_FILE. (transfer full) */
CtlClient *ctl_invocation_connect (CtlInvocation *self, GError **error);

/* Prints @value (any GVariant; a floating reference is consumed) as JSON for people and programs.
 */
void ctl_print_json (GVariant *value);
/* Prints the GVariants in @items as a JSON array. */
void ctl_print_json_array (GPtrArray *items);
/* @items as (aa{sv}), floating. */
GVariant *ctl_items_to_variant (GPtrArray *items);

/* Prints what went wrong on standard error: what and why, then what next; as problem+json (RFC
 * 9457) with @json. Gives the exit code (sysexits(3)). */
int ctl_print_error (const GError *error, gboolean json);

G_END_DECLS
