/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* shim-control.h: what the shim shall do, read from the file "control" beside its .so.
 *
 * A line each; the file is put in place by rename(2), and counts start anew with it:
 *   prefix DIR          only files below it (absolute; nothing is touched without)
 *   match TEXT          what follows, up to the next match, is for paths with this text only; the
 *                       last match that fits a path counts
 *   program NAME        and only in this program
 *   fail OP ERRNO [N]   calls of OP fail (the first N in each process, all without N)
 *   stall OP SECONDS [N]  they take that long, or until the control file changes
 *   kill OP before|half|after N  the N-th call kills the process (half: a write of half the bytes
 *                       comes first); once for each match, over all processes
 *   journal             keep what a power loss would need to know (shim-journal.h)
 *   trace               tell all calls, not only what was done to them
 * OP: open (creating or writing), write, fdatasync, fsync, syncdir (fsync of a directory), rename,
 * link, unlink, truncate, allocate, close (of a file open for writing).
 *
 * What was done stands in the file "events" beside it, a line each: PID PROGRAM OP ACTION PATH.
 *
 * The shim uses system calls directly and allocates nothing, so that it works in any process at
 * any time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define SHIM_PATH_MAX 4096

typedef enum {
  SHIM_OPEN,
  SHIM_WRITE,
  SHIM_FDATASYNC,
  SHIM_FSYNC,
  SHIM_SYNCDIR,
  SHIM_RENAME,
  SHIM_LINK,
  SHIM_UNLINK,
  SHIM_TRUNCATE,
  SHIM_ALLOCATE,
  SHIM_CLOSE,
  SHIM_N_OPS,
} ShimOp;

typedef enum {
  SHIM_GO,   /* make the call */
  SHIM_FAIL, /* do not: errno is set */
  SHIM_HALF, /* write half, then shim_die() */
} ShimVerdict;

/* The directory of the shim's .so, with a slash behind. */
const char *shim_directory (void);

/* Is @path below the prefix? Reads the control file again when it has changed. */
bool shim_covers (const char *path);

/* Does the control file ask for a journal? */
bool shim_keeps_journal (void);

/* To be called around each call for a path that is covered. */
ShimVerdict shim_before (ShimOp op, const char *path);
void shim_after (ShimOp op, const char *path);

/* Ends the process at once, as kill -9 does. */
void shim_die (ShimOp op, const char *path) __attribute__ ((noreturn));

/* Adds @text to the file @name in shim_directory() by one write. */
void shim_append (const char *name, const char *text, size_t size);
