/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstSegmentPoolWork:
 * @GST_SEGMENT_POOL_WRITES: writing, which rarely waits for a disk
 * @GST_SEGMENT_POOL_SYNCS: waiting until a disk has what was written
 */
typedef enum {
  GST_SEGMENT_POOL_WRITES,
  GST_SEGMENT_POOL_SYNCS,
  GST_SEGMENT_POOL_N_WORKS,
} GstSegmentPoolWork;

/**
 * GstSegmentPool:
 *
 * A few threads for work that may wait for a disk, shared by all who have such work, with a pool
 * for each kind of it. As long as no call takes long one thread does it all, and a second one
 * watches. Work that is due and has not begun after the pool's patience gets a thread more, and so
 * on at a measured pace, so that no one's disk holds up another one's work; threads that are not
 * needed for #GST_SEGMENT_POOL_LINGER end. Safe to use from any thread.
 */
typedef struct _GstSegmentPool GstSegmentPool;

/* One who has work. It is never called in two threads at once. */
typedef struct _GstSegmentPoolEntry GstSegmentPoolEntry;

#define GST_SEGMENT_POOL_LINGER (3 * G_TIME_SPAN_SECOND)

/* No call before a wake. */
#define GST_SEGMENT_POOL_NEVER G_MAXINT64

/* Does a piece of what is to be done. Returns: when there is more to do, monotonic, µs: now or
 * before: as soon as those who have waited longer have had their turn; or
 * %GST_SEGMENT_POOL_NEVER. */
typedef gint64 (*GstSegmentPoolFunc) (gpointer owner);

/* Returns: (transfer full): the pool for @work that this process shares; it ends with its last
 * reference, of which none may be given back from a call of the pool. */
GstSegmentPool *gst_segment_pool_get_shared (GstSegmentPoolWork work);
GstSegmentPool *gst_segment_pool_ref (GstSegmentPool *pool);
void gst_segment_pool_unref (GstSegmentPool *pool);

/* Returns: (transfer full): for gst_segment_pool_remove(). @func is not called before a wake. */
GstSegmentPoolEntry *
gst_segment_pool_add (GstSegmentPool *pool, GstSegmentPoolFunc func, gpointer owner);

/* Has the entry called soon, or at @time (monotonic, µs) at the latest; once more when it is being
 * called. */
void gst_segment_pool_wake (GstSegmentPoolEntry *entry);
void gst_segment_pool_wake_at (GstSegmentPoolEntry *entry, gint64 time);

/* Frees @entry. Waits for a call under way; none comes afterwards. */
void gst_segment_pool_remove (GstSegmentPoolEntry *entry);

/* Returns: how many threads there are. */
guint gst_segment_pool_get_n_threads (GstSegmentPool *pool);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstSegmentPool, gst_segment_pool_unref)

G_END_DECLS
