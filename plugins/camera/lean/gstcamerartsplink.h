/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gst/rtsp/gstrtspmessage.h>
#include <gst/rtsp/gstrtspurl.h>

G_BEGIN_DECLS

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (GstRTSPMessage, gst_rtsp_message_unset)

/**
 * GstCameraRtspLink:
 *
 * A connection that carries RTSP messages (RFC 2326, 4 to 7) and interleaved packets (10.12), plain
 * or TLS. In place of GstRTSPConnection, which does not give its TLS stream away and does not let
 * itself be cancelled within a message. Trusts nothing: a head is at most 64 KiB, a body 1 MiB,
 * packets between two messages 8 MiB. Blocking; for one thread.
 */
typedef struct _GstCameraRtspLink GstCameraRtspLink;

/* @tls_flags: what of a certificate is checked, for rtsps
 * @refused: (out): what is wrong with the certificate, 0 when it is taken
 * Returns: NULL and an error of GIO */
GstCameraRtspLink *
gst_camera_rtsp_link_new (const GstRTSPUrl *url, GTlsCertificateFlags tls_flags,
                          GTlsCertificateFlags *refused, GCancellable *cancellable, GError **error);
void gst_camera_rtsp_link_free (GstCameraRtspLink *self);

/* Sends @message, with a CSeq of its own if it is a request. */
gboolean gst_camera_rtsp_link_send (GstCameraRtspLink *self, const GstRTSPMessage *message,
                                    GCancellable *cancellable, GError **error);

/* Waits for the next request or response; packets before it are kept. @message: unset before.
 * G_IO_ERROR_INVALID_DATA: what comes is not RTSP. G_IO_ERROR_CONNECTION_CLOSED: no more comes. */
gboolean gst_camera_rtsp_link_receive (GstCameraRtspLink *self, GstRTSPMessage *message,
                                       GCancellable *cancellable, GError **error);

guint gst_camera_rtsp_link_get_next_cseq (const GstCameraRtspLink *self);

/* (transfer full): the stream, blocking off; @socket: (out) (transfer none): its socket. @rest:
 * (out) (transfer full): the packets that were kept, and what was read behind the last message. */
GIOStream *
gst_camera_rtsp_link_release (GstCameraRtspLink *self, GSocket **socket, GByteArray **rest);

/* Reads the head of a message, without the empty line: for tests. */
gboolean gst_camera_rtsp_link_read_head (const gchar *head, gsize size, GstRTSPMessage *message);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraRtspLink, gst_camera_rtsp_link_free)

G_END_DECLS
