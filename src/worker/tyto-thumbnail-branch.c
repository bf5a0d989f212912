/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-thumbnail-branch.h"

#include "base/tyto-error.h"
#include "worker/tyto-thumbnail-decoders.h"

#define TIMES_PUSHED    2
#define DECODE_DEADLINE (5 * G_TIME_SPAN_SECOND)

struct _TytoThumbnailBranch {
  GObject parent_instance;

  GstBin *pipeline;
  GstElement *valve;
  guint width, height;
  GstElement *bin;    /* what follows the valve, or NULL; set by the decoding thread */
  GstCaps *caps;      /* what the bin was made for */
  gboolean proven;    /* its decoder has decoded a picture */
  GstBuffer *pushing; /* (atomic) the frame being pushed through the valve */

  GMutex lock; /* for what follows */
  GCond changed;
  GstSample *jpeg;
  GError *failure;
  gboolean at_end;
  gboolean cancelled;
};

G_DEFINE_FINAL_TYPE (TytoThumbnailBranch, tyto_thumbnail_branch, G_TYPE_OBJECT)

static void
tyto_thumbnail_branch_finalize (GObject *object)
{
  TytoThumbnailBranch *self = TYTO_THUMBNAIL_BRANCH (object);

  gst_clear_object (&self->bin);
  gst_clear_caps (&self->caps);
  gst_clear_object (&self->valve);
  gst_clear_object (&self->pipeline);
  g_clear_pointer (&self->jpeg, gst_sample_unref);
  g_clear_error (&self->failure);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->changed);
  G_OBJECT_CLASS (tyto_thumbnail_branch_parent_class)->finalize (object);
}

static void
tyto_thumbnail_branch_class_init (TytoThumbnailBranchClass *class)
{
  G_OBJECT_CLASS (class)->finalize = tyto_thumbnail_branch_finalize;
}

static void
tyto_thumbnail_branch_init (TytoThumbnailBranch *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
}

TytoThumbnailBranch *
tyto_thumbnail_branch_new (GstBin *pipeline, GstElement *tee, guint width, guint height,
                           GError **error)
{
  g_autoptr (TytoThumbnailBranch) self = g_object_new (TYTO_TYPE_THUMBNAIL_BRANCH, NULL);
  GstElement *valve = gst_element_factory_make ("valve", NULL);

  if (valve == NULL) {
    tyto_set_error (error, TYTO_ERROR_UNSUPPORTED, NULL, "GStreamer has no valve element.");
    return NULL;
  }
  g_object_set (valve, "drop", TRUE, NULL);
  self->pipeline = gst_object_ref (pipeline);
  self->valve = gst_object_ref (valve);
  self->width = width;
  self->height = height;
  gst_bin_add (pipeline, valve);
  gst_element_link (tee, valve);
  return g_steal_pointer (&self);
}

GstElement *
tyto_thumbnail_branch_get_valve (TytoThumbnailBranch *self)
{
  return self->valve;
}

GstElement *
tyto_thumbnail_branch_get_bin (TytoThumbnailBranch *self)
{
  g_mutex_lock (&self->lock);
  GstElement *bin = self->bin != NULL ? gst_object_ref (self->bin) : NULL;
  g_mutex_unlock (&self->lock);
  return bin;
}

gboolean
tyto_thumbnail_branch_owns (TytoThumbnailBranch *self, GstBuffer *frame)
{
  return g_atomic_pointer_get (&self->pushing) == frame;
}

/* jpegenc's src pad: the picture or the end without one. Nothing is linked behind it. */
static GstPadProbeReturn
on_jpeg (GstPad *pad, GstPadProbeInfo *info, gpointer user_data)
{
  TytoThumbnailBranch *self = user_data;

  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
    g_mutex_lock (&self->lock);
    if (self->jpeg == NULL)
      self->jpeg = gst_sample_new (GST_PAD_PROBE_INFO_BUFFER (info), caps, NULL, NULL);
    g_cond_signal (&self->changed);
    g_mutex_unlock (&self->lock);
    return GST_PAD_PROBE_DROP;
  }
  if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_EOS) {
    g_mutex_lock (&self->lock);
    self->at_end = TRUE;
    g_cond_signal (&self->changed);
    g_mutex_unlock (&self->lock);
  }
  return GST_PAD_PROBE_OK;
}

