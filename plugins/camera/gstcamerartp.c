/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcamerartp.h"

struct _GstCameraRtp {
  GstCameraRtpReportFunc report;
  GstCameraRtpSourceFunc source;
  gpointer owner; /* no-ref */

  GMutex lock; /* guards what follows */
  GCond ending;
  GstElement *rtpbin; /* nullable */
  guint n_sinks;
  guint n_ended;      /* of them */
  GPtrArray *buffers; /* (element-type GstElement): jitterbuffers, one for each SSRC */
};

typedef struct {
  GstCameraRtp *self; /* no-ref */
  guint media;
  gboolean told; /* of a second source */
} Media;

GstCameraRtp *
gst_camera_rtp_new (GstCameraRtpReportFunc report, GstCameraRtpSourceFunc source, gpointer owner)
{
  GstCameraRtp *self = g_new0 (GstCameraRtp, 1);

  self->report = report;
  self->source = source;
  self->owner = owner;
  g_mutex_init (&self->lock);
  g_cond_init (&self->ending);
  self->buffers = g_ptr_array_new_with_free_func (gst_object_unref);
  return self;
}

void
gst_camera_rtp_free (GstCameraRtp *self)
{
  g_clear_object (&self->rtpbin);
  g_ptr_array_unref (self->buffers);
  g_cond_clear (&self->ending);
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
  Media *to = user_data;

  to->self->report (to->self->owner, to->media, report);
}

/* None of its packets goes on: the run ends, and rtspsrc 1.22 has no sequence number for the events
 * of a pad that comes while it closes. */
static GstPadProbeReturn
on_second_source (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  Media *of = user_data;

  if (!of->told)
    of->self->source (of->self->owner, of->media);
  of->told = TRUE;
  return GST_PAD_PROBE_DROP;
}

static void
closure_free (gpointer data, GClosure *closure)
{
  g_free (data);
}

static Media *
media_new (GstCameraRtp *self, guint media)
{
  Media *new = g_new (Media, 1);

  *new = (Media){ self, media, FALSE };
  return new;
}

/* Reports alone may come from elsewhere: some cameras send them with an SSRC of their own. */
static void
watch_for_packets (GstCameraRtp *self, GstElement *buffer, guint media)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (buffer, "sink");

  gst_pad_add_probe (sink, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST,
                     on_second_source, media_new (self, media), g_free);
}

static void
on_new_jitterbuffer (GstElement *rtpbin, GstElement *buffer, guint session, guint ssrc,
                     gpointer user_data)
{
  GstCameraRtp *self = user_data;
  Media *media = media_new (self, session);
  gboolean second = FALSE;

  g_signal_connect_data (buffer, "handle-sync", G_CALLBACK (on_sync), media, closure_free, 0);

  g_mutex_lock (&self->lock);
  for (guint i = 0; i < self->buffers->len; i++)
    second |= GPOINTER_TO_UINT (g_object_get_data (g_ptr_array_index (self->buffers, i), "media"))
              == session;
  g_object_set_data (G_OBJECT (buffer), "media", GUINT_TO_POINTER (session));
  g_ptr_array_add (self->buffers, gst_object_ref (buffer));
  g_mutex_unlock (&self->lock);
  if (second)
    watch_for_packets (self, buffer, session);
}

static GstPadProbeReturn
on_sink_event (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  GstCameraRtp *self = user_data;

  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS) {
    g_mutex_lock (&self->lock);
    self->n_ended++;
    g_cond_broadcast (&self->ending);
    g_mutex_unlock (&self->lock);
  }
  return GST_PAD_PROBE_OK;
}

static void
on_pad_added (GstElement *rtpbin, GstPad *pad, GstCameraRtp *self)
{
  if (!GST_PAD_IS_SINK (pad) || !g_str_has_prefix (GST_PAD_NAME (pad), "recv_"))
    return;
  g_mutex_lock (&self->lock);
  self->n_sinks++;
  g_mutex_unlock (&self->lock);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_sink_event, self, NULL);
}

void
gst_camera_rtp_watch (GstCameraRtp *self, GstElement *rtpbin)
{
  g_mutex_lock (&self->lock);
  g_set_object (&self->rtpbin, rtpbin);
  self->n_sinks = self->n_ended = 0;
  g_mutex_unlock (&self->lock);
  g_signal_connect (rtpbin, "pad-added", G_CALLBACK (on_pad_added), self);
  g_signal_connect (rtpbin, "new-jitterbuffer", G_CALLBACK (on_new_jitterbuffer), self);
}

gboolean
gst_camera_rtp_wait_ended (GstCameraRtp *self, gint64 until)
{
  gboolean ended;

  g_mutex_lock (&self->lock);
  while (self->n_ended < self->n_sinks && g_cond_wait_until (&self->ending, &self->lock, until))
    ;
  ended = self->n_ended >= self->n_sinks;
  g_mutex_unlock (&self->lock);
  return ended;
}

void
gst_camera_rtp_stop (GstCameraRtp *self)
{
  g_autoptr (GstElement) rtpbin = NULL;

  g_mutex_lock (&self->lock);
  if (self->rtpbin != NULL)
    rtpbin = gst_object_ref (self->rtpbin);
  g_mutex_unlock (&self->lock);
  if (rtpbin != NULL)
    gst_element_set_state (rtpbin, GST_STATE_READY);
}

void
gst_camera_rtp_reset (GstCameraRtp *self)
{
  g_mutex_lock (&self->lock);
  g_clear_object (&self->rtpbin);
  g_ptr_array_set_size (self->buffers, 0);
  g_mutex_unlock (&self->lock);
}

void
gst_camera_rtp_get_counters (GstCameraRtp *self, GstCameraRtpCounters *counters)
{
  g_mutex_lock (&self->lock);
  *counters = (GstCameraRtpCounters){ 0 };
  for (guint i = 0; i < self->buffers->len; i++)
    add_counters (counters, g_ptr_array_index (self->buffers, i));
  g_mutex_unlock (&self->lock);
}
