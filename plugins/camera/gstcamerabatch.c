/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/gstcamerabatch.h"

#include <sys/socket.h>

#define LARGEST_BATCH  (256 * 1024)
#define SMALLEST_BATCH (4 * 1024) /* below that there is nothing to save */

struct _GstCameraBatch {
  GMutex lock;     /* guards what follows */
  GSocket *socket; /* nullable: between start and stop */
  GstClockTime duration;
  guint64 seen; /* bytes at the last look */
  gint mark;    /* SO_RCVLOWAT as it is set */
};

static void
free_weak_ref (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

/* The thread's last connection. A weak reference: to know it must not keep it open. */
static GPrivate last_connection = G_PRIVATE_INIT (free_weak_ref);

static gboolean
on_client_event (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer data)
{
  gpointer connection = g_value_get_object (&values[3]);
  GWeakRef *last;

  if (g_value_get_enum (&values[1]) != G_SOCKET_CLIENT_CONNECTED
      || !G_IS_SOCKET_CONNECTION (connection))
    return TRUE;
  last = g_new0 (GWeakRef, 1);
  g_weak_ref_init (last, g_socket_connection_get_socket (connection));
  g_private_replace (&last_connection, last);
  return TRUE;
}

static void
watch_clients (void)
{
  static gsize watching = 0;

  if (g_once_init_enter (&watching)) {
    GTypeClass *klass = g_type_class_ref (G_TYPE_SOCKET_CLIENT);

    g_signal_add_emission_hook (g_signal_lookup ("event", G_TYPE_SOCKET_CLIENT), 0, on_client_event,
                                NULL, NULL);
    g_type_class_unref (klass);
    g_once_init_leave (&watching, 1);
  }
}

/* Called with the lock. */
static void
set_mark (GstCameraBatch *self, gint mark)
{
  if (mark == self->mark)
    return;
  if (g_socket_set_option (self->socket, SOL_SOCKET, SO_RCVLOWAT, mark, NULL))
    self->mark = mark;
}

GstCameraBatch *
gst_camera_batch_new (void)
{
  GstCameraBatch *self = g_new0 (GstCameraBatch, 1);

  watch_clients ();
  g_mutex_init (&self->lock);
  return self;
}

void
gst_camera_batch_free (GstCameraBatch *self)
{
  gst_camera_batch_stop (self);
  g_mutex_clear (&self->lock);
  g_free (self);
}

gboolean
gst_camera_batch_start (GstCameraBatch *self, GstClockTime duration)
{
  GWeakRef *last = g_private_get (&last_connection);
  gboolean started;

  g_mutex_lock (&self->lock);
  g_clear_object (&self->socket);
  if (duration > 0 && last != NULL)
    self->socket = g_weak_ref_get (last);
  self->duration = duration;
  self->seen = 0;
  self->mark = 1;
  started = self->socket != NULL;
  g_mutex_unlock (&self->lock);
  return started;
}

void
gst_camera_batch_adapt (GstCameraBatch *self, guint64 bytes)
{
  g_mutex_lock (&self->lock);
  if (self->socket != NULL) {
    guint64 batch
        = gst_util_uint64_scale (bytes - self->seen, self->duration, GST_CAMERA_BATCH_PERIOD);

    set_mark (self, batch < SMALLEST_BATCH ? 1 : (gint) MIN (batch, LARGEST_BATCH));
    self->seen = bytes;
  }
  g_mutex_unlock (&self->lock);
}

void
gst_camera_batch_stop (GstCameraBatch *self)
{
  g_mutex_lock (&self->lock);
  if (self->socket != NULL)
    set_mark (self, 1);
  g_clear_object (&self->socket);
  g_mutex_unlock (&self->lock);
}
