/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * GstCameraLoop:
 *
 * The thread that reads the connections of many cameras: each at its own period, all of those that
 * are due one after the other into one buffer that stays in the cache; a connection that somebody
 * watches live is read as soon as something comes (epoll). Nothing else is woken, and no thread is
 * made for a camera.
 */
typedef struct _GstCameraLoop GstCameraLoop;
typedef struct _GstCameraLoopEntry GstCameraLoopEntry;

#define GST_CAMERA_LOOP_BUFFER (1024 * 1024) /* bytes */

typedef struct {
  /* Due, or readable: reads what is there, with @buffer of GST_CAMERA_LOOP_BUFFER bytes for
   * scratch. Gives when it wants to be called next (monotonic, µs) whatever comes. FALSE: never
   * more. */
  gboolean (*run) (gpointer owner, guint8 *buffer, gint64 now, gint64 *next);
} GstCameraLoopFuncs;

/* The loop that this process shares: made for the first, ended with the last reference. */
GstCameraLoop *gst_camera_loop_get_shared (void);
GstCameraLoop *gst_camera_loop_new (const gchar *name);
GstCameraLoop *gst_camera_loop_ref (GstCameraLoop *self);
void gst_camera_loop_unref (GstCameraLoop *self);

/* @fd: not owned. */
GstCameraLoopEntry *
gst_camera_loop_add (GstCameraLoop *self, gint fd, const GstCameraLoopFuncs *funcs, gpointer owner);
/* Whether it is called at once when something can be read. From any thread. */
void gst_camera_loop_set_live (GstCameraLoopEntry *entry, gboolean live);
/* Is called soon. From any thread. */
void gst_camera_loop_wake (GstCameraLoopEntry *entry);
/* After it returned @owner is not called any more (but for when it is called from the call itself).
 */
void gst_camera_loop_remove (GstCameraLoopEntry *entry);

/* For statistics: entries; µs of the longest round of late. */
guint gst_camera_loop_get_size (GstCameraLoop *self);
gint64 gst_camera_loop_take_longest (GstCameraLoop *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraLoop, gst_camera_loop_unref)

G_END_DECLS
