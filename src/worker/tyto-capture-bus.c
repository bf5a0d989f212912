/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-capture-bus.h"

#define WANTED (GST_MESSAGE_ELEMENT | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING | GST_MESSAGE_EOS)

/* Shared with the bus, whose messages come in any thread. */
struct _TytoCaptureBus {
  TytoCaptureBusFunc func;
  gpointer owner; /* NULL: nothing is told any more; main context */
  GMainContext *context;

  GMutex lock; /* for what follows */
  GQueue messages;
  gboolean under_way; /* to the main context */
};

static void
clear (gpointer data)
{
  TytoCaptureBus *self = data;

  g_queue_clear_full (&self->messages, (GDestroyNotify) gst_message_unref);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
}

static void
release (gpointer data)
{
  g_atomic_rc_box_release_full (data, clear);
}

static GstMessage *
pop (TytoCaptureBus *self)
{
  GstMessage *message;

  g_mutex_lock (&self->lock);
  message = g_queue_pop_head (&self->messages);
  if (message == NULL)
    self->under_way = FALSE;
  g_mutex_unlock (&self->lock);
  return message;
}

void
tyto_capture_bus_flush (TytoCaptureBus *self)
{
  g_autoptr (GObject) keep = self->owner != NULL ? g_object_ref (self->owner) : NULL;
  GstMessage *message;

  while ((message = pop (self)) != NULL) {
    if (self->owner != NULL)
      self->func (message, self->owner);
    gst_message_unref (message);
  }
}

static gboolean
on_messages (gpointer data)
{
  tyto_capture_bus_flush (data);
  return G_SOURCE_REMOVE;
}

static GstBusSyncReply
on_posted (GstBus *bus, GstMessage *message, gpointer data)
{
  TytoCaptureBus *self = data;
  gboolean first;

  if ((GST_MESSAGE_TYPE (message) & WANTED) == 0) {
    gst_message_unref (message);
    return GST_BUS_DROP;
  }
  g_mutex_lock (&self->lock);
  g_queue_push_tail (&self->messages, message);
  first = !self->under_way;
  self->under_way = TRUE;
  g_mutex_unlock (&self->lock);
  if (first) {
    /* Not g_main_context_invoke(): it might call at once, from within an element. */
    g_autoptr (GSource) source = g_idle_source_new ();
    g_source_set_priority (source, G_PRIORITY_DEFAULT);
    g_source_set_callback (source, on_messages, g_atomic_rc_box_acquire (self), release);
    g_source_attach (source, self->context);
  }
  return GST_BUS_DROP;
}

TytoCaptureBus *
tyto_capture_bus_new (GstElement *pipeline, TytoCaptureBusFunc func, gpointer owner)
{
  TytoCaptureBus *self = g_atomic_rc_box_new0 (TytoCaptureBus);
  g_autoptr (GstBus) bus = g_object_new (GST_TYPE_BUS, "enable-async", FALSE, NULL);

  g_mutex_init (&self->lock);
  g_queue_init (&self->messages);
  self->func = func;
  self->owner = owner;
  self->context = g_main_context_ref_thread_default ();
  gst_bus_set_sync_handler (bus, on_posted, g_atomic_rc_box_acquire (self), release);
  gst_element_set_bus (pipeline, bus);
  return self;
}

void
tyto_capture_bus_free (TytoCaptureBus *self)
{
  self->owner = NULL;
  release (self);
}
