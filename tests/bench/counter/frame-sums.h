/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* frame-sums.h: which frames of the simulator's cameras have been seen (tests/tools/camsim). */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef struct _FrameSums FrameSums;

FrameSums *frame_sums_new (void);
void frame_sums_free (FrameSums *self);

/* Counts the frame in @data, an MP4 sample of H.264 or H.265 with lengths of 4 bytes, when it has a
 * stamp; as damaged when its NAL units do not end where it does, or none is a slice. Any
 * thread. */
void frame_sums_add_sample (FrameSums *self, const guint8 *data, gsize size);

/* Counts the frames of @count samples that follow one another as consecutive, by the stamp of the
 * first one: @data is the beginning of it, with all in front of its first slice, and @size bytes
 * are the whole. What is missing or twice among the others shows where the next run begins. Any
 * thread, as frame_sums_add_sample(). */
void frame_sums_add_run (FrameSums *self, const guint8 *data, gsize read, gsize size, guint count);

/* Adds "damaged", and "cameras": {"1": {"frames": 3, "repeated": 0, "spans": [[7, 9]]}}. */
void frame_sums_describe (FrameSums *self, JsonBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FrameSums, frame_sums_free)

G_END_DECLS
