/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * gst_camera_uri_split:
 * @location: an address as a person typed it
 * @uri: (out) (transfer full): the address without credentials, rtsp:// or rtsps://
 * @user: (out) (transfer full) (nullable): the user named in @location, percent-decoded
 * @password: (out) (transfer full) (nullable): the password in @location, percent-decoded
 *
 * Takes the userinfo (RFC 3986, section 3.2.1) out of an RTSP address. A password may hold `@`, `/`
 * or
 * `?` unescaped, as camera manuals print them: the last `@` before the host ends the userinfo.
 *
 * Returns: %FALSE with #GST_URI_ERROR when @location is not an RTSP address; the error never quotes
 * it
 */
gboolean gst_camera_uri_split (const gchar *location, gchar **uri, gchar **user, gchar **password,
                               GError **error);

G_END_DECLS
