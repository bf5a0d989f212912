/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "segment/gstsegmentsink.h"

#define GST_USE_UNSTABLE_API /* of libgstmpegts; frozen since 1.20 */
#include <gst/mpegts/mpegts.h>

#define PACKAGE "tyto"

static gboolean
plugin_init (GstPlugin *plugin)
{
  gst_mpegts_initialize ();
  return GST_ELEMENT_REGISTER (segmentsink, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, tytosegment,
                   "Recording into segments cut on the wall clock", plugin_init, TYTO_VERSION,
                   "LGPL", "Tyto", "https://tyto.example")
