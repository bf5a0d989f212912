/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Takes `s3://BUCKET/KEY` apart; in it the key is percent-encoded (RFC 3986, 2.1). @bucket, @key:
 * (transfer full). GST_URI_ERROR */
gboolean gst_s3_uri_parse (const gchar *uri, gchar **bucket, gchar **key, GError **error);

/* (transfer full) */
gchar *gst_s3_uri_build (const gchar *bucket, const gchar *key);

G_END_DECLS
