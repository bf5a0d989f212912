/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cameradepay-units.h: what a depayloader gave, kept for a test to look at. */
#pragma once

#include "camera/lean/gstcameradepay.h"

G_BEGIN_DECLS

/* A unit, with the caps that were told last. */
typedef struct {
  GstBuffer *buffer;
  GstCaps *caps;
  guint32 rtp;
  gboolean whole;
  guint missing;
  GstCameraPicture picture;
} Unit;

extern const GstCameraDepayEvents unit_list_events;

/* The owner of these events. (element-type Unit) */
GArray *unit_list_new (void);
const Unit *unit_list_get (GArray *units, guint at);
void unit_list_append (GArray *units, GstBuffer *buffer, GstCaps *caps);

G_END_DECLS
