/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/gstcameratrack.h"

G_BEGIN_DECLS

/* A media as rtspsrc gives it: its depayloader and parser, whose frames are a track's. */
typedef struct _GstCameraStream GstCameraStream;

/**
 * gst_camera_stream_new:
 * @bin: (transfer none): where the elements are added
 * @media: index of the media in the SDP
 * @codec: of the media
 * @track: (transfer none): what its frames pass; outlives the stream
 *
 * Returns: (nullable): %NULL with an error of domain #GST_CORE_ERROR when a plugin is missing
 */
GstCameraStream *gst_camera_stream_new (GstBin *bin, guint media, const GstCameraCodec *codec,
                                        GstCameraTrack *track, GError **error);
/* Removes the elements from the bin, which must be READY or NULL. */
void gst_camera_stream_free (GstCameraStream *stream);

guint gst_camera_stream_get_media (GstCameraStream *stream);
/* (transfer none): the pad that frames leave by */
GstPad *gst_camera_stream_get_pad (GstCameraStream *stream);

/* (transfer full): the pad that RTP packets enter by */
GstPad *gst_camera_stream_get_rtp_pad (GstCameraStream *stream);

/* Feeds the stream from @rtp. %FALSE when it has a source already or has ended. */
gboolean gst_camera_stream_link (GstCameraStream *stream, GstPad *rtp);

/* Ends a stream that never got a source: EOS leaves its pad. Nothing happens when it has one. */
void gst_camera_stream_end_unlinked (GstCameraStream *stream);

/* Whether it has a source from which nothing has come yet. */
gboolean gst_camera_stream_is_unheard (GstCameraStream *stream);

/* Takes the stream's source away, whose packets are all through, and ends it. */
void gst_camera_stream_cut (GstCameraStream *stream);

G_END_DECLS
