/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Redirects that are followed one after the other. */
#define GST_CAMERA_REDIRECTIONS_MAX 5

/* Where a camera refers to that is connected at @from, by a Location header (RFC 2326, 12.25):
 * rtsp:// or rtsps://, without credentials, and not from rtsps to rtsp. GST_RESOURCE_ERROR
 * OPEN_READ names what to do, without an address. (transfer full) */
gchar *gst_camera_redirection_follow (const gchar *from, const gchar *location, GError **error);

/* The same for a REDIRECT request (RFC 2326, 10.10; RFC 7826, 13.10): a @location without a path
 * names another server for the stream of @from; NULL: @from is to be connected to anew. */
gchar *gst_camera_redirection_move (const gchar *from, const gchar *location, GError **error);

G_END_DECLS
