/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Refuses a @template that could not name a file: empty, ending in "/", with a ".." component, with
 * a {word} other than {camera}, {run} and {sequence}, or with a conversion strftime (3) does not
 * know. Returns: %FALSE with @error (GST_RESOURCE_ERROR_SETTINGS) set when refused. */
gboolean gst_segment_path_check (const gchar *location, GError **error);

/* Refuses a camera id that is not [A-Za-z0-9_-]{1,64}. */
gboolean gst_segment_path_check_camera (const gchar *camera, GError **error);

/* Refuses a run id that is not [A-Za-z0-9_.:+-]{1,64}. */
gboolean gst_segment_path_check_run (const gchar *run, GError **error);

/* Evaluates a checked @location for a segment that starts at @wall (µs since the epoch) in UTC.
 * Returns: (transfer full): the absolute path, below @root unless @location is absolute. */
gchar *gst_segment_path_format (const gchar *location, const gchar *root, const gchar *camera,
                                const gchar *run, guint64 sequence, gint64 wall);

/* Returns: (transfer full): @path with "-@number" before its extension, @path itself for 0. */
gchar *gst_segment_path_alternative (const gchar *path, guint number);

/* Returns: (transfer full): @wall (µs since the epoch) as RFC 3339 in UTC, with microseconds. */
gchar *gst_segment_path_timestamp (gint64 wall);

G_END_DECLS
