/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/gstcamerartp.h"
#include "camera/lean/gstcameradepay.h"
#include "camera/lean/gstcamerahandshake.h"

G_BEGIN_DECLS

/**
 * GstCameraLeanSession:
 *
 * A camera's RTSP session over TCP by the lean engine: the handshake runs in a thread that lasts as
 * long as it does; then the loop that this process shares (gstcameraloop.h) reads the connection,
 * takes it apart, assembles access units and gives each its running time. It keeps the session
 * alive (RFC 2326, 12.37), sends receiver reports (RFC 3550, 6.4.2), answers what the camera asks,
 * and ends it by TEARDOWN. No thread and no queue is a camera's own.
 */
typedef struct _GstCameraLeanSession GstCameraLeanSession;

/* @offer: strings are copied
 * @keep_alive_s: between two signs of life, 0: by the session's time-out
 * @batch_ms: that media may wait in the kernel, 0 to 1000; 0: read as soon as they come (live) */
typedef struct {
  GstCameraOffer offer;
  guint keep_alive_s;
  guint batch_ms;
} GstCameraLeanSettings;

/* described() and ready() are called in the handshake's thread, the others in the loop's, where
 * they may not block; one at a time, without a lock; none may call stop(). @media: index in the
 * SDP. */
typedef struct {
  /* (nullable): what the camera offers, as in GstCameraHandshakeEvents; in the handshake's thread.
   */
  gboolean (*described) (gpointer owner, const GstSDPMessage *sdp);
  /* All is set up and PLAY is about to be sent. @grants: (element-type GstCameraGrant);
   * @session_timeout: s, 0: not said. FALSE: the session is not wanted any more. */
  gboolean (*ready) (gpointer owner, const GArray *grants, guint session_timeout);
  /* The running time now; GST_CLOCK_TIME_NONE: not known yet, then nothing is read. */
  GstClockTime (*now) (gpointer owner);
  void (*caps) (gpointer owner, guint media, GstCaps *caps);
  /* @unit: its buffer is (transfer full); @pts: running time, without regard to where another
   * stream stands but for what sender reports say */
  void (*unit) (gpointer owner, guint media, const GstCameraUnit *unit, GstClockTime pts);
  /* (nullable): all that was read at once has been given: what is gathered may go on. */
  void (*pause) (gpointer owner);
  /* At the first sender report of the pictures (of the sound when there are none), then at most
   * every 10 s. @camera_time: µs since the Unix epoch by the camera's clock, at @running_time */
  void (*clock) (gpointer owner, gint64 camera_time, GstClockTime running_time);
  /* After all units that had come, as gst_camera_lean_session_drain() asked for. */
  void (*drained) (gpointer owner);
  /* It came to an end that nobody here asked for, once; in the handshake's thread or the loop's (or
   * in start(), when there can be no thread); all that came before has been given. Errors: those of
   * gst_camera_handshake_run(), of which GST_STREAM_ERROR CODEC_NOT_FOUND and WRONG_TYPE mean "fall
   * back"; GST_RESOURCE_ERROR READ: the camera closed the connection, said BYE (RFC 3550, 6.6), or
   * began its stream anew (another SSRC); the message says which, and what to do. @again:
   * (nullable): the address, without credentials, at which the camera wants another session at
   * once: to be the next one's GstCameraOffer.redirect. It has answered REDIRECT (RFC 2326, 10.10)
   * or ANNOUNCE of other media (10.3) then. */
  void (*ended) (gpointer owner, const GError *error, const gchar *again);
} GstCameraLeanEvents;

GstCameraLeanSession *
gst_camera_lean_session_new (const GstCameraLeanSettings *settings,
                             const GstCameraLeanEvents *events, gpointer owner);
/* Stops it first. */
void gst_camera_lean_session_free (GstCameraLeanSession *self);

/* Begins the handshake; once, and not after stop() or drain(). */
void gst_camera_lean_session_start (GstCameraLeanSession *self);
/* At any time, from any thread. */
void gst_camera_lean_session_set_batch (GstCameraLeanSession *self, guint batch_ms);
/* Reads nothing, or goes on: while the pipeline is PAUSED. The session is kept alive. */
void gst_camera_lean_session_hold (GstCameraLeanSession *self, gboolean hold);
/* Takes what has come until now and then no more: drained() is called, once, also when the
 * handshake is under way or the session has ended (then at once, in this thread, or in the one that
 * makes another call). ended() is not called afterwards. While it is held what has not been read is
 * not taken. Does not wait. */
void gst_camera_lean_session_drain (GstCameraLeanSession *self);
/* Ends it, with a TEARDOWN that no answer is waited for. When it returns, nothing is called any
 * more. Waits for a call that is under way: hold no lock that the calls take. Once more does
 * nothing. */
void gst_camera_lean_session_stop (GstCameraLeanSession *self);

/* Of all media; from any thread. @late: always 0 */
void
gst_camera_lean_session_get_counters (GstCameraLeanSession *self, GstCameraRtpCounters *counters);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraLeanSession, gst_camera_lean_session_free)

G_END_DECLS
