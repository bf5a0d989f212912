/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentsettings.h"

void
gst_segment_settings_copy (GstSegmentSettings *to, const GstSegmentSettings *from)
{
  *to = *from;
  to->location = g_strdup (from->location);
  to->root = g_strdup (from->root);
  to->camera = g_strdup (from->camera);
  to->run = g_strdup (from->run);
}

void
gst_segment_settings_clear (GstSegmentSettings *settings)
{
  g_clear_pointer (&settings->location, g_free);
  g_clear_pointer (&settings->root, g_free);
  g_clear_pointer (&settings->camera, g_free);
  g_clear_pointer (&settings->run, g_free);
}