static void
remove_bin (TytoThumbnailBranch *self)
{
  g_mutex_lock (&self->lock);
  GstElement *bin = g_steal_pointer (&self->bin);
  g_mutex_unlock (&self->lock);

  if (bin != NULL) {
    gst_element_unlink (self->valve, bin);
    gst_element_set_state (bin, GST_STATE_NULL);
    gst_bin_remove (self->pipeline, bin);
    gst_object_unref (bin);
  }
  gst_clear_caps (&self->caps);
  self->proven = FALSE;
}

static gboolean
put_bin (TytoThumbnailBranch *self, GstElementFactory *decoder, GstCaps *caps, GError **error)
{
  GstPad *jpeg_pad;
  GstElement *bin = tyto_thumbnail_decoders_make_bin (decoder, caps, self->width, self->height,
                                                      &jpeg_pad, error);

  if (bin == NULL)
    return FALSE;
  /* Its state is ours alone: the pipeline's own changes pass it by. */
  gst_element_set_locked_state (bin, TRUE);
  gst_pad_add_probe (jpeg_pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
                     on_jpeg, self, NULL); /* the bin is in NULL state before self goes */
  g_mutex_lock (&self->lock);
  self->bin = gst_object_ref_sink (bin);
  g_mutex_unlock (&self->lock);
  self->caps = gst_caps_ref (caps);
  return gst_bin_add (self->pipeline, bin);
}

/* Linking anew makes the valve tell stream-start, caps and segment again. The camera need not
 * negotiate anew for it. */
static void
link_anew (TytoThumbnailBranch *self, GstPad *entry)
{
  g_autoptr (GstPad) exit = gst_element_get_static_pad (self->valve, "src");

  gst_pad_unlink (exit, entry);
  gst_pad_link_full (exit, entry, GST_PAD_LINK_CHECK_DEFAULT | GST_PAD_LINK_CHECK_NO_RECONFIGURE);
}

/* Pushes @frame through the valve, opened for this one frame only, and EOS after it. The frame goes
 * twice: openh264dec gives a picture that may be reordered only when the next one comes, and before
 * its first picture it does not heed EOS. The valve's stream lock keeps the camera's thread out;
 * the queue behind the valve takes both without waiting, so that thread is held up for
 * microseconds. */
static void
push_frame (TytoThumbnailBranch *self, GstBuffer *frame)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (self->valve, "sink");
  g_autoptr (GstPad) entry = gst_element_get_static_pad (self->bin, "sink");

  GST_PAD_STREAM_LOCK (pad);
  link_anew (self, entry);
  g_object_set (self->valve, "drop", FALSE, NULL);
  g_atomic_pointer_set (&self->pushing, frame);
  for (guint i = 0; i < TIMES_PUSHED; i++)
    gst_pad_chain (pad, gst_buffer_ref (frame));
  g_atomic_pointer_set (&self->pushing, NULL);
  g_object_set (self->valve, "drop", TRUE, NULL);
  GST_PAD_STREAM_UNLOCK (pad);
  gst_pad_send_event (entry, gst_event_new_eos ());
}

static GstSample *
wait_for_jpeg (TytoThumbnailBranch *self, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + DECODE_DEADLINE;
  gboolean in_time = TRUE;
  GstSample *jpeg;

  g_mutex_lock (&self->lock);
  while (in_time && self->jpeg == NULL && self->failure == NULL && !self->at_end
         && !self->cancelled)
    in_time = g_cond_wait_until (&self->changed, &self->lock, deadline);
  jpeg = g_steal_pointer (&self->jpeg);
  if (jpeg == NULL && self->failure != NULL)
    g_propagate_error (error, g_steal_pointer (&self->failure));
  else if (jpeg == NULL && !in_time)
    tyto_set_error (error, TYTO_ERROR_TIMED_OUT, NULL, "Decoding a key frame took too long.");
  else if (jpeg == NULL)
    tyto_set_error (error, TYTO_ERROR_UNSUPPORTED, NULL, "The decoder gave no picture.");
  g_mutex_unlock (&self->lock);
  return jpeg;
}

static void
reset_result (TytoThumbnailBranch *self)
{
  g_mutex_lock (&self->lock);
  g_clear_pointer (&self->jpeg, gst_sample_unref);
  g_clear_error (&self->failure);
  self->at_end = FALSE;
  g_mutex_unlock (&self->lock);
}

