/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gst/sdp/gstsdpmessage.h>

G_BEGIN_DECLS

/* GstCameraChoice: the first media of its kind that gst_camera_depay_knows().
 * @caps: (nullable): application/x-rtp, NULL: there is none; @media: index in the SDP
 * @control: (nullable): of its SETUP, as it is written */
typedef struct {
  GstCaps *caps;
  guint media;
  gchar *control;
} GstCameraChoice;

/**
 * GstCameraDescription:
 *
 * What of a camera's description of its stream (SDP, RFC 8866) a session by the lean engine is made
 * of. Two that are equal make the same session.
 * @audio_wanted: else @audio has no caps
 * @control: (nullable): of the whole presentation, as it is written
 */
typedef struct {
  gboolean audio_wanted;
  GstCameraChoice video;
  GstCameraChoice audio;
  gchar *control;
} GstCameraDescription;

GstCameraDescription *gst_camera_description_new (const GstSDPMessage *sdp, gboolean audio_wanted);
void gst_camera_description_free (GstCameraDescription *self);

gboolean
gst_camera_description_equal (const GstCameraDescription *a, const GstCameraDescription *b);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraDescription, gst_camera_description_free)

G_END_DECLS
