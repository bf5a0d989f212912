/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3/gsts3sink.h"
#include "s3/gsts3src.h"

#define PACKAGE "tyto"

static gboolean
plugin_init (GstPlugin *plugin)
{
  return GST_ELEMENT_REGISTER (s3sink, plugin) && GST_ELEMENT_REGISTER (s3src, plugin);
}

GST_PLUGIN_DEFINE (GST_VERSION_MAJOR, GST_VERSION_MINOR, tytos3,
                   "Objects of a server that speaks the S3 API", plugin_init, TYTO_VERSION, "LGPL",
                   "Tyto", "https://tyto.example")
