/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "index/gstsegmentindex.h"

#define PACKAGE "tyto"

static gboolean
plugin_init (GstPlugin *plugin)
{
  return GST_ELEMENT_REGISTER (segmentindex, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, tytoindex,
                   "Enters recordings into a catalogue once they are where they belong",
                   plugin_init, TYTO_VERSION, "LGPL", "Tyto", "https://tyto.example")
