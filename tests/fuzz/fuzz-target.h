/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fuzz-target.h: what the fuzz targets share; libFuzzer calls the two functions of its interface.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* libFuzzer's: once at the start, and once for each input. */
int LLVMFuzzerInitialize (int *argc, char ***argv);
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/* Writes @data to the file @name in a directory of this process, in memory. Returns: (transfer
 * full): its path */
char *fuzz_target_write (const guint8 *data, gsize size, const char *name);

/* The directory. (transfer none) */
const char *fuzz_target_directory (void);

/* From now on messages of the log are dropped, and a critical is a find. */
void fuzz_target_be_silent (void);

G_END_DECLS
