/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/gstcameratrack.h"
#include "camera/lean/gstcameradepay.h"

G_BEGIN_DECLS

/* Where the access units of one media leave the element: its pad, and the track that they pass
 * before. No thread of its own: who gives also pushes. */
typedef struct _GstCameraOutlet GstCameraOutlet;

/* @media: index in the SDP; @rate: Hz of its RTP timestamps
 * @track: (transfer none): outlives the outlet
 * @klass: has a pad template "video" or "audio" for it */
GstCameraOutlet *
gst_camera_outlet_new (guint media, guint rate, GstCameraTrack *track, GstElementClass *klass);
void gst_camera_outlet_free (GstCameraOutlet *self);

guint gst_camera_outlet_get_media (GstCameraOutlet *self);
gboolean gst_camera_outlet_is_video (GstCameraOutlet *self);
/* (transfer none): not of an element yet */
GstPad *gst_camera_outlet_get_pad (GstCameraOutlet *self);
/* For the answer to LATENCY queries, ms that media wait before they are read. */
void gst_camera_outlet_set_latency (GstCameraOutlet *self, guint latency);

void gst_camera_outlet_set_caps (GstCameraOutlet *self, GstCaps *caps);
/* Gathers what of @unit, whose buffer is (transfer full), passes the track. */
void gst_camera_outlet_take (GstCameraOutlet *self, const GstCameraUnit *unit, GstClockTime pts);
/* Pushes what has been gathered, as one list. */
GstFlowReturn gst_camera_outlet_push (GstCameraOutlet *self);
/* Pushes what has been gathered, and EOS; once. */
void gst_camera_outlet_end (GstCameraOutlet *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraOutlet, gst_camera_outlet_free)

G_END_DECLS
