/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/lean/gstcamerahandshake.h"
#include "camera/lean/gstcamerartsplink.h"

G_BEGIN_DECLS

/**
 * GstCameraRtspClient:
 *
 * The asking side of an RTSP connection (RFC 2326): it authenticates, asks a busy camera again,
 * answers what the camera asks, keeps to the deadline of each answer however slowly it comes, and
 * can be cancelled. Blocking; for one thread.
 */
typedef struct _GstCameraRtspClient GstCameraRtspClient;

/* @offer: outlives it; @cancellable: (nullable) */
GstCameraRtspClient *
gst_camera_rtsp_client_new (const GstCameraOffer *offer, GCancellable *cancellable);
void gst_camera_rtsp_client_free (GstCameraRtspClient *self);

/* Connects to @uri, instead of what it was connected to. The password is for the host of the offer
 * alone. */
gboolean gst_camera_rtsp_client_open (GstCameraRtspClient *self, const gchar *uri, GError **error);

/* Sends @request and waits for @response, of whatever status: see gst_camera_rtsp_client_check().
 * @request gets the Session, Authorization and User-Agent headers. FALSE when none came. */
gboolean gst_camera_rtsp_client_ask (GstCameraRtspClient *self, GstRTSPMessage *request,
                                     GstRTSPMessage *response, GError **error);

/* Whether @response grants what was asked for; an error says why not, and what to do. */
gboolean gst_camera_rtsp_client_check (GstCameraRtspClient *self, const GstRTSPMessage *response,
                                       GError **error);

/* Takes a Session header; it is sent from then on. */
void gst_camera_rtsp_client_set_session (GstCameraRtspClient *self, const gchar *header);
guint gst_camera_rtsp_client_get_session_timeout (const GstCameraRtspClient *self); /* s, or 0 */
/* Sends TEARDOWN if there is a session, without waiting for an answer. */
void gst_camera_rtsp_client_tear_down (GstCameraRtspClient *self, const gchar *uri);

/* Gives the connection and all that belongs to it away: the fields of GstCameraPlaying but
 * aggregate_uri, uri, description, takes_get_parameter and grants. */
void gst_camera_rtsp_client_release (GstCameraRtspClient *self, GstCameraPlaying *to);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraRtspClient, gst_camera_rtsp_client_free)

G_END_DECLS
