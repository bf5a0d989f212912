/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcamerartp.h"

struct _GstCameraRtp {
  GstCameraRtpReportFunc func;
  gpointer owner; /* no-ref */

  GMutex lock;                 /* guards what follows */
  GPtrArray *buffers;          /* (element-type GstElement): jitterbuffers, one for each SSRC */
  GstCameraRtpCounters former; /* of jitterbuffers that are gone */
};

typedef struct {
  GstCameraRtp *self; /* no-ref */
  guint media;
} Report;

GstCameraRtp *
gst_camera_rtp_new (GstCameraRtpReportFunc func, gpointer owner)
{
  GstCameraRtp *self = g_new0 (GstCameraRtp, 1);

  self->func = func;
  self->owner = owner;
  g_mutex_init (&self->lock);
  self->buffers = g_ptr_array_new_with_free_func (gst_object_unref);
  return self;
}

void
gst_camera_rtp_free (GstCameraRtp *self)
{
  g_ptr_array_unref (self->buffers);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static void
add_counters (GstCameraRtpCounters *sum, GstElement *buffer)
{
  g_autoptr (GstStructure) stats = NULL;
  guint64 pushed = 0, lost = 0, late = 0, duplicates = 0;

  g_object_get (buffer, "stats", &stats, NULL);
  gst_structure_get (stats, "num-pushed", G_TYPE_UINT64, &pushed, "num-lost", G_TYPE_UINT64, &lost,
                     "num-late", G_TYPE_UINT64, &late, "num-duplicates", G_TYPE_UINT64, &duplicates,
                     NULL);
  sum->received += pushed;
  sum->lost += lost;
  sum->late += late;
  sum->duplicate += duplicates;
}

static void
on_sync (GstElement *buffer, const GstStructure *report, gpointer user_data)
{
  Report *to = user_data;

  to->self->func (to->self->owner, to->media, report);
}

static void
report_free (gpointer data, GClosure *closure)
{
  g_free (data);
}

static void
on_new_jitterbuffer (GstElement *rtpbin, GstElement *buffer, guint session, guint ssrc,
                     gpointer user_data)
{
  GstCameraRtp *self = user_data;
  Report *report = g_new (Report, 1);

  *report = (Report){ self, session };
  g_signal_connect_data (buffer, "handle-sync", G_CALLBACK (on_sync), report, report_free, 0);

  g_mutex_lock (&self->lock);
  /* A camera that changes its SSRC leaves a jitterbuffer behind each time. */
  for (guint i = 0; i < self->buffers->len;) {
    GstElement *old = g_ptr_array_index (self->buffers, i);

    if (GST_OBJECT_PARENT (old) == NULL) {
      add_counters (&self->former, old);
      g_ptr_array_remove_index_fast (self->buffers, i);
    } else {
      i++;
    }
  }
  g_ptr_array_add (self->buffers, gst_object_ref (buffer));
  g_mutex_unlock (&self->lock);
}

void
gst_camera_rtp_watch (GstCameraRtp *self, GstElement *rtpbin)
{
  g_signal_connect (rtpbin, "new-jitterbuffer", G_CALLBACK (on_new_jitterbuffer), self);
}

void
gst_camera_rtp_reset (GstCameraRtp *self)
{
  g_mutex_lock (&self->lock);
  g_ptr_array_set_size (self->buffers, 0);
  self->former = (GstCameraRtpCounters){ 0 };
  g_mutex_unlock (&self->lock);
}

void
gst_camera_rtp_get_counters (GstCameraRtp *self, GstCameraRtpCounters *counters)
{
  g_mutex_lock (&self->lock);
  *counters = self->former;
  for (guint i = 0; i < self->buffers->len; i++)
    add_counters (counters, g_ptr_array_index (self->buffers, i));
  g_mutex_unlock (&self->lock);
}
