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
 * made for a camera. Calls must not block: they hold up the other cameras of the loop (but never
 * who adds, wakes or removes another entry).
 */
typedef struct _GstCameraLoop GstCameraLoop;
typedef struct _GstCameraLoopEntry GstCameraLoopEntry;

#define GST_CAMERA_LOOP_BUFFER (1024 * 1024) /* bytes */
/* µs: calls come at multiples of this, so that many cameras share a wake-up. */
#define GST_CAMERA_LOOP_TICK (20 * G_TIME_SPAN_MILLISECOND)

typedef struct {
  /* Due, readable (live), or woken; there may be nothing to read. Reads what is there, with @buffer
   * of GST_CAMERA_LOOP_BUFFER bytes for scratch. Gives when it wants to be called next (monotonic,
   * µs) whatever comes: it is at the nearest tick, the next one at the earliest, also when it gives
   * nothing. FALSE: never more. */
  gboolean (*run) (gpointer owner, guint8 *buffer, gint64 now, gint64 *next);
} GstCameraLoopFuncs;

/* The loop that this process shares: made for the first, ended with the last reference. NULL when
 * the process may open no more files or start no more threads. (transfer full) */
GstCameraLoop *gst_camera_loop_get_shared (GError **error);
/* @name: of its thread, at most 15 characters. (transfer full) */
GstCameraLoop *gst_camera_loop_new (const gchar *name, GError **error);
GstCameraLoop *gst_camera_loop_ref (GstCameraLoop *self);
/* The last reference waits for the thread (but for when it is dropped in it). */
void gst_camera_loop_unref (GstCameraLoop *self);

/* Is called soon for the first time; holds a reference to the loop. From any thread, as all that
 * follows.
 * @fd: not owned, of no other entry; stays open until the entry is removed
 * @funcs: stays valid as long */
GstCameraLoopEntry *
gst_camera_loop_add (GstCameraLoop *self, gint fd, const GstCameraLoopFuncs *funcs, gpointer owner);
/* Whether it is called at once when something can be read, or the camera hangs up; as well as when
 * it is due. FALSE when the kernel does not watch it: then it is read in its own time only. */
gboolean gst_camera_loop_set_live (GstCameraLoopEntry *entry, gboolean live);
/* The first time after @now at which all who come every @period (µs, above 0) come together:
 * monotonic, µs. One wake-up is theirs then, and what they read is written in one, too. */
gint64 gst_camera_loop_get_round (const GstCameraLoopEntry *entry, gint64 now, gint64 period);
/* Is called soon, once more if it is being called now. */
void gst_camera_loop_wake (GstCameraLoopEntry *entry);
/* After it returned @owner is not called any more (but for when it is called from the call itself:
 * then that one is the last). Frees @entry, also one that was done. Waits for a call that is under
 * way in the loop's thread: hold no lock that the call takes. */
void gst_camera_loop_remove (GstCameraLoopEntry *entry);

/* For statistics: entries; µs of the longest round since the last look. */
guint gst_camera_loop_get_size (GstCameraLoop *self);
gint64 gst_camera_loop_take_longest (GstCameraLoop *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraLoop, gst_camera_loop_unref)

G_END_DECLS
