/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-thumbnail-decoders.h"

#include "base/tyto-error.h"

#define JPEG_QUALITY 80

GList *
tyto_thumbnail_decoders_list (GstCaps *caps)
{
  GstStructure *structure = gst_caps_get_structure (caps, 0);
  /* Only the codec counts: the parser before the decoder converts the stream format. */
  g_autoptr (GstCaps) codec = gst_caps_new_empty_simple (gst_structure_get_name (structure));
  GList *all = gst_element_factory_list_get_elements (
      GST_ELEMENT_FACTORY_TYPE_DECODER | GST_ELEMENT_FACTORY_TYPE_MEDIA_VIDEO, GST_RANK_MARGINAL);
  GList *fitting = gst_element_factory_list_filter (all, codec, GST_PAD_SINK, FALSE);

  gst_plugin_feature_list_free (all);
  for (GList *l = fitting; l != NULL;) {
    GList *next = l->next;
    if (gst_element_factory_list_is_type (l->data, GST_ELEMENT_FACTORY_TYPE_HARDWARE)) {
      gst_object_unref (l->data);
      fitting = g_list_delete_link (fitting, l);
    }
    l = next;
  }
  return g_list_sort (fitting, gst_plugin_feature_rank_compare_func);
}

void
tyto_thumbnail_decoders_fit (GstCaps *caps, guint box_width, guint box_height, guint *width,
                             guint *height)
{
  GstStructure *structure = gst_caps_get_structure (caps, 0);
  int w = 0, h = 0, par_n = 1, par_d = 1;

  *width = box_width;
  *height = box_height;
  gst_structure_get_fraction (structure, "pixel-aspect-ratio", &par_n, &par_d);
  if (!gst_structure_get_int (structure, "width", &w)
      || !gst_structure_get_int (structure, "height", &h) || w <= 0 || h <= 0 || par_n <= 0
      || par_d <= 0)
    return;

  double shown_width = (double) w * par_n / par_d;
  double scale = MIN (1.0, MIN (box_width / shown_width, (double) box_height / h));
  *width = MAX (2, (guint) (shown_width * scale + 0.5) & ~1u);
  *height = MAX (2, (guint) (h * scale + 0.5) & ~1u);
}

static const char *
parser_for (GstCaps *caps)
{
  const char *name = gst_structure_get_name (gst_caps_get_structure (caps, 0));
  if (g_str_equal (name, "video/x-h265"))
    return "h265parse";
  return g_str_equal (name, "video/x-h264") ? "h264parse" : NULL;
}

static GstElement *
make_decoder (GstElementFactory *factory)
{
  GstElement *decoder = gst_element_factory_create (factory, NULL);

  /* One picture needs no threads, and each would keep frames of its own. */
  if (decoder != NULL
      && g_object_class_find_property (G_OBJECT_GET_CLASS (decoder), "max-threads") != NULL)
    gst_util_set_object_arg (G_OBJECT (decoder), "max-threads", "1");
  return decoder;
}

static GstElement *
make_caps_filter (GstCaps *caps, guint box_width, guint box_height)
{
  GstElement *filter = gst_element_factory_make ("capsfilter", NULL);
  guint width, height;

  if (filter == NULL)
    return NULL;
  tyto_thumbnail_decoders_fit (caps, box_width, box_height, &width, &height);
  g_autoptr (GstCaps) size
      = gst_caps_new_simple ("video/x-raw", "width", G_TYPE_INT, (int) width, "height", G_TYPE_INT,
                             (int) height, "pixel-aspect-ratio", GST_TYPE_FRACTION, 1, 1, NULL);
  g_object_set (filter, "caps", size, NULL);
  return filter;
}

static gboolean
link_all (GstBin *bin, GstElement *const *elements, guint n)
{
  gboolean complete = TRUE;

  for (guint i = 0; i < n; i++) {
    complete = complete && elements[i] != NULL;
    if (elements[i] != NULL)
      gst_bin_add (bin, elements[i]);
  }
  for (guint i = 1; complete && i < n; i++)
    complete = gst_element_link (elements[i - 1], elements[i]);
  return complete;
}

GstElement *
tyto_thumbnail_decoders_make_bin (GstElementFactory *factory, GstCaps *caps, guint width,
                                  guint height, GstElement **decoder, GstPad **jpeg_pad,
                                  GError **error)
{
  const char *parser = parser_for (caps);
  GstElement *elements[] = {
    parser != NULL ? gst_element_factory_make (parser, NULL) : NULL,
    make_decoder (factory),
    gst_element_factory_make ("videoconvertscale", NULL),
    make_caps_filter (caps, width, height),
    gst_element_factory_make ("jpegenc", NULL),
  };
  g_autoptr (GstElement) bin = gst_object_ref_sink (gst_bin_new ("thumbnail"));

  if (!link_all (GST_BIN (bin), elements, G_N_ELEMENTS (elements))) {
    tyto_set_error (error, TYTO_ERROR_UNSUPPORTED,
                    "Install the GStreamer base, good and bad plugins.",
                    "Thumbnails cannot be made: an element of their branch is missing.");
    return NULL;
  }
  g_object_set (elements[4], "quality", JPEG_QUALITY, NULL);
  g_autoptr (GstPad) sink = gst_element_get_static_pad (elements[0], "sink");
  gst_element_add_pad (bin, gst_ghost_pad_new ("sink", sink));
  if (decoder != NULL)
    *decoder = gst_object_ref (elements[1]);
  if (jpeg_pad != NULL)
    *jpeg_pad = gst_element_get_static_pad (elements[4], "src");
  g_object_force_floating (G_OBJECT (bin));
  return g_steal_pointer (&bin);
}
