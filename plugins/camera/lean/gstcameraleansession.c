/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcameraleansession.h"

#include <string.h>

#include "camera/lean/gstcameraloop.h"
#include "camera/lean/gstcamerareceiver.h"

/* µs after PLAY in which media are read as they come: all times begin with when the first did. */
#define BEGINNING (2 * G_USEC_PER_SEC)

typedef enum {
  IDLE,
  CONNECTING, /* the handshake is under way */
  PLAYING,    /* the loop calls */
  ENDING,     /* the owner is told of the end */
  ENDED,
} Phase;

struct _GstCameraLeanSession {
  gatomicrefcount refs; /* the owner's, and the handshake's */
  GstCameraLeanEvents events;
  gpointer owner; /* no-ref */
  gchar *uri, *redirect, *user, *password;
  GstCameraOffer offer; /* with those */
  guint keep_alive;     /* s */
  GCancellable *cancellable;
  GMutex stopping; /* held by stop() */

  GstCameraReceiver *receiver; /* (nullable): the loop's while there is an entry, else stop()'s */
  gboolean live;               /* the loop's: what it was told last */
  gint64 asked;                /* the handshake's: monotonic, µs: when PLAY was sent */

  GMutex lock; /* guards what follows; no call is made while it is held */
  GCond idle;
  Phase phase;
  gboolean calling; /* the owner, in another thread than the loop's or at the end */
  gboolean stopped;
  gboolean drain;   /* asked for */
  gboolean drained; /* told */
  gboolean hold;
  guint batch;               /* ms */
  GstCameraLoopEntry *entry; /* (nullable) */
  GstCameraRtpCounters counters;
};

static void
wipe (gchar **secret)
{
  if (*secret != NULL)
    explicit_bzero (*secret, strlen (*secret));
  g_clear_pointer (secret, g_free);
}

static void
unref (GstCameraLeanSession *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->receiver, gst_camera_receiver_free);
  g_free (self->uri);
  g_free (self->redirect);
  g_free (self->user);
  wipe (&self->password);
  g_object_unref (self->cancellable);
  g_cond_clear (&self->idle);
  g_mutex_clear (&self->lock);
  g_mutex_clear (&self->stopping);
  g_free (self);
}

GstCameraLeanSession *
gst_camera_lean_session_new (const GstCameraLeanSettings *settings,
                             const GstCameraLeanEvents *events, gpointer owner)
{
  GstCameraLeanSession *self = g_new0 (GstCameraLeanSession, 1);

  g_atomic_ref_count_init (&self->refs);
  self->events = *events;
  self->owner = owner;
  self->uri = g_strdup (settings->offer.uri);
  self->redirect = g_strdup (settings->offer.redirect);
  self->user = g_strdup (settings->offer.user);
  self->password = g_strdup (settings->offer.password);
  self->offer = settings->offer;
  self->offer.uri = self->uri;
  self->offer.redirect = self->redirect;
  self->offer.user = self->user;
  self->offer.password = self->password;
  self->keep_alive = settings->keep_alive_s;
  self->batch = settings->batch_ms;
  self->cancellable = g_cancellable_new ();
  g_mutex_init (&self->stopping);
  g_mutex_init (&self->lock);
  g_cond_init (&self->idle);
  return self;
}

void
gst_camera_lean_session_free (GstCameraLeanSession *self)
{
  gst_camera_lean_session_stop (self);
  unref (self);
}

/* --- Calls to the owner --- */

/* After a call: tells of a drain that was asked for meanwhile, if there is nothing to wait for. */
static void
leave (GstCameraLeanSession *self)
{
  gboolean tell;

  g_mutex_lock (&self->lock);
  if (self->phase == ENDING)
    self->phase = ENDED;
  tell = self->drain && !self->drained && !self->stopped;
  if (tell) {
    self->drained = TRUE;
    self->phase = ENDED;
    g_mutex_unlock (&self->lock);
    self->events.drained (self->owner);
    g_mutex_lock (&self->lock);
  }
  self->calling = FALSE;
  g_cond_broadcast (&self->idle);
  g_mutex_unlock (&self->lock);
}

/* Tells of the end, unless it is known. */
static void
end (GstCameraLeanSession *self, const GError *error, const gchar *again)
{
  gboolean tell;

  g_mutex_lock (&self->lock);
  tell = !self->stopped && self->phase < ENDING;
  if (tell) {
    self->phase = ENDING;
    self->calling = TRUE;
  }
  g_mutex_unlock (&self->lock);
  if (!tell)
    return;
  self->events.ended (self->owner, error, again);
  leave (self);
}

