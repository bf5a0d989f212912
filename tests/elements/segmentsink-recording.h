/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * SegmentRecording:
 *
 * A pipeline with a segmentsink named "s", run to its end below a directory of its own.
 */
typedef struct {
  gchar *root;
  GstElement *pipeline;
  GPtrArray *opened; /* (element-type GstStructure) */
  GPtrArray *closed; /* (element-type GstStructure) */
  GString *order;    /* what came on the bus: o(pened), c(losed), w(arning), e(rror), E(OS) */
  gchar *error;      /* (nullable): of the first ERROR */
} SegmentRecording;

/* Segments end at multiples of their length since 1970: with 86400 s at midnight UTC, also while a
 * test runs. Returns: a length (s) of which no boundary comes within the next hour. */
guint segment_recording_undivided (void);

/* @description: a gst-launch line; each "ROOT" in it stands for the directory, each "UNDIVIDED" for
 * segment_recording_undivided(). */
SegmentRecording *segment_recording_new (const gchar *description);

/* Plays until a message of one of @letters (see order) came; fails the test after 30 s. */
void segment_recording_play_until (SegmentRecording *recording, const gchar *letters);

/* new, and play_until EOS or ERROR. */
SegmentRecording *segment_recording_run (const gchar *description);

void segment_recording_free (SegmentRecording *recording);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SegmentRecording, segment_recording_free)

guint64 segment_recording_get_uint64 (GPtrArray *structures, guint index, const gchar *field);
gint64 segment_recording_get_int64 (GPtrArray *structures, guint index, const gchar *field);
const gchar *segment_recording_get_string (GPtrArray *structures, guint index, const gchar *field);
guint64 segment_recording_sum (GPtrArray *structures, const gchar *field);

/* Runs ffprobe for @entries of the @streams ("v", "a" or NULL) of a file, counting its frames.
 * Returns: (transfer full): "value,value\n…" without keys. */
gchar *segment_recording_probe (const gchar *path, const gchar *streams, const gchar *entries);

/* Returns: the number of frames ffprobe decodes of the @streams ("v", "a"). */
guint64 segment_recording_count_frames (const gchar *path, const gchar *streams);

/* Decodes everything, and fails the test when ffmpeg has anything to say.
 * @pictures: (nullable): the MD5 of each picture is appended. Returns: the number of audio frames.
 */
guint64 segment_recording_decode (const gchar *path, GPtrArray *pictures);

/* Returns: (transfer full): the files below @directory, relative, sorted, joined by spaces. */
gchar *segment_recording_list_files (const gchar *directory);

G_END_DECLS
