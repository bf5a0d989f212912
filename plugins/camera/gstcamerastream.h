/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* One media stream of a camera: its depayloader and parser, and what passes there. It counts, gates
 * the start, and mends timestamps in one pad probe per frame. */
typedef struct _GstCameraStream GstCameraStream;

typedef struct {
  guint64 frames;  /* left the stream */
  guint64 skipped; /* before the first decodable frame */
  guint64 key_frames;
  guint64 missing;          /* did not come whole */
  guint64 without_pts;      /* came without a time and were given one, where there was one before */
  guint64 bytes;            /* media received, dropped frames too */
  gint64 last_monotonic_us; /* when the last frame came, 0 before the first */
} GstCameraStreamCounters;

typedef struct {
  /* The first frame is about to leave; on the streaming thread. */
  void (*started) (gpointer owner, GstCameraStream *stream, GstClockTime pts);
  /* Packets never came, and @missing frames not whole, between the frame at @from and the one at
   * @to, which is about to leave; on the streaming thread. */
  void (*lost) (gpointer owner, GstCameraStream *stream, guint missing, GstClockTime from,
                GstClockTime to);
} GstCameraStreamEvents;

/**
 * gst_camera_stream_new:
 * @bin: (transfer none): where the elements are added
 * @media: index of the media in the SDP
 * @caps: of the media in the SDP, that gst_camera_codec_find() knows
 * @owner: (transfer none): handed to @events, outlives the stream
 *
 * Returns: (nullable): %NULL with an error of domain #GST_CORE_ERROR when a plugin is missing
 */
GstCameraStream *
gst_camera_stream_new (GstBin *bin, guint media, const GstCaps *caps,
                       const GstCameraStreamEvents *events, gpointer owner, GError **error);
/* Removes the elements from the bin, which must be READY or NULL. */
void gst_camera_stream_free (GstCameraStream *stream);

/* @leader: (transfer none): the video stream; an audio @stream lets nothing pass before its first
 * frame */
void gst_camera_stream_set_leader (GstCameraStream *stream, GstCameraStream *leader);

guint gst_camera_stream_get_media (GstCameraStream *stream);
const gchar *gst_camera_stream_get_codec (GstCameraStream *stream);
gboolean gst_camera_stream_is_video (GstCameraStream *stream);
/* (transfer none): the pad that frames leave by */
GstPad *gst_camera_stream_get_pad (GstCameraStream *stream);
void gst_camera_stream_get_counters (GstCameraStream *stream, GstCameraStreamCounters *counters);

/* (transfer full): the pad that RTP packets enter by */
GstPad *gst_camera_stream_get_rtp_pad (GstCameraStream *stream);

/* What a time of the session manager's has to be moved by, in ns, to stand among the times of the
 * pictures that leave. */
GstClockTimeDiff gst_camera_stream_get_correction (GstCameraStream *self);

/* Feeds the stream from @rtp. %FALSE when it has a source already or has ended. */
gboolean gst_camera_stream_link (GstCameraStream *stream, GstPad *rtp);

/* Ends a stream that never got a source: EOS leaves its pad. Nothing happens when it has one. */
void gst_camera_stream_end_unlinked (GstCameraStream *stream);

/* Whether it has a source from which nothing has come yet. */
gboolean gst_camera_stream_is_unheard (GstCameraStream *stream);

/* Takes the stream's source away, whose packets are all through, and ends it. */
void gst_camera_stream_cut (GstCameraStream *stream);

G_END_DECLS
