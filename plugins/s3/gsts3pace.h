/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstS3Pace: when the next bytes may be sent under a limit of bandwidth. A plain value, all zero at
 * first. Times are monotonic, µs.
 */
typedef struct {
  gint64 free_at; /* what was sent so far is paid for */
} GstS3Pace;

/* How long to wait before more may be sent, µs. */
gint64 gst_s3_pace_wait (const GstS3Pace *self, gint64 now);
/* @bytes are sent from @now on. @bandwidth: bytes/s, 0: no limit */
void gst_s3_pace_spend (GstS3Pace *self, gint64 now, guint64 bytes, guint64 bandwidth);

#define GST_S3_METER_SAMPLES 8

/* GstS3Meter: how fast bytes went over the last seconds. A plain value, all zero at first. */
typedef struct {
  gint64 at[GST_S3_METER_SAMPLES];
  guint64 sent[GST_S3_METER_SAMPLES];
  guint count;
} GstS3Meter;

/* @sent: bytes at @now, in all. Returns: bytes/s since the oldest sample. */
guint64 gst_s3_meter_sample (GstS3Meter *self, gint64 now, guint64 sent);

G_END_DECLS
