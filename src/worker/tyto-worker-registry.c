/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-worker-registry.h"

/* Sorted by what they are for. */
static const char *const needed[]
    = { "tytocamera", "tytosegment", "coreelements", "staticelements",
        /* camerasrc */
        "rtsp", "rtp", "rtpmanager", "udp", "tcp", "srtp", "dtls", "videoparsersbad",
        "audioparsers", "opusparse",
        /* segmentsink */
        "multifile", "isomp4", "matroska", "mpegtsmux", "alaw", "mulaw", "audioconvert",
        "audioresample", "voaacenc", "fdkaac",
        /* thumbnails: and every plugin with a decoder, see below */
        "videoconvertscale", "videoconvert", "videoscale", "jpeg", NULL };

static gboolean
is_video_decoder (GstPluginFeature *feature)
{
  return GST_IS_ELEMENT_FACTORY (feature)
         && gst_element_factory_list_is_type (GST_ELEMENT_FACTORY (feature),
                                              GST_ELEMENT_FACTORY_TYPE_DECODER
                                                  | GST_ELEMENT_FACTORY_TYPE_MEDIA_VIDEO)
         && !gst_element_factory_list_is_type (GST_ELEMENT_FACTORY (feature),
                                               GST_ELEMENT_FACTORY_TYPE_HARDWARE);
}

/* Whether some element of @plugin decodes H.264 or H.265. */
static gboolean
decodes_video (GstRegistry *registry, GstPlugin *plugin)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string ("video/x-h264; video/x-h265");
  GList *features
      = gst_registry_get_feature_list_by_plugin (registry, gst_plugin_get_name (plugin));
  gboolean found = FALSE;

  for (GList *l = features; l != NULL && !found; l = l->next)
    found = is_video_decoder (l->data)
            && gst_element_factory_can_sink_any_caps (GST_ELEMENT_FACTORY (l->data), caps);
  gst_plugin_feature_list_free (features);
  return found;
}

void
tyto_worker_registry_keep (const char *const *names)
{
  GstRegistry *registry = gst_registry_get ();
  GList *plugins = gst_registry_get_plugin_list (registry);

  for (GList *l = plugins; l != NULL; l = l->next) {
    if (!g_strv_contains (names, gst_plugin_get_name (l->data)))
      gst_registry_remove_plugin (registry, l->data);
  }
  gst_plugin_list_free (plugins);
}

void
tyto_worker_registry_trim (void)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  GstRegistry *registry = gst_registry_get ();
  GList *plugins = gst_registry_get_plugin_list (registry);

  for (guint i = 0; needed[i] != NULL; i++)
    g_ptr_array_add (names, (gpointer) needed[i]);
  for (GList *l = plugins; l != NULL; l = l->next) {
    if (decodes_video (registry, l->data))
      g_ptr_array_add (names, (gpointer) gst_plugin_get_name (l->data));
  }
  g_ptr_array_add (names, NULL);
  tyto_worker_registry_keep ((const char *const *) names->pdata);
  gst_plugin_list_free (plugins);
}
