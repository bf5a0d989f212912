/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-catalogue-retention.h: what of the catalogue has to go, and what must not: clips.
 *
 * Deletion in three steps, each of which may be the last before a crash: the row is marked (from
 * then on no list shows the segment, and it is no longer uploaded, moved or evicted) → its object
 * and its file are removed → the row is deleted. Marked rows are listed at the next start and gone
 * through again. What is marked can no longer be archived or placed (TYTO_ERROR_NOT_FOUND). The
 * rules of tyto-catalogue.h hold; the finish function of what changes something
 * is tyto_catalogue_enter_finish().
 */
#pragma once

#include "store/tyto-catalogue-archive.h"
#include "store/tyto-clip.h"

G_BEGIN_DECLS

/* Enters a clip, or changes the one of the same id. NOT_FOUND: its broadcast, or that is being
 * deleted. */
void
tyto_catalogue_enter_clip_async (TytoCatalogue *self, TytoClip *clip, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data);
/* TYTO_ERROR_NOT_FOUND. */
void
tyto_catalogue_delete_clip_async (TytoCatalogue *self, const char *id, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
/* (element-type TytoClip), the oldest first. @camera, @broadcast: NULL for all. */
void tyto_catalogue_list_clips_async (TytoCatalogue *self, const char *camera,
                                      const char *broadcast, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);

/* Segments of @camera that ended at or before @before_us, no clip of the camera overlaps and
 * nobody deletes yet; the oldest first; those after the segment @after (NULL: from the first).
 * @limit: 1–1000. */
void
tyto_catalogue_list_expired_async (TytoCatalogue *self, const char *camera, gint64 before_us,
                                   const TytoSegment *after, guint limit, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
/* Of all cameras: the segments with a local file that began first, archived or not, that no clip
 * keeps: what goes when the disk must have room. */
void tyto_catalogue_list_oldest_async (TytoCatalogue *self, guint limit, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);

/* Marks the segment. TYTO_ERROR_NOT_FOUND; WRONG_STATE: a clip keeps it. */
void tyto_catalogue_mark_deleting_async (TytoCatalogue *self, const char *id, gint64 now_us,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
/* The marked ones, the longest marked first. Their @object is also set where an upload was begun
 * and never told to be finished: it may be there. */
void
tyto_catalogue_list_deleting_async (TytoCatalogue *self, guint limit, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
/* The segment @id when it is marked: one row or none. */
void
tyto_catalogue_find_deleting_async (TytoCatalogue *self, const char *id, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
/* A marked segment's row goes. When its camera has no older one but those marked or kept by clips,
 * its expired_us moves to the segment's end; otherwise a gap "deleted" takes its place. An unknown
 * or unmarked @id is no error and changes nothing. */
void tyto_catalogue_finish_deletion_async (TytoCatalogue *self, const char *id,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);

/* Thumbnails of @camera (element-type TytoUpload: path, key, id, start_us) taken before @before_us
 * outside of clips, the oldest first; and one's row goes (its file and object are gone). */
void
tyto_catalogue_list_expired_thumbnails_async (TytoCatalogue *self, const char *camera,
                                              gint64 before_us, guint limit,
                                              GCancellable *cancellable,
                                              GAsyncReadyCallback callback, gpointer user_data);
void tyto_catalogue_delete_thumbnail_async (TytoCatalogue *self, const char *camera,
                                            gint64 taken_us, GCancellable *cancellable,
                                            GAsyncReadyCallback callback, gpointer user_data);
/* Gaps, wishes and runs without segments of @camera that ended at or before @before_us go (not gaps
 * and wishes that overlap a clip), and its expired_us moves there. */
void tyto_catalogue_forget_past_async (TytoCatalogue *self, const char *camera, gint64 before_us,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);

/* Up to when retention has deleted what no clip keeps of @camera; -1: nothing yet. */
void tyto_catalogue_get_expired_async (TytoCatalogue *self, const char *camera,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);
gboolean tyto_catalogue_get_expired_finish (TytoCatalogue *self, GAsyncResult *result,
                                            gint64 *expired_us, GError **error);

/* TytoKeptTotals: what a camera has, by where it is. @first_us: start of its oldest, -1 for none.
 * @expired_us: up to here retention has deleted, -1 for nothing yet. */
typedef struct {
  char *camera;
  guint64 fast_bytes;
  guint64 slow_bytes;
  guint64 archive_bytes; /* objects, with or without a local file */
  guint64 kept_bytes;    /* of all its segments, each once */
  guint64 day_bytes;     /* recorded in the last 24 hours, counted by the hour */
  gint64 first_us;
  gint64 expired_us;
} TytoKeptTotals;

void tyto_kept_totals_free (TytoKeptTotals *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoKeptTotals, tyto_kept_totals_free)

/* (element-type TytoKeptTotals), a row for each camera. */
void tyto_catalogue_list_kept_async (TytoCatalogue *self, gint64 now_us, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
