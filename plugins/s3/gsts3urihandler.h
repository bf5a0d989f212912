/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* For G_IMPLEMENT_INTERFACE (GST_TYPE_URI_HANDLER, …): the scheme s3, of a sink or a source, whose
 * property `uri` it gets and sets. */
void gst_s3_uri_handler_init (gpointer iface, gpointer data);

G_END_DECLS
