/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Posts @error (TYTO_ERROR) as an ERROR of @element. Its details have the #gchararray `tyto-error`:
 * the error's name on D-Bus, as "org.tyto.Error.Forbidden". */
void gst_s3_message_error (GstElement *element, const GError *error);

G_END_DECLS
