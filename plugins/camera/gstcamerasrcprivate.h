/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What the element (gstcamerasrc.c), its runs (gstcamerarun.c), the engines that receive
 * (gstcamerartspsrc.c with its session, gstcamerasession.c; lean/gstcameralean.c), its messages
 * (gstcameranews.c) and its errors (gstcameraerror.c) share. */

#include <gst/rtsp/rtsp.h>

#include "camera/gstcamerabatch.h"
#include "camera/gstcameraclock.h"
#include "camera/gstcamerakeepalive.h"
#include "camera/gstcamerartp.h"
#include "camera/gstcamerasrc.h"
#include "camera/gstcamerastream.h"
#include "camera/gstcameratimer.h"
#include "camera/gstcameratrack.h"
#include "camera/lean/gstcameralean.h"

G_BEGIN_DECLS

typedef enum {
  GST_CAMERA_PHASE_CLOSED,
  GST_CAMERA_PHASE_CONNECTING, /* up to the last SETUP */
  GST_CAMERA_PHASE_READY,      /* set up, waits for the state PLAYING */
  GST_CAMERA_PHASE_PLAYING,    /* PLAY is sent: media has to come */
} GstCameraPhase;

struct _GstCameraSrc {
  GstBin parent_instance;

  GstCameraTimer *watch; /* for silence */

  /* the engine rtspsrc, from its first use on */
  GstElement *rtspsrc; /* no-ref, the bin owns it */
  GstCameraKeepAlive *keep_alive;
  GstCameraRtp *rtp;
  GstCameraClock *clock;
  GstCameraBatch *batch;
  GstCameraTimer *batching; /* adapts the batch */
  gulong exchange;

  /* settings, guarded by the object lock */
  gchar *location; /* nullable, never with credentials */
  gchar *redirect; /* nullable */
  gchar *user_id;  /* nullable */
  gchar *user_pw;  /* nullable */
  GstCameraTransport transport;
  guint latency;           /* ms */
  guint timeout;           /* s */
  guint keep_alive_period; /* s */
  guint batch_duration;    /* ms */
  gboolean audio_wanted;
  GstCameraEngine engine;
  GTlsCertificateFlags tls_validation_flags;
  gboolean bad_location;

  /* the session, guarded by lock */
  GMutex lock;
  GCond idle; /* n_finishing or n_sending fell to 0, or the session is closed */
  guint n_finishing;
  guint n_sending; /* of those, who gives rtspsrc an EOS */
  GstCameraPhase phase;
  gboolean exposed;       /* the pads are there */
  gboolean eos_requested; /* by the application */
  gboolean failed;        /* an ERROR was posted */
  gboolean cut;           /* what the session manager holds is not waited for at the end */
  gboolean bye;           /* the camera ended it, and rtspsrc ends its streams */
  gboolean breaking;      /* rtspsrc told why it stops reading, and ends its streams next */
  gboolean lent;          /* rtspsrc holds the credentials */
  gboolean interleaved;   /* RTP over the RTSP connection */
  gboolean any_transport; /* rtspsrc may take what it gets */
  guint setups_left;
  guint last_status;     /* of the last response, 0 before the first */
  gint64 activity;       /* monotonic time in µs of the last sign of life */
  GstCameraLean *lean;   /* nullable: the engine lean receives */
  GstCameraTrack *video; /* nullable, as what follows */
  GstCameraTrack *audio;
  GstCameraStream *video_stream;
  GstCameraStream *audio_stream;
};

/* gstcamerasession.c */
/* Makes rtspsrc and what follows its session. FALSE: it is not installed. */
gboolean gst_camera_src_session_make (GstCameraSrc *self);
void gst_camera_src_take_credentials_back (GstCameraSrc *self);

/* gstcamerartspsrc.c */
/* Makes the engine, unless it is there. FALSE: it is not installed. */
gboolean gst_camera_src_rtspsrc_make (GstCameraSrc *self);
void gst_camera_src_rtspsrc_free (GstCameraSrc *self);
/* Before rtspsrc goes to PAUSED; before its streams end; right before it goes to READY; after that.
 */
void gst_camera_src_rtspsrc_open (GstCameraSrc *self);
void gst_camera_src_rtspsrc_stop (GstCameraSrc *self);
void gst_camera_src_rtspsrc_settle (GstCameraSrc *self);
void gst_camera_src_rtspsrc_close (GstCameraSrc *self);
/* On the thread that talks to the camera, when media are about to come. */
void gst_camera_src_rtspsrc_playing (GstCameraSrc *self);
void gst_camera_src_rtspsrc_finish (GstCameraSrc *self);

/* gstcamerarun.c */
void gst_camera_src_run_init (GstCameraSrc *self);
/* FALSE, and an ERROR: an element is missing. */
gboolean gst_camera_src_run_open (GstCameraSrc *self);
/* Before and after the bin goes to READY. */
void gst_camera_src_run_closing (GstCameraSrc *self);
void gst_camera_src_run_closed (GstCameraSrc *self);
/* The application's EOS. */
void gst_camera_src_run_end (GstCameraSrc *self);
/* Sends EOS down each stream, behind what was received. */
void gst_camera_src_finish (GstCameraSrc *self);
/* (transfer none): a track for a media of @codec, when it is the first of its kind and wanted. */
GstCameraTrack *gst_camera_src_add_track (GstCameraSrc *self, const GstCameraCodec *codec);
/* Of media, so far. */
guint64 gst_camera_src_count_bytes (GstCameraSrc *self);
/* Whether rtspsrc may take over from the lean engine: no pad is there yet. */
gboolean gst_camera_src_may_fall_back (GstCameraSrc *self);
/* Lets rtspsrc take over, soon. @any_transport: the camera refuses the one that is set */
void gst_camera_src_fall_back (GstCameraSrc *self, const gchar *reason, gboolean any_transport);

/* gstcameranews.c */
extern const GstCameraTrackEvents gst_camera_src_track_events;
void gst_camera_src_get_rtp_counters (GstCameraSrc *self, GstCameraRtpCounters *counters);
/* @video, @audio: (out): 0 without such a track. */
void gst_camera_src_get_track_counters (GstCameraSrc *self, GstCameraTrackCounters *video,
                                        GstCameraTrackCounters *audio);
/* (transfer full): the statistics of this connection so far. */
GstStructure *gst_camera_src_make_stats (GstCameraSrc *self);
/* @session_timeout: s, 0: the camera did not say */
void gst_camera_src_tell_streams (GstCameraSrc *self, gboolean tcp, guint session_timeout);
void gst_camera_src_tell_clock (GstCameraSrc *self, gint64 camera_time, GstClockTime running_time);
void gst_camera_src_tell_fallback (GstCameraSrc *self, const gchar *reason);

/* gstcameraerror.c */
/* Posts the run's one ERROR and lets the streams end. @text: what happened, why, what to do; never
 * a secret. */
void gst_camera_src_fail (GstCameraSrc *self, GQuark domain, gint code, const gchar *text,
                          const gchar *debug);
/* The same with @error; the details say that the camera wants another session at once at @again. */
void gst_camera_src_fail_again (GstCameraSrc *self, const GError *error, const gchar *again);
/* The camera ended the session by itself. */
void gst_camera_src_fail_ended (GstCameraSrc *self);
/* Looks whether a warning of rtspsrc says that the camera ended the session. */
void gst_camera_src_heed_warning (GstCameraSrc *self, GstMessage *message);
/* Posts the ERROR that @message from rtspsrc means. */
void gst_camera_src_fail_with (GstCameraSrc *self, GstMessage *message);

G_END_DECLS
