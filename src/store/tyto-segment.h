/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-segment.h: what the catalogue knows of one segment: the file of one run between two clock
 * boundaries. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_SEGMENT (tyto_segment_get_type ())

/**
 * TytoSegment: a reference-counted record; do not change it once it is shared.
 * @id: tyto_segment_id_new (@run, @sequence)
 * @stream: "main" or "sub"
 * @path: absolute path of the finished file
 * @start_us: wall clock at the first frame, µs since the Unix epoch
 * @end_us: @start_us plus @duration_ns
 * @monotonic_ns: CLOCK_MONOTONIC at the first frame
 * @camera_time_us: the camera's own clock (RTCP sender reports) at the first frame, µs since the
 * epoch; -1 when it sent none
 * @duration_ns: to the end of the last frame, on the monotonic clock
 * @bytes: size of the file
 * @packets_lost: RTP packets that never came while it was open
 * @video_codec, @audio_codec: "h264", "h265", "aac", "opus", "pcmu", "pcma", or ""
 * @cut_reason: why it ended: "boundary", "eos", "caps", "clock"; "" or NULL where unknown
 * @clock_source: what @start_us was read from: "system" (or NULL) or "camera"
 * @clock_offset_us: @start_us minus the system's clock at that frame
 * @frames_missing: frames the camera numbered within it that never came whole
 * @recovered: its worker died before it was finished; it was mended from what was on disk
 * @archived: a copy of it is elsewhere: it may be deleted when the disk is full
 * @sha256: of the file, 64 hexadecimal digits, NULL where unknown
 * @object: its key in the archive's bucket, NULL where it is not there
 * @uploaded_us: since when it is there; -1 where it is not
 * @tier: where the file is: "fast" (or NULL), "slow", or "archive": nowhere but in the archive
 */
typedef struct {
  char *id;
  char *camera;
  char *stream;
  char *run;
  guint64 sequence;
  char *path;
  char *format;
  char *video_codec;
  char *audio_codec;
  gint64 start_us;
  gint64 end_us;
  guint64 monotonic_ns;
  gint64 camera_time_us;
  guint64 duration_ns;
  guint64 frames;
  guint64 key_frames;
  guint64 audio_frames;
  guint64 bytes;
  guint64 packets_lost;
  char *cut_reason;
  char *clock_source;
  gint64 clock_offset_us;
  guint64 frames_missing;
  gboolean recovered;
  gboolean archived;
  char *sha256;
  char *object;
  gint64 uploaded_us;
  char *tier;
} TytoSegment;

GType tyto_segment_get_type (void);
TytoSegment *tyto_segment_new (void);
TytoSegment *tyto_segment_copy (const TytoSegment *self); /* another record, to change */
TytoSegment *tyto_segment_ref (TytoSegment *self);
void tyto_segment_unref (TytoSegment *self);

/**
 * From the dictionary of the worker's SegmentClosed signal (data/org.tyto.Worker1.xml).
 * TYTO_ERROR_INVALID_ARGUMENT when one of camera s, run s, sequence t, path s, format s,
 * wall-start x, duration t, frames t or bytes t is missing. Optional: stream s ("main"),
 * video-codec s, audio-codec s, monotonic-start t, camera-time x (-1), key-frames t, audio-frames
 * t, packets-lost t, reason s (""), clock-source s ("system"), clock-offset x, frames-missing t.
 * Whether the path lies in the spool is for the caller to check.
 */
TytoSegment *tyto_segment_new_from_worker (GVariant *dict, GError **error);

/* The same from SegmentOpened: without duration, frames and bytes; its end_us is -1. */
TytoSegment *tyto_segment_new_open_from_worker (GVariant *dict, GError **error);

/* As the API shows it (a{sv}, floating): id, camera, stream, run, sequence, start, end (RFC 3339),
 * duration (s), frames, key_frames, audio_frames, bytes, packets_lost, format, video_codec,
 * audio_codec, path, camera_time (when known), cut_reason, clock_source, clock_offset (s),
 * frames_missing, recovered, archived, tier, and where known sha256, object, uploaded. */
GVariant *tyto_segment_to_variant (const TytoSegment *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoSegment, tyto_segment_unref)

G_END_DECLS
