/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Gives pictures the distances that the camera gave them: presentation times are the RTP timestamps
 * (RFC 3550, section 5.1) and one constant. The session manager slaves its times to our clock
 * instead; after a late first packet they run up to a per cent too fast for seconds, and no file
 * has the camera's frame rate. How far the camera's clock has drifted from ours shows in when its
 * pictures arrive, and is for the recorder to heed where a file ends. */
#define GST_CAMERA_TIMELINE_PLACES 64 /* a second of pictures, and some */

typedef struct {
  gboolean started;
  guint32 rtp;        /* RTP timestamp of the last picture, or of the last packet of sound */
  GstClockTime pts;   /* ns: the session manager's time for it */
  GstClockTime time;  /* ns: the time it was given; of sound, where the next begins */
  GstClockTime since; /* ns of sound since that packet began */

  gboolean apart;           /* the session manager leapt, and is not followed */
  GstClockTime apart_since; /* when that arrived */
  GstClockTimeDiff before;  /* ns: how far its times were ahead of those given, until then */
  GstClockTime places[GST_CAMERA_TIMELINE_PLACES]; /* ns: what the last pictures were given */
  guint n_places;                                  /* so far */
} GstCameraTimeline;

void gst_camera_timeline_init (GstCameraTimeline *self);

/* The time of the picture with timestamp @rtp of a clock of @rate Hz, for which the session manager
 * says @pts. Where the two part by more than a second at one picture the timestamp jumped, and the
 * session manager is followed over it. Where the timestamps do go on evenly it leapt, as rtspsrc's
 * does over a stall, there and back: it is followed once it has stayed ahead for 10 s of @arrival,
 * which means that the camera's clock stood still. NONE as @arrival: @pts does not leap at stalls.
 * A picture whose timestamp was another's before, as of a camera whose timestamps go back, gets the
 * next place that is free. */
GstClockTime gst_camera_timeline_next (GstCameraTimeline *self, guint32 rtp, guint rate,
                                       GstClockTime pts, GstClockTime arrival);

/* What the session manager would say of a picture with timestamp @rtp, which it says nothing of (as
 * of packets that come all at once after a stall): by the timestamps' distance to the last, if that
 * is at most 10 s. NONE when it has the same timestamp, or none came before. */
GstClockTime gst_camera_timeline_expect (const GstCameraTimeline *self, guint32 rtp, guint rate);

/* The time of a picture that came without one: right behind the one that was given @before. */
GstClockTime gst_camera_timeline_next_timeless (GstCameraTimeline *self, GstClockTime before);

/* Takes the timestamp @rtp, of a clock of @rate Hz, of the sound that is next. TRUE: it leapt, so
 * that there is silence before it. */
gboolean gst_camera_timeline_sound_leaps (GstCameraTimeline *self, guint32 rtp, guint rate);

/* The time of sound @duration long (ns, or NONE) that belongs to @wanted: right behind the sound
 * before, as long as the two are within 40 ms of each other; sound never goes back. Unless its
 * timestamps leapt it is @wanted that has to be 40 ms ahead for 10 s of @arrival first; NONE: it
 * need not. */
GstClockTime gst_camera_timeline_next_sound (GstCameraTimeline *self, GstClockTime wanted,
                                             GstClockTime duration, GstClockTime arrival);

/* What is to be added to the session manager's times now, in ns. */
GstClockTimeDiff gst_camera_timeline_correction (const GstCameraTimeline *self);

G_END_DECLS