/* --- In the loop --- */

static void
note_counters (GstCameraLeanSession *self)
{
  GstCameraRtpCounters counters;

  gst_camera_receiver_count (self->receiver, &counters);
  g_mutex_lock (&self->lock);
  self->counters = counters;
  g_mutex_unlock (&self->lock);
}

static void
drain (GstCameraLeanSession *self, guint8 *buffer, GstClockTime arrival)
{
  gst_camera_receiver_drain (self->receiver, buffer, arrival);
  note_counters (self);
  g_mutex_lock (&self->lock);
  self->phase = ENDING;
  self->calling = TRUE;
  g_mutex_unlock (&self->lock);
  leave (self);
}

/* What is not read would call again and again. */
static void
set_live (GstCameraLeanSession *self, GstCameraLoopEntry *entry, gboolean live)
{
  if (self->live != live)
    self->live = gst_camera_loop_set_live (entry, live) && live;
}

static gboolean
on_due (gpointer owner, guint8 *buffer, gint64 now, gint64 *next)
{
  GstCameraLeanSession *self = owner;
  g_autoptr (GError) error = NULL;
  GstClockTime arrival = GST_CLOCK_TIME_NONE;
  GstCameraLoopEntry *entry;
  gboolean asked_to_drain, hold, reads, going;
  gint64 period;

  g_mutex_lock (&self->lock);
  entry = self->entry;
  asked_to_drain = self->drain;
  hold = self->hold;
  period = self->batch * G_TIME_SPAN_MILLISECOND;
  g_mutex_unlock (&self->lock);
  if (entry == NULL) /* it is being stopped */
    return FALSE;
  if (!hold)
    arrival = self->events.now (self->owner);
  if (asked_to_drain) {
    drain (self, buffer, arrival);
    return FALSE;
  }
  reads = GST_CLOCK_TIME_IS_VALID (arrival);
  if (now < self->asked + BEGINNING)
    period = 0;
  set_live (self, entry, reads && period == 0);
  going = gst_camera_receiver_run (self->receiver, buffer, arrival, now, next, &error);
  note_counters (self);
  if (!going) {
    end (self, error, gst_camera_receiver_get_again (self->receiver));
    return FALSE;
  }
  /* What else is due can wait as long: keep-alives and reports are a matter of seconds. */
  if (!hold && !self->live && *next > now)
    *next = reads && period > 0 ? gst_camera_loop_get_round (entry, now, period) : now;
  return TRUE;
}

/* --- The handshake --- */

/* Before a call in the handshake. FALSE: it is to make none. */
static gboolean
enter (GstCameraLeanSession *self)
{
  gboolean may;

  g_mutex_lock (&self->lock);
  may = !self->stopped && self->phase == CONNECTING;
  self->calling |= may;
  g_mutex_unlock (&self->lock);
  return may;
}

static gboolean
on_described (gpointer owner, const GstSDPMessage *sdp)
{
  GstCameraLeanSession *self = owner;
  gboolean wanted;

  if (self->events.described == NULL || !enter (self))
    return TRUE;
  wanted = self->events.described (self->owner, sdp);
  leave (self);
  return wanted;
}

static gboolean
on_before_play (gpointer owner, const GArray *grants, guint session_timeout)
{
  GstCameraLeanSession *self = owner;
  gboolean wanted;

  if (!enter (self))
    return FALSE;
  wanted = self->events.ready (self->owner, grants, session_timeout);
  self->asked = g_get_monotonic_time ();
  leave (self);
  return wanted;
}

/* No thread or file is left for another camera: @cause */
static GError *
scarce (const GError *cause)
{
  return g_error_new (
      GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ,
      "This system cannot take another camera (%s): allow this process more threads "
      "and open files, or record fewer cameras",
      cause->message);
}

