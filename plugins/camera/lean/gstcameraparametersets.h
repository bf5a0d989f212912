/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* A parameter set: a NAL unit with its header. @type: nal_unit_type; @id: its own */
typedef struct {
  guint type;
  guint id;
  GBytes *nal;
} GstCameraParameterSet;

/**
 * GstCameraParameterSets:
 *
 * The parameter sets that came last, by type and id.
 */
typedef struct {
  GArray *sets; /* (element-type GstCameraParameterSet), in order */
  guint latest; /* id of the sequence parameter set that changed last */
} GstCameraParameterSets;

void gst_camera_parameter_sets_init (GstCameraParameterSets *self);
void gst_camera_parameter_sets_clear (GstCameraParameterSets *self);

/* Whether it is another one than was there. */
gboolean gst_camera_parameter_sets_put (GstCameraParameterSets *self, guint type, guint id,
                                        const guint8 *nal, gsize size);
/* (nullable) (transfer none) */
GBytes *gst_camera_parameter_sets_get (const GstCameraParameterSets *self, guint type, guint id);

/* Appends those of @type to @to, up to @max, each behind 16 bits of size (as avcC and hvcC have
 * them). Gives how many. */
guint gst_camera_parameter_sets_write (const GstCameraParameterSets *self, guint type, guint max,
                                       GByteArray *to);

/* Calls @take with each of those in @base64: NAL units, divided by commas (RFC 6184, 8.1; RFC 7798,
 * 7.1). What is no base64 is passed over. */
void
gst_camera_parameter_sets_read_sdp (const gchar *base64,
                                    void (*take) (gpointer owner, const guint8 *nal, gsize size),
                                    gpointer owner);

G_END_DECLS
