/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "s3/gsts3pace.h"

gint64
gst_s3_pace_wait (const GstS3Pace *self, gint64 now)
{
  return MAX (self->free_at - now, 0);
}

void
gst_s3_pace_spend (GstS3Pace *self, gint64 now, guint64 bytes, guint64 bandwidth)
{
  self->free_at = MAX (self->free_at, now);
  if (bandwidth > 0)
    self->free_at += (gint64) ((gdouble) bytes * G_USEC_PER_SEC / (gdouble) bandwidth);
}

guint64
gst_s3_meter_sample (GstS3Meter *self, gint64 now, guint64 sent)
{
  guint newest = self->count % GST_S3_METER_SAMPLES;
  guint oldest = self->count < GST_S3_METER_SAMPLES ? 0 : (self->count + 1) % GST_S3_METER_SAMPLES;
  gint64 span;

  self->at[newest] = now;
  self->sent[newest] = sent;
  self->count++;
  span = now - self->at[oldest];
  if (span <= 0 || sent < self->sent[oldest])
    return 0;
  return (guint64) ((gdouble) (sent - self->sent[oldest]) * G_USEC_PER_SEC / (gdouble) span);
}