/* Hands the connection to the loop. */
static gboolean
play (GstCameraLeanSession *self, GstCameraPlaying *playing, GError **error)
{
  static const GstCameraLoopFuncs funcs = { .run = on_due };
  g_autoptr (GstCameraReceiver) receiver = gst_camera_receiver_new (
      playing, &self->events, self->owner, self->keep_alive, self->asked);
  g_autoptr (GError) cause = NULL;
  g_autoptr (GstCameraLoop) loop = gst_camera_loop_get_shared (&cause);

  if (loop == NULL) {
    g_propagate_error (error, scarce (cause));
    gst_camera_receiver_tear_down (receiver);
    return FALSE;
  }
  g_mutex_lock (&self->lock);
  if (!self->stopped && self->phase == CONNECTING) {
    self->phase = PLAYING;
    self->receiver = g_steal_pointer (&receiver);
    self->entry
        = gst_camera_loop_add (loop, gst_camera_receiver_get_fd (self->receiver), &funcs, self);
  }
  g_mutex_unlock (&self->lock);
  if (receiver != NULL)
    gst_camera_receiver_tear_down (receiver);
  return TRUE;
}

static gpointer
connect_main (gpointer data)
{
  static const GstCameraHandshakeEvents events
      = { .described = on_described, .before_play = on_before_play };
  GstCameraLeanSession *self = data;
  g_autoptr (GError) error = NULL;
  GstCameraPlaying *playing
      = gst_camera_handshake_run (&self->offer, &events, self, self->cancellable, &error);

  wipe (&self->password);
  if (playing != NULL)
    play (self, playing, &error);
  if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    end (self, error, NULL);
  unref (self);
  return NULL;
}

/* A thread of its own: a camera that does not answer holds up no other. */
void
gst_camera_lean_session_start (GstCameraLeanSession *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) cause = NULL;
  GThread *thread;
  gboolean begin;

  g_mutex_lock (&self->lock);
  begin = self->phase == IDLE && !self->stopped;
  if (begin)
    self->phase = CONNECTING;
  g_mutex_unlock (&self->lock);
  if (!begin)
    return;
  g_atomic_ref_count_inc (&self->refs);
  thread = g_thread_try_new ("camera-connect", connect_main, self, &cause);
  if (thread != NULL) {
    g_thread_unref (thread);
    return;
  }
  error = scarce (cause);
  end (self, error, NULL);
  unref (self);
}

/* --- From any thread --- */

/* With the lock, which keeps the entry. */
static void
wake (GstCameraLeanSession *self)
{
  if (self->entry != NULL)
    gst_camera_loop_wake (self->entry);
}

void
gst_camera_lean_session_set_batch (GstCameraLeanSession *self, guint batch_ms)
{
  g_mutex_lock (&self->lock);
  if (self->batch != batch_ms)
    wake (self);
  self->batch = batch_ms;
  g_mutex_unlock (&self->lock);
}

void
gst_camera_lean_session_hold (GstCameraLeanSession *self, gboolean hold)
{
  g_mutex_lock (&self->lock);
  if (self->hold != hold)
    wake (self);
  self->hold = hold;
  g_mutex_unlock (&self->lock);
}

void
gst_camera_lean_session_drain (GstCameraLeanSession *self)
{
  gboolean tell;

  g_mutex_lock (&self->lock);
  tell = !self->drain && !self->stopped && !self->calling && self->phase != PLAYING;
  if (!self->stopped)
    self->drain = TRUE;
  if (tell) {
    self->calling = TRUE;
    self->phase = ENDING;
  }
  wake (self);
  g_mutex_unlock (&self->lock);
  if (tell) {
    g_cancellable_cancel (self->cancellable);
    leave (self);
  }
}

void
gst_camera_lean_session_stop (GstCameraLeanSession *self)
{
  GstCameraLoopEntry *entry;

  g_mutex_lock (&self->stopping);
  g_mutex_lock (&self->lock);
  self->stopped = TRUE;
  entry = g_steal_pointer (&self->entry);
  g_mutex_unlock (&self->lock);

  g_cancellable_cancel (self->cancellable);
  if (entry != NULL)
    gst_camera_loop_remove (entry);
  g_mutex_lock (&self->lock);
  while (self->calling)
    g_cond_wait (&self->idle, &self->lock);
  g_mutex_unlock (&self->lock);
  if (self->receiver != NULL) {
    gst_camera_receiver_tear_down (self->receiver);
    g_clear_pointer (&self->receiver, gst_camera_receiver_free);
  }
  g_mutex_unlock (&self->stopping);
}

void
gst_camera_lean_session_get_counters (GstCameraLeanSession *self, GstCameraRtpCounters *counters)
{
  g_mutex_lock (&self->lock);
  *counters = self->counters;
  g_mutex_unlock (&self->lock);
}
