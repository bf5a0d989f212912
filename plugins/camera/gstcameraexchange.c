/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcameraexchange.h"

#include <gst/rtsp/gstrtspextension.h>

struct _GstCameraExchange {
  GstElement parent_instance;
};

enum { SIGNAL_ANSWERED, N_SIGNALS };
static guint signals[N_SIGNALS];

static GstRTSPResult
gst_camera_exchange_after_send (GstRTSPExtension *extension, GstRTSPMessage *request,
                                GstRTSPMessage *response)
{
  g_signal_emit (extension, signals[SIGNAL_ANSWERED], 0, request, response);
  return GST_RTSP_OK;
}

static void
gst_camera_exchange_extension_init (gpointer iface, gpointer data)
{
  GstRTSPExtensionInterface *extension = iface;

  extension->after_send = gst_camera_exchange_after_send;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (GstCameraExchange, gst_camera_exchange, GST_TYPE_ELEMENT,
                               G_IMPLEMENT_INTERFACE (GST_TYPE_RTSP_EXTENSION,
                                                      gst_camera_exchange_extension_init))

static void
gst_camera_exchange_class_init (GstCameraExchangeClass *klass)
{
  signals[SIGNAL_ANSWERED]
      = g_signal_new ("answered", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_POINTER);
  gst_element_class_set_static_metadata (
      GST_ELEMENT_CLASS (klass), "RTSP exchange listener", "Network/Extension/Protocol",
      "Shows camerasrc the camera's RTSP responses; not for use in a pipeline", "Tyto");
}

static void
gst_camera_exchange_init (GstCameraExchange *self)
{
}

typedef struct {
  GWeakRef rtspsrc;
  GWeakRef listener;
  GstCameraExchangeFunc func;
} Listener;

static void
listener_free (gpointer data)
{
  Listener *self = data;

  g_weak_ref_clear (&self->rtspsrc);
  g_weak_ref_clear (&self->listener);
  g_free (self);
}

static gboolean
on_answered (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer data)
{
  Listener *self = data;
  GObject *exchange = g_value_get_object (&values[0]);
  g_autoptr (GObject) rtspsrc = g_weak_ref_get (&self->rtspsrc);
  g_autoptr (GObject) listener = g_weak_ref_get (&self->listener);

  /* rtspsrc has no accessor for its extensions, but it is the data of its handler of their "send".
   */
  if (rtspsrc != NULL && listener != NULL
      && g_signal_handler_find (exchange, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, rtspsrc) != 0)
    self->func (listener, g_value_get_pointer (&values[1]), g_value_get_pointer (&values[2]));
  return TRUE;
}

gulong
gst_camera_exchange_listen (GstElement *rtspsrc, GObject *listener, GstCameraExchangeFunc func)
{
  Listener *self = g_new0 (Listener, 1);

  g_type_class_unref (g_type_class_ref (GST_TYPE_CAMERA_EXCHANGE));
  g_weak_ref_init (&self->rtspsrc, rtspsrc);
  g_weak_ref_init (&self->listener, listener);
  self->func = func;
  return g_signal_add_emission_hook (signals[SIGNAL_ANSWERED], 0, on_answered, self, listener_free);
}

void
gst_camera_exchange_unlisten (gulong id)
{
  g_signal_remove_emission_hook (signals[SIGNAL_ANSWERED], id);
}
