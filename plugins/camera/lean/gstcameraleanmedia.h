/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/gstcamerartp.h"
#include "camera/lean/gstcameradepay.h"
#include "camera/lean/gstcamerahandshake.h"

G_BEGIN_DECLS

/**
 * GstCameraLeanMedia:
 *
 * One media of a camera: its access units with their running times from its packets, what its
 * sender reports say, and receiver reports about it. For one thread.
 */
typedef struct _GstCameraLeanMedia GstCameraLeanMedia;

/* When what is taken was read. @time: running time; @period: at most so long it may have waited
 * before (ns); @monotonic: µs */
typedef struct {
  GstClockTime time;
  GstClockTime period;
  gint64 monotonic;
} GstCameraLeanArrival;

/* @media: index in the SDP */
typedef struct {
  void (*caps) (gpointer owner, guint media, GstCaps *caps);
  /* @unit: its buffer is (transfer full) */
  void (*unit) (gpointer owner, guint media, const GstCameraUnit *unit, GstClockTime pts);
} GstCameraLeanMediaEvents;

/* What came with packets of RTCP. */
typedef enum {
  GST_CAMERA_LEAN_NOTHING = 0,
  GST_CAMERA_LEAN_REPORT = 1 << 0, /* from the sender */
  GST_CAMERA_LEAN_BYE = 1 << 1,    /* the sender leaves (RFC 3550, 6.6) */
} GstCameraLeanNews;

/* @events, @arrival: stay valid as long; @arrival is looked at when something is taken.
 * (nullable): NULL when it is no media we know */
GstCameraLeanMedia *
gst_camera_lean_media_new (const GstCameraGrant *grant, const GstCameraLeanArrival *arrival,
                           const GstCameraLeanMediaEvents *events, gpointer owner);
void gst_camera_lean_media_free (GstCameraLeanMedia *self);

/* FALSE: another source (SSRC) sends. */
gboolean gst_camera_lean_media_take (GstCameraLeanMedia *self, const guint8 *packet, gsize size);
GstCameraLeanNews
gst_camera_lean_media_take_rtcp (GstCameraLeanMedia *self, const guint8 *packet, gsize size);
/* Gives what is complete though nothing said so. */
void gst_camera_lean_media_flush (GstCameraLeanMedia *self);

/* Lays it beside @reference by their sender reports: see gstcamerarunningclock.h. */
void
gst_camera_lean_media_lay_beside (GstCameraLeanMedia *self, const GstCameraLeanMedia *reference);
/* The camera's time (µs since the Unix epoch) of the last sender report, and its running time.
 * FALSE before one, and before the first unit. */
gboolean gst_camera_lean_media_get_clock (const GstCameraLeanMedia *self, gint64 *camera_time,
                                          GstClockTime *running_time);

/* Writes a receiver report into @to, of GST_CAMERA_RTCP_SIZE bytes; gives its size.
 * @now: monotonic, µs */
gsize gst_camera_lean_media_write_report (GstCameraLeanMedia *self, guint8 *to, const gchar *cname,
                                          gint64 now);
/* Adds what it has counted. */
void gst_camera_lean_media_count (const GstCameraLeanMedia *self, GstCameraRtpCounters *counters);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraLeanMedia, gst_camera_lean_media_free)

G_END_DECLS
