/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "segment/gstsegmentformat.h"

G_BEGIN_DECLS

/* What a run records as: fixed from READY on. Strings are owned. */
typedef struct {
  gchar *location;
  gchar *root;
  gchar *camera;
  gchar *run;
  GstSegmentFormat format;
  guint fragment_ms;     /* ms */
  guint segment_seconds; /* s */
  guint64 start_sequence;
} GstSegmentSettings;

void gst_segment_settings_copy (GstSegmentSettings *to, const GstSegmentSettings *from);
void gst_segment_settings_clear (GstSegmentSettings *settings);

G_END_DECLS
