/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * GstCameraAccessUnit:
 *
 * The access unit that is being assembled: NAL units, each behind four bytes of length (ISO/IEC
 * 14496-15, 5.3.4.2). Its memory is as large as units of its kind were of late, which costs nothing
 * until it is written to, and becomes the buffer's own once trimmed: each byte is copied once.
 */
typedef struct {
  guint8 *data;
  gsize size;
  gsize capacity;
  gsize expected[2]; /* bytes, of pictures that need others and of those that do not */
  gsize nal;         /* where the open NAL unit's length stands */
  gboolean open;
} GstCameraAccessUnit;

/* Opens a NAL unit behind what is there. @key: the unit is a picture that decodes alone */
void gst_camera_access_unit_open (GstCameraAccessUnit *self, gboolean key);
/* FALSE when the unit is too large: then the NAL unit is dropped. */
gboolean gst_camera_access_unit_append (GstCameraAccessUnit *self, const guint8 *data, gsize size);
/* The open NAL unit's first byte, and its @size so far. */
guint8 *gst_camera_access_unit_peek (const GstCameraAccessUnit *self, gsize *size);
/* The open NAL unit is only @size bytes long. */
void gst_camera_access_unit_cut (GstCameraAccessUnit *self, gsize size);
void gst_camera_access_unit_close (GstCameraAccessUnit *self); /* keeps the open NAL unit */
void gst_camera_access_unit_drop (GstCameraAccessUnit *self);  /* forgets it */
/* All of it; it is empty then. (transfer full) */
GstBuffer *gst_camera_access_unit_take (GstCameraAccessUnit *self, gboolean key);
void gst_camera_access_unit_clear (GstCameraAccessUnit *self);

G_END_DECLS
