/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>
#include <gst/gst.h>

G_BEGIN_DECLS

/* Lets media wait in the kernel until there is a batch of it (SO_RCVLOWAT, socket(7)): rtspsrc
 * wakes for each batch instead of for each packet, then reads all that is there. The batch follows
 * the bit rate, so that it is a matter of time and not of bytes; when nothing came for a second,
 * whatever waits is let through at once. */
typedef struct _GstCameraBatch GstCameraBatch;

/* How often gst_camera_batch_adapt() wants to be called. */
#define GST_CAMERA_BATCH_PERIOD GST_SECOND

GstCameraBatch *gst_camera_batch_new (void);
void gst_camera_batch_free (GstCameraBatch *self);

/* Begins with batches of @duration on the connection that the calling thread made last: rtspsrc
 * connects and talks on one thread and shows its connection nobody. FALSE, and nothing is done,
 * when
 * @duration is 0 or there is no such connection. */
gboolean gst_camera_batch_start (GstCameraBatch *self, GstClockTime duration);
/* @bytes: media received so far; called once a period, sets the size of the next batches. */
void gst_camera_batch_adapt (GstCameraBatch *self, guint64 bytes);
/* Lets through what waits, and all that comes from now on. */
void gst_camera_batch_stop (GstCameraBatch *self);

G_END_DECLS
