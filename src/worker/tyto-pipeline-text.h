/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-pipeline-text.h: a running pipeline in words: as a gst-launch-1.0 line and as Graphviz text.
 * Both without secrets: properties that cannot be read, and those whose name tells of a password,
 * are left out.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * What gst-launch-1.0 would have to be told to run @pipeline: its elements with the properties that
 * are not at their defaults, quoted for a shell. Plain bins are told by what is in them, elements
 * that are bins (camerasrc, segmentsink) by their own name. (transfer full)
 */
char *tyto_pipeline_text_launch (GstBin *pipeline);

/* gst_debug_bin_to_dot_data() with the values of passwords taken out. (transfer full) */
char *tyto_pipeline_text_dot (GstBin *pipeline);

G_END_DECLS
