/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-child-process.h: what all programs that tytod starts have in common: options, log, the
 * socket that their client comes to, main loop and end.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * Reads the options, those of @entries (nullable) and --socket-fd, --socket and --version, and gets
 * the process ready. Before anything of GIO is used. @program: "tyto-worker"; @summary: what it
 * does, for --help.
 *
 * Gives the listening UNIX socket. (transfer full). NULL: all is said, and the process is to end
 * with the exit code @status (sysexits(3)).
 */
GSocket *tyto_child_process_start (const char *program, const char *summary,
                                   const GOptionEntry *entries, int argc, char **argv, int *status);

/* How @service begins to wait for its client, and how it is told to end. */
typedef gboolean (*TytoChildProcessListen) (gpointer service, GSocket *socket, GError **error);
typedef void (*TytoChildProcessStop) (gpointer service);

/* Runs @service, a GObject, until its signal "finished"; SIGTERM and SIGINT stop it. Gives the exit
 * code: 1 when it could not listen. */
int tyto_child_process_run (gpointer service, GSocket *socket, TytoChildProcessListen listen,
                            TytoChildProcessStop stop);

G_END_DECLS
