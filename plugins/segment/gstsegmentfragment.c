/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentfragment.h"

GstSegmentFragment *
gst_segment_fragment_new (guint stream, gboolean audio)
{
  GstSegmentFragment *fragment = g_new0 (GstSegmentFragment, 1);

  fragment->stream = stream;
  fragment->audio = audio;
  fragment->samples = g_array_new (FALSE, FALSE, sizeof (TytoMp4Sample));
  fragment->buffers = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);
  return fragment;
}

void
gst_segment_fragment_free (GstSegmentFragment *fragment)
{
  g_array_unref (fragment->samples);
  g_clear_pointer (&fragment->buffers, g_ptr_array_unref);
  g_free (fragment);
}