static GstSample *
decode_with_bin (TytoThumbnailBranch *self, GstBuffer *frame, GError **error)
{
  GstSample *jpeg;

  reset_result (self);
  if (gst_element_set_state (self->bin, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE) {
    gst_element_set_state (self->bin, GST_STATE_NULL);
    tyto_set_error (error, TYTO_ERROR_UNSUPPORTED, NULL, "The decoder does not start.");
    return NULL;
  }
  push_frame (self, frame);
  jpeg = wait_for_jpeg (self, error);
  gst_element_set_state (self->bin, GST_STATE_NULL);
  reset_result (self);
  return jpeg;
}

static gboolean
is_cancelled (TytoThumbnailBranch *self)
{
  g_mutex_lock (&self->lock);
  gboolean cancelled = self->cancelled;
  g_mutex_unlock (&self->lock);
  return cancelled;
}

/* From the best decoder down until one works. */
static GstSample *
decode_with_any (TytoThumbnailBranch *self, GstBuffer *frame, GstCaps *caps, GError **error)
{
  GList *decoders = tyto_thumbnail_decoders_list (caps);
  g_autoptr (GError) last = NULL;
  GstSample *jpeg = NULL;

  for (GList *l = decoders; l != NULL && jpeg == NULL && !is_cancelled (self); l = l->next) {
    g_clear_error (&last);
    remove_bin (self);
    if (put_bin (self, l->data, caps, &last))
      jpeg = decode_with_bin (self, frame, &last);
    if (jpeg == NULL)
      g_debug ("%s: %s", GST_OBJECT_NAME (l->data), last->message);
  }
  gst_plugin_feature_list_free (decoders);
  if (jpeg != NULL)
    self->proven = TRUE;
  else if (last != NULL)
    g_propagate_error (error, g_steal_pointer (&last));
  else
    tyto_set_error (error, TYTO_ERROR_UNSUPPORTED,
                    "Install openh264 (H.264) or libde265 (H.265) for GStreamer.",
                    "No decoder for %s is installed.",
                    gst_structure_get_name (gst_caps_get_structure (caps, 0)));
  return jpeg;
}

static GBytes *
take_bytes (GstSample *sample, guint *width, guint *height)
{
  GstStructure *structure = gst_caps_get_structure (gst_sample_get_caps (sample), 0);
  GstBuffer *buffer = gst_sample_get_buffer (sample);
  gpointer data;
  gsize size;
  int w = 0, h = 0;

  gst_structure_get_int (structure, "width", &w);
  gst_structure_get_int (structure, "height", &h);
  *width = (guint) w;
  *height = (guint) h;
  gst_buffer_extract_dup (buffer, 0, gst_buffer_get_size (buffer), &data, &size);
  return g_bytes_new_take (data, size);
}

GBytes *
tyto_thumbnail_branch_decode (TytoThumbnailBranch *self, GstBuffer *frame, GstCaps *caps,
                              guint *width, guint *height, GError **error)
{
  g_autoptr (GstSample) jpeg = NULL;

  if (is_cancelled (self)) {
    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, NULL, "The recording is ending.");
    return NULL;
  }
  if (self->proven && gst_caps_is_equal (self->caps, caps))
    jpeg = decode_with_bin (self, frame, NULL);
  if (jpeg == NULL)
    jpeg = decode_with_any (self, frame, caps, error);
  return jpeg != NULL ? take_bytes (jpeg, width, height) : NULL;
}

gboolean
tyto_thumbnail_branch_take_message (TytoThumbnailBranch *self, GstMessage *message)
{
  g_autoptr (GstElement) bin = tyto_thumbnail_branch_get_bin (self);
  GstObject *source = GST_MESSAGE_SRC (message);

  /* A removed bin's last messages may still come: it has no parent then. */
  if (source == NULL || bin == NULL
      || (source != GST_OBJECT (bin) && !gst_object_has_as_ancestor (source, GST_OBJECT (bin))))
    return FALSE;
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_mutex_lock (&self->lock);
    if (self->failure == NULL)
      gst_message_parse_error (message, &self->failure, NULL);
    g_cond_signal (&self->changed);
    g_mutex_unlock (&self->lock);
  }
  return TRUE;
}

void
tyto_thumbnail_branch_cancel (TytoThumbnailBranch *self)
{
  g_mutex_lock (&self->lock);
  self->cancelled = TRUE;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->lock);
}
