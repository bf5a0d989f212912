/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* shim-journal.h: what a disk would hold after a power loss.
 *
 * The file "journal" beside the shim, a line each, in the order of the calls; power_loss.py
 * replays it. Paths are the last word, in renames two with a tab between:
 *   known INODE SIZE PATH    a file that was there before is opened for writing
 *   create INODE PATH        a new file
 *   sync INODE SIZE PATH     fdatasync or fsync has come back; SIZE as it was before the call
 *   undo INODE OFFSET HEX    bytes that are going to be overwritten or cut off
 *   rename FROM<tab>TO       link FROM<tab>TO       unlink PATH
 *   syncdir PATH             fsync of a directory has come back
 * A file whose name goes away is kept as "kept-INODE" beside the shim.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* @existed: the file was there before it was opened. */
void shim_journal_open (int fd, const char *path, bool existed);

/* Before @size bytes go to @offset of @fd, or to its end when @size is -1 (it is cut there). */
void shim_journal_overwrite (int fd, off_t offset, off_t size);

/* @size: of the file before it was synced. */
void shim_journal_sync (int fd, off_t size, const char *path);
void shim_journal_syncdir (const char *path);

/* Before @path is unlinked or replaced: keeps its bytes. */
void shim_journal_keep (const char *path);
void shim_journal_unlink (const char *path);

/* @verb: "rename" or "link". */
void shim_journal_move (const char *verb, const char *from, const char *to);
