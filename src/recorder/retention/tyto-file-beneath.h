/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-file-beneath.h: files below a directory that holds recordings, and nowhere else: neither
 * ".." nor a symbolic link leads out of it (openat2(2), RESOLVE_BENEATH). Blocking: from a thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @path, absolute, relative to @root; NULL when it does not lie below it. (transfer none) */
const char *tyto_file_beneath_relative (const char *root, const char *path);

/* That of @roots (NULL-terminated) below which @path lies, or NULL. (transfer none) */
const char *tyto_file_beneath_find_root (const char *const *roots, const char *path);

/* Whether @root holds recordings now: it was claimed once (tyto-spool.h), and its disk is not away.
 */
gboolean tyto_file_beneath_is_there (const char *root);

/* Opens the directory of @relative, for the *at(2) calls and fsync(2); @make: made when missing.
 * -1 with errno. */
int tyto_file_beneath_open_directory (const char *root, const char *relative, gboolean make);

/* The last part of @relative. (transfer none) */
const char *tyto_file_beneath_name (const char *relative);

/* Deletes the directory of @relative if it is empty, and then those above it that are, as long as
 * nothing was made or deleted in them since @before_s (time(2)). What cannot be deleted stays. */
void tyto_file_beneath_prune (const char *root, const char *relative, gint64 before_s);

G_END_DECLS
