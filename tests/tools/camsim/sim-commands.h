/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-server.h"

G_BEGIN_DECLS

/* What commands work on. */
typedef struct {
  SimLoop *loop;
  SimServer *server;
  SimPolicy *policy;
  SimLibrary *library;
} SimCommandContext;

/* Work that goes on after the command: the answer comes when it is done. */
typedef struct {
  guint camera;
  SimStreamKind stream;
  SimVideoConfig config;
  char *cache_dir; /* nullable */
  SimMedia *media; /* out, nullable */
  GError *error;   /* out, nullable */
  gpointer client; /* who waits; not used by the job */
} SimEncoding;

void sim_encoding_free (SimEncoding *self);

/* Runs the command @line. Returns: (transfer full) the answer, one line of JSON without line feed;
 * or NULL when @encoding has been started and answers later. */
char *sim_commands_run (SimCommandContext *context, const char *line, SimEncoding **encoding);

/* Puts a finished encoding to use. Returns: (transfer full) the answer. */
char *sim_commands_finish (SimCommandContext *context, SimEncoding *encoding);

G_END_DECLS
