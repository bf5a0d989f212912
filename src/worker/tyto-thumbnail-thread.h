/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-thumbnail-thread.h: the thread in which the thumbnails of all cameras of a process are made,
 * one after the other: at most one decoder is open.
 *
 * It gives way to what records (nice 19), and between two pictures that nobody waits for it rests
 * for three times as long as it worked and waits for the turn of its process
 * (tyto-thumbnail-turn.h): when many cameras start at once, in however many processes, one of their
 * first pictures is made at a time. A few key frames are held for their turn, more are
 * refused: of cameras that send theirs at one moment each has its turn within some seconds, and
 * little memory is held.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _TytoThumbnailThread TytoThumbnailThread;

/* @make: called in the thread with each job */
TytoThumbnailThread *tyto_thumbnail_thread_new (void (*make) (gpointer job));

/* Makes what has been pushed, then ends the thread. */
void tyto_thumbnail_thread_free (TytoThumbnailThread *self);

/* @root: (nullable): where the turn is taken; none is needed without. Valid as long as @job.
 * @asked_for: somebody waits for it: it is never refused. FALSE when @job is refused; it may be
 * pushed again at the camera's next key frame. Any thread; does not wait. */
gboolean tyto_thumbnail_thread_push (TytoThumbnailThread *self, gpointer job, const char *root,
                                     gboolean asked_for);

G_END_DECLS
