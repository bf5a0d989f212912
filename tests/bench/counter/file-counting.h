/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * file-counting.h: counts the frames of recorded MP4 files by a few threads, and gives back the
 * space of those that are told while they are recorded.
 *
 * A file is read in one of two ways. Whole: each sample's stamp, and whether the sample is whole.
 * Or, for one of a finished fragmented file, the tables of its fragments and the stamp of the first
 * frame of each: the others are taken as consecutive, and where they were not, the next fragment of
 * the camera begins with another number than the one that is due, which shows as a lost or a
 * repeated frame. This reads 1 KiB of a fragment, and is for many cameras on one disk.
 */
#pragma once

#include "frame-sums.h"

G_BEGIN_DECLS

typedef struct _FileCounting FileCounting;

/* @whole_every: which files are read whole, each so many-th (1: all). */
FileCounting *file_counting_new (guint whole_every);
void file_counting_free (FileCounting *self);

/* The file is counted by a thread if its writer is done with it; 5 s later its data are on the
 * disk, by fdatasync(2), and are given back to the file system; it keeps its name and length. A
 * file may be told more than once. */
void file_counting_tell (FileCounting *self, const char *path);

/* To be called after file_counting_tell() and again after so many ms as it returns (-1: not again).
 * Complains (standard error) when it is more than 20 s behind. */
int file_counting_turn (FileCounting *self);

/* Waits for what the threads have been given. */
void file_counting_finish (FileCounting *self);

/* Counts what has not been counted, finished or not, in the caller's thread, after
 * file_counting_finish(). */
void file_counting_count (FileCounting *self, const char *path);

/* Adds "files", "files_read_whole", "bytes", "unreadable" (paths), "most_behind" (s, by which files
 * were released too late), and what frame_sums_describe() adds. */
void file_counting_describe (FileCounting *self, JsonBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FileCounting, file_counting_free)

G_END_DECLS
