/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/gstcameragate.h"
#include "camera/gstcameraloss.h"
#include "camera/lean/gstcameraaccessunit.h"
#include "camera/lean/gstcameradepayformat.h"
#include "camera/lean/gstcameraparametersets.h"

G_BEGIN_DECLS

/* What a NAL unit is for the access unit that it is in (ITU-T H.264, 7.4.1.2.3; H.265, 7.4.2.4.4).
 */
typedef enum {
  GST_CAMERA_NAL_SLICE,
  GST_CAMERA_NAL_PARAMETERS, /* goes into the caps; begins an access unit */
  GST_CAMERA_NAL_DELIMITER,  /* left out; begins one */
  GST_CAMERA_NAL_LEADER,     /* kept; begins one */
  GST_CAMERA_NAL_TRAILER,    /* kept behind slices only */
  GST_CAMERA_NAL_LEFT_OUT,
  GST_CAMERA_NAL_OTHER, /* kept where it is */
} GstCameraNalKind;

typedef struct _GstCameraVideoDepay GstCameraVideoDepay;

/**
 * GstCameraVideoCodec:
 * @header: bytes of a NAL unit's header, 2 at most
 * @type_mask: of its type in the first of them
 * @restore: writes the header of the NAL unit that @payload is a fragment of
 * @kind: of @nal, of which @header bytes are there
 * @take: takes a payload apart
 * @put: takes a parameter set: FALSE when it is damaged; @changed: it was not there
 * @caps: of all parameter sets; NULL while some are missing
 */
typedef struct {
  gboolean h265;
  guint header;
  guint8 type_mask;
  void (*restore) (const guint8 *payload, guint8 *nal);
  GstCameraNalKind (*kind) (const guint8 *nal);
  gboolean (*is_key) (const guint8 *nal);
  void (*take) (GstCameraVideoDepay *self, const guint8 *payload, gsize size);
  gboolean (*put) (GstCameraParameterSets *sets, const guint8 *nal, gsize size, gboolean *changed);
  GstCaps *(*caps) (const GstCameraParameterSets *sets);
} GstCameraVideoCodec;

/**
 * GstCameraVideoDepay:
 *
 * What H.264 and H.265 share: NAL units go in, access units come out.
 */
struct _GstCameraVideoDepay {
  const GstCameraVideoCodec *codec;
  GstCameraDepayOutput *output;
  GstCameraParameterSets sets;
  gboolean changed; /* the parameter sets, since the caps were made */
  GstCaps *caps;    /* (nullable) */
  GstCameraNalFormat format;
  GstCameraLoss loss;
  guint missing;

  GstCameraAccessUnit unit;
  guint32 rtp;     /* of what came last */
  gboolean slices; /* @unit has some */
  gboolean key;    /* its first slice decodes alone */
  gboolean broken;
  gboolean given;       /* a picture was, or would have been */
  gboolean marked;      /* the last picture ended with a marker, at @rtp */
  gboolean marks_any;   /* markers say nothing of where pictures end */
  gboolean start_codes; /* its NAL units may hold start codes */
};

GstCameraVideoDepay *
gst_camera_video_depay_new (const GstCameraVideoCodec *codec, GstCameraDepayOutput *output);
/* Takes parameter sets of the SDP. (nullable) */
void gst_camera_video_depay_read_sdp (GstCameraVideoDepay *self, const gchar *base64);

/* For @take of a codec. Begins a NAL unit; @nal: its header and, when @size is more, what follows.
 */
void gst_camera_video_depay_open (GstCameraVideoDepay *self, const guint8 *nal, gsize size);
void gst_camera_video_depay_append (GstCameraVideoDepay *self, const guint8 *data, gsize size);
void gst_camera_video_depay_close (GstCameraVideoDepay *self);
void gst_camera_video_depay_drop (GstCameraVideoDepay *self);
/* A whole one. */
void gst_camera_video_depay_nal (GstCameraVideoDepay *self, const guint8 *nal, gsize size);
/* A fragment of one, FU-A or FU (RFC 6184, 5.8; RFC 7798, 4.4.3). */
void gst_camera_video_depay_fragment (GstCameraVideoDepay *self, const guint8 *payload, gsize size);
/* Several, each behind 16 bits of size (RFC 6184, 5.7.1; RFC 7798, 4.4.2). */
void gst_camera_video_depay_aggregate (GstCameraVideoDepay *self, const guint8 *data, gsize size);

/* Of GstCameraDepayFormat */
void gst_camera_video_depay_take (gpointer format, const GstCameraRtpPacket *packet);
void gst_camera_video_depay_flush (gpointer format);
void gst_camera_video_depay_restart (gpointer format);
void gst_camera_video_depay_free (gpointer format);

G_END_DECLS
