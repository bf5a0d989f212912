/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <gst/gst.h>

#include "camera/gstcameraexchange.h"
#include "camera/gstcamerasrc.h"

#define PACKAGE "tyto"

static gboolean
plugin_init (GstPlugin *plugin)
{
  /* MARGINAL is the least rank at which rtspsrc takes an RTSP extension. */
  return gst_element_register (plugin, "cameraexchange", GST_RANK_MARGINAL,
                               GST_TYPE_CAMERA_EXCHANGE)
         && gst_element_register (plugin, "camerasrc", GST_RANK_NONE, GST_TYPE_CAMERA_SRC);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, tytocamera,
                   "Network cameras as sources of parsed elementary streams", plugin_init,
                   TYTO_VERSION, "LGPL", "Tyto", "https://tyto.example")
