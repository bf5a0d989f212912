/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-server.h"
#include "sim-types.h"

G_BEGIN_DECLS

/* The command line. */
typedef struct {
  SimPolicy policy;
  char *address;
  guint port;         /* 0: any */
  char *cache_dir;    /* nullable */
  char *control_path; /* nullable */
  char *sent_log;     /* nullable: file, see sim_stream_set_sent_log() */
  gboolean spread;    /* the cameras begin at moments spread over a GOP, not at one */
  GArray *cameras;    /* (element-type SimCameraConfig) */
} SimOptions;

/* Parses @argv (program name first). NULL and @error when it is wrong; --help ends the program. */
SimOptions *sim_options_parse (char **argv, GError **error);
void sim_options_free (SimOptions *self);

/* Changes @config as "codec=h265,audio=aac,fps=15" says. The keys are codec, audio, fps, bitrate,
 * gop, width, height, bframes, sub-bitrate, sub-width and sub-height. */
gboolean sim_options_override (SimCameraConfig *config, const char *text, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimOptions, sim_options_free)

G_END_DECLS
