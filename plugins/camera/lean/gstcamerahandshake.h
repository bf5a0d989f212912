/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gst/gst.h>
#include <gst/sdp/sdp.h>

#include "camera/lean/gstcameraauth.h"
#include "camera/lean/gstcameradescription.h"

G_BEGIN_DECLS

/**
 * GstCameraOffer: what is asked of a camera.
 * @uri: rtsp:// or rtsps://, without credentials
 * @redirect: (nullable): where the camera referred to in a session before (REDIRECT; RFC 2326,
 *   10.10): it is begun there, as if @uri had redirected there
 * @user, @password: (nullable)
 * @timeout_us: for the connection, and for each answer, whole
 * @audio: sound too
 * @tls_flags: what of a certificate is checked, by the certificates that the system trusts
 */
typedef struct {
  const gchar *uri;
  const gchar *redirect;
  const gchar *user;
  const gchar *password;
  gint64 timeout_us;
  gboolean audio;
  GTlsCertificateFlags tls_flags;
} GstCameraOffer;

/* GstCameraGrant: a media that was set up. @channel: of its RTP; @rtcp_channel: of its RTCP */
typedef struct {
  guint media; /* index in the SDP */
  gboolean video;
  GstCaps *caps; /* application/x-rtp */
  guint8 channel;
  guint8 rtcp_channel;
} GstCameraGrant;

/**
 * GstCameraPlaying: a session in which media are about to come.
 * @stream: the connection, plain or TLS; blocking off
 * @socket: (transfer none): its socket
 * @rest: bytes that came before and behind the last answer, to be taken before what is read next
 * @session, @session_timeout: s, 0: not said; @aggregate_uri: for keep-alive and TEARDOWN
 * @uri: where the stream was described; @description: what of that is taken
 * @takes_get_parameter: by its Public header
 * @next_cseq: of the next request
 * @auth: (nullable): to go on with
 * @grants: (element-type GstCameraGrant)
 */
typedef struct {
  GIOStream *stream;
  GSocket *socket;
  GByteArray *rest;
  gchar *session;
  guint session_timeout;
  gchar *aggregate_uri;
  gchar *uri;
  GstCameraDescription *description;
  gboolean takes_get_parameter;
  guint next_cseq;
  GstCameraAuth *auth;
  GArray *grants;
} GstCameraPlaying;

void gst_camera_playing_free (GstCameraPlaying *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraPlaying, gst_camera_playing_free)

/* What happens on the way; all in the thread that called. @described may refuse: FALSE ends the
 * handshake with GST_STREAM_ERROR_CODEC_NOT_FOUND ("fall back"). @before_play: all is set up;
 * @session_timeout: s, 0: not said. */
typedef struct {
  gboolean (*described) (gpointer owner, const GstSDPMessage *sdp);
  gboolean (*before_play) (gpointer owner, const GArray *grants, guint session_timeout);
} GstCameraHandshakeEvents;

/**
 * gst_camera_handshake_run:
 *
 * Connects, OPTIONS, DESCRIBE, SETUP of the first video and audio that gst_camera_depay_knows()
 * over TCP (RFC 2326, 10.12), PLAY. Follows up to 5 redirects (not from rtsps to rtsp; another host
 * is not told the password); takes Content-Base and relative, absolute and "*" controls as cameras
 * write them; 3 tries on 503 with Retry-After of at most 2 s. Sound that is refused is left out. A
 * session that came to nothing is torn down. Blocking; the calling thread needs no main loop.
 *
 * Errors are those of camerasrc; messages name what to do, never an address or a secret:
 * GST_RESOURCE_ERROR SETTINGS (@offer cannot be), NOT_AUTHORIZED, NOT_FOUND, OPEN_READ (the rest),
 * GST_STREAM_ERROR CODEC_NOT_FOUND and WRONG_TYPE (no RTP over TCP: both mean "fall back"),
 * G_IO_ERROR_CANCELLED (by @cancellable, or before_play() refused).
 *
 * Returns: (transfer full): NULL on error
 */
GstCameraPlaying *
gst_camera_handshake_run (const GstCameraOffer *offer, const GstCameraHandshakeEvents *events,
                          gpointer owner, GCancellable *cancellable, GError **error);

G_END_DECLS
