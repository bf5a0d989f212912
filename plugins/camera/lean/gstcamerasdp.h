/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst/rtsp/gstrtspmessage.h>
#include <gst/sdp/gstsdpmessage.h>

G_BEGIN_DECLS

/* What a camera's answer to DESCRIBE says of addresses and media (RFC 2326, C.1), as cameras write
 * it. */

/* The address that relative ones begin with: Content-Base, Content-Location or @uri, that of the
 * request. (transfer full) */
gchar *gst_camera_sdp_base (const GstRTSPMessage *answer, const gchar *uri);

/* The address of the whole presentation, for PLAY, keep-alive and TEARDOWN. (transfer full) */
gchar *gst_camera_sdp_aggregate (const GstSDPMessage *sdp, const gchar *base);

/* What @reference means in a text of the absolute address @base (RFC 3986, 5.2, but that "." and
 * ".." stay). (transfer full) */
gchar *gst_camera_sdp_resolve (const gchar *base, const gchar *reference);

/* The address of @media for SETUP. (transfer full)
 * @strict: FALSE: a relative control is put behind @aggregate, as nearly all cameras mean it, even
 * behind a query. TRUE: it is resolved as RFC 3986, 5.2 says. */
gchar *gst_camera_sdp_control (const GstSDPMedia *media, const gchar *aggregate, gboolean strict);

/* application/x-rtp of a payload type of @media that @knows takes; NULL when there is none, or
 * @media is not plain RTP. (transfer full) (nullable) */
GstCaps *gst_camera_sdp_caps (const GstSDPMedia *media, gboolean (*knows) (const GstCaps *caps));

/* Reads a Session header (RFC 2326, 12.37): its identifier (transfer full) and its time-out in
 * seconds, 0 when it says none. */
gchar *gst_camera_sdp_session (const gchar *header, guint *timeout);

/* Reads the channels of a Transport header (RFC 2326, 12.39); FALSE when it is not RTP over the
 * connection. Channels it does not name stay as they are. */
gboolean gst_camera_sdp_channels (const gchar *header, guint8 *channel, guint8 *rtcp_channel);

G_END_DECLS
