/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-thumbnail-branch.h"

#include "base/tyto-error.h"
#include "worker/tyto-thumbnail-decode.h"
#include "worker/tyto-thumbnail-decoders.h"

struct _TytoThumbnailBranch {
  GObject parent_instance;

  GstBin *pipeline;
  GstElement *valve;
  guint width, height;
  GstElement *shown; /* behind the valve, or NULL; main context */
  gint cancelled;    /* (atomic) */

  GMutex lock;
  GstElementFactory *proven; /* has decoded a picture, or NULL */
};

G_DEFINE_FINAL_TYPE (TytoThumbnailBranch, tyto_thumbnail_branch, G_TYPE_OBJECT)

static void
tyto_thumbnail_branch_finalize (GObject *object)
{
  TytoThumbnailBranch *self = TYTO_THUMBNAIL_BRANCH (object);

  gst_clear_object (&self->proven);
  gst_clear_object (&self->valve);
  gst_clear_object (&self->pipeline);
  g_mutex_clear (&self->lock);
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

/* (transfer full) (nullable) */
static GstElementFactory *
get_proven (TytoThumbnailBranch *self)
{
  g_mutex_lock (&self->lock);
  GstElementFactory *factory = self->proven != NULL ? gst_object_ref (self->proven) : NULL;
  g_mutex_unlock (&self->lock);
  return factory;
}

static void
set_proven (TytoThumbnailBranch *self, GstElementFactory *factory)
{
  g_mutex_lock (&self->lock);
  gst_object_replace ((GstObject **) &self->proven, GST_OBJECT (factory));
  g_mutex_unlock (&self->lock);
}

static gboolean
is_cancelled (TytoThumbnailBranch *self)
{
  return g_atomic_int_get (&self->cancelled) != 0;
}

static gboolean
can_take (GstElementFactory *factory, GstCaps *caps)
{
  g_autoptr (GstCaps) codec
      = gst_caps_new_empty_simple (gst_structure_get_name (gst_caps_get_structure (caps, 0)));
  return gst_element_factory_can_sink_any_caps (factory, codec);
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
    jpeg = tyto_thumbnail_decode (l->data, frame, caps, self->width, self->height, &last);
    if (jpeg != NULL)
      set_proven (self, l->data);
    else
      g_debug ("%s: %s", GST_OBJECT_NAME (l->data), last->message);
  }
  gst_plugin_feature_list_free (decoders);
  if (jpeg == NULL && last != NULL)
    g_propagate_error (error, g_steal_pointer (&last));
  else if (jpeg == NULL)
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
  g_autoptr (GstElementFactory) proven = get_proven (self);
  g_autoptr (GstSample) jpeg = NULL;

  if (is_cancelled (self)) {
    tyto_set_error (error, TYTO_ERROR_UNAVAILABLE, NULL, "The recording is ending.");
    return NULL;
  }
  if (proven != NULL && can_take (proven, caps))
    jpeg = tyto_thumbnail_decode (proven, frame, caps, self->width, self->height, NULL);
  if (jpeg == NULL)
    jpeg = decode_with_any (self, frame, caps, error);
  return jpeg != NULL ? take_bytes (jpeg, width, height) : NULL;
}

void
tyto_thumbnail_branch_cancel (TytoThumbnailBranch *self)
{
  g_atomic_int_set (&self->cancelled, 1);
}

/* (transfer full) (nullable) */
static GstElementFactory *
choose (TytoThumbnailBranch *self, GstCaps *caps)
{
  GstElementFactory *factory = get_proven (self);
  GList *decoders;

  if (factory != NULL && can_take (factory, caps))
    return factory;
  gst_clear_object (&factory);
  decoders = tyto_thumbnail_decoders_list (caps);
  if (decoders != NULL)
    factory = gst_object_ref (decoders->data);
  gst_plugin_feature_list_free (decoders);
  return factory;
}

void
tyto_thumbnail_branch_show (TytoThumbnailBranch *self)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (self->valve, "sink");
  g_autoptr (GstPad) exit = gst_element_get_static_pad (self->valve, "src");
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (sink);
  g_autoptr (GstElementFactory) factory = caps != NULL ? choose (self, caps) : NULL;
  GstElement *bin = NULL;

  if (factory != NULL)
    bin = tyto_thumbnail_decoders_make_bin (factory, caps, self->width, self->height, NULL, NULL,
                                            NULL);
  if (bin == NULL)
    return;
  self->shown = gst_object_ref_sink (bin);
  gst_element_set_locked_state (bin, TRUE); /* the pipeline's own changes pass it by */
  gst_bin_add (self->pipeline, bin);
  g_autoptr (GstPad) entry = gst_element_get_static_pad (bin, "sink");
  /* The camera need not negotiate anew for it. */
  gst_pad_link_full (exit, entry, GST_PAD_LINK_CHECK_DEFAULT | GST_PAD_LINK_CHECK_NO_RECONFIGURE);
}

void
tyto_thumbnail_branch_hide (TytoThumbnailBranch *self)
{
  if (self->shown == NULL)
    return;
  gst_element_unlink (self->valve, self->shown);
  gst_bin_remove (self->pipeline, self->shown);
  gst_clear_object (&self->shown);
}
