/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/tyto-frame-watch.h"

#include "worker/tyto-frame-policy.h"

/* Above camerasrc's own time-out for silence, which says better what is wrong. */
#define MARGIN_S 1

/* What the streaming thread shares with us. */
typedef struct {
  GMutex lock;
  TytoFramePolicy policy;
  gboolean broken;
} Shared;

struct _TytoFrameWatch {
  GObject parent_instance;

  Shared *shared; /* (element-type Shared): an atomic box */
  GstPad *pad;
  gulong probe;
  guint timeout_s;
  guint source;
};

G_DEFINE_FINAL_TYPE (TytoFrameWatch, tyto_frame_watch, G_TYPE_OBJECT)

enum { SIGNAL_STALLED, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
shared_clear (gpointer data)
{
  g_mutex_clear (&((Shared *) data)->lock);
}

static void
shared_unref (gpointer data)
{
  g_atomic_rc_box_release_full (data, shared_clear);
}

/* Called with the lock. */
static void
take_frame (Shared *shared, GstBuffer *frame, gint64 now_us)
{
  GstClockTime stamp = GST_BUFFER_DTS_OR_PTS (frame);
  gint64 stamp_us = GST_CLOCK_TIME_IS_VALID (stamp) ? (gint64) (stamp / 1000) : -1;

  if (tyto_frame_policy_frame (&shared->policy, now_us, stamp_us))
    shared->broken = TRUE;
}

/* The frames of a list have come together. */
static GstPadProbeReturn
on_frames (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Shared *shared = data;
  gint64 now_us = g_get_monotonic_time ();

  g_mutex_lock (&shared->lock);
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER_LIST) {
    GstBufferList *list = GST_PAD_PROBE_INFO_BUFFER_LIST (info);
    guint n = gst_buffer_list_length (list);

    for (guint i = 0; i < n; i++)
      take_frame (shared, gst_buffer_list_get (list, i), now_us);
  } else {
    take_frame (shared, GST_PAD_PROBE_INFO_BUFFER (info), now_us);
  }
  g_mutex_unlock (&shared->lock);
  return GST_PAD_PROBE_OK;
}

/* A frame is on its way through: when it stays there, the disk is to blame and not the camera. */
static gboolean
is_passing (TytoFrameWatch *self)
{
  if (!g_rec_mutex_trylock (GST_PAD_GET_STREAM_LOCK (self->pad)))
    return TRUE;
  g_rec_mutex_unlock (GST_PAD_GET_STREAM_LOCK (self->pad));
  return FALSE;
}

static char *
find_fault (TytoFrameWatch *self)
{
  gint64 timeout_us = (self->timeout_s + MARGIN_S) * (gint64) G_USEC_PER_SEC;
  gboolean broken, silent, any;

  g_mutex_lock (&self->shared->lock);
  broken = self->shared->broken;
  any = self->shared->policy.last_us >= 0;
  silent = tyto_frame_policy_is_silent (&self->shared->policy, g_get_monotonic_time (), timeout_us);
  g_mutex_unlock (&self->shared->lock);
  if (broken)
    return g_strdup_printf ("No picture came for 500 ms, %d times in a row.\nSee to the network "
                            "between camera and recorder, and to the camera's load.",
                            TYTO_FRAME_PAUSES_MAX);
  if (silent && is_passing (self))
    return NULL;
  if (silent && any)
    return g_strdup_printf ("Data comes, but no whole picture has for %u s.\nSee to the network "
                            "between camera and recorder.",
                            self->timeout_s + MARGIN_S);
  if (silent)
    return g_strdup_printf ("The camera is connected, but no key frame came in %d s.\nSet its key "
                            "frame interval to a few seconds.",
                            TYTO_FRAME_FIRST_S);
  return NULL;
}

static gboolean
on_time (gpointer data)
{
  TytoFrameWatch *self = data;
  g_autofree char *why = find_fault (self);

  if (why == NULL)
    return G_SOURCE_CONTINUE;
  self->source = 0;
  g_signal_emit (self, signals[SIGNAL_STALLED], 0, why);
  return G_SOURCE_REMOVE;
}

TytoFrameWatch *
tyto_frame_watch_new (GstPad *pad, guint timeout_s)
{
  TytoFrameWatch *self = g_object_new (TYTO_TYPE_FRAME_WATCH, NULL);

  self->timeout_s = timeout_s;
  self->pad = gst_object_ref (pad);
  self->probe = gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST,
                                   on_frames, g_atomic_rc_box_acquire (self->shared), shared_unref);
  self->source = g_timeout_add_seconds (1, on_time, self);
  return self;
}

guint64
tyto_frame_watch_get_pauses (TytoFrameWatch *self)
{
  guint64 pauses;

  g_mutex_lock (&self->shared->lock);
  pauses = self->shared->policy.pauses;
  g_mutex_unlock (&self->shared->lock);
  return pauses;
}

void
tyto_frame_watch_stop (TytoFrameWatch *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  if (self->probe != 0)
    gst_pad_remove_probe (self->pad, self->probe);
  self->probe = 0;
}

static void
tyto_frame_watch_dispose (GObject *object)
{
  TytoFrameWatch *self = TYTO_FRAME_WATCH (object);

  tyto_frame_watch_stop (self);
  gst_clear_object (&self->pad);
  g_clear_pointer (&self->shared, shared_unref);
  G_OBJECT_CLASS (tyto_frame_watch_parent_class)->dispose (object);
}

static void
tyto_frame_watch_class_init (TytoFrameWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = tyto_frame_watch_dispose;
  signals[SIGNAL_STALLED] = g_signal_new ("stalled", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
tyto_frame_watch_init (TytoFrameWatch *self)
{
  self->shared = g_atomic_rc_box_new0 (Shared);
  g_mutex_init (&self->shared->lock);
  tyto_frame_policy_init (&self->shared->policy, g_get_monotonic_time ());
}
