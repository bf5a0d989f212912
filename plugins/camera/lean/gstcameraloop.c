/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "camera/lean/gstcameraloop.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define N_SLOTS  64 /* of the wheel: 1.28 s; what is due later goes round */
#define N_EVENTS 64 /* taken at once; the rest is still there the next time */

struct _GstCameraLoopEntry {
  GstCameraLoop *loop;
  gint fd;
  const GstCameraLoopFuncs *funcs; /* no-ref */
  gpointer owner;                  /* no-ref */

  GList link;    /* of @queue; guarded by the loop's lock, like all below */
  GQueue *queue; /* (nullable): where it waits; NULL while it is called, and when it is done */
  gint64 due;    /* tick */
  gboolean live;
  gboolean woken; /* while it was called */
  gboolean done;  /* is not called any more */
  gboolean freed; /* removed from its own call */
};

struct _GstCameraLoop {
  gatomicrefcount refs;
  GThread *thread;
  gint epoll_fd;
  gint wake_fd;
  gint64 origin;    /* monotonic, µs, of tick 0: processes tick at different times */
  guint8 *buffer;   /* of the thread alone */
  gboolean dropped; /* the last reference, in the thread; of the thread alone */

  GMutex lock; /* guards what follows; no call is made while it is held */
  GCond idle;
  guint n_waiting; /* for idle */
  gboolean quit;
  gboolean asleep;
  GstCameraLoopEntry *running; /* (nullable) */
  GQueue due;                  /* (element-type GstCameraLoopEntry), as the slots */
  GQueue slots[N_SLOTS];       /* by tick modulo N_SLOTS */
  gint64 tick;                 /* the first that is not over */
  GHashTable *live;            /* fd → GstCameraLoopEntry */
  guint size;
  gint64 longest; /* µs */
};

/* The loop of gst_camera_loop_get_shared(). (nullable), no-ref; guarded by shared_lock, which is
 * also held where a last reference goes. */
static GMutex shared_lock;
static GstCameraLoop *shared;

/* Takes @entry from where it waits. With the lock, as all up to run_entry(). */
static void
detach (GstCameraLoopEntry *entry)
{
  if (entry->queue != NULL)
    g_queue_unlink (entry->queue, &entry->link);
  entry->queue = NULL;
}

static void
attach (GstCameraLoopEntry *entry, GQueue *queue)
{
  detach (entry);
  g_queue_push_tail_link (queue, &entry->link);
  entry->queue = queue;
}

static void
put_in_slot (GstCameraLoopEntry *entry)
{
  GstCameraLoop *self = entry->loop;

  attach (entry, &self->slots[MIN (entry->due, self->tick + N_SLOTS - 1) % N_SLOTS]);
}

static void
schedule (GstCameraLoopEntry *entry, gint64 next)
{
  GstCameraLoop *self = entry->loop;
  gint64 tick = (MAX (next - self->origin, 0) + GST_CAMERA_LOOP_TICK / 2) / GST_CAMERA_LOOP_TICK;

  entry->due = MAX (tick, self->tick);
  put_in_slot (entry);
}

static void
kick (GstCameraLoop *self)
{
  if (!self->asleep)
    return;
  self->asleep = FALSE;
  /* Fails only when it would overflow, which is as good. */
  (void) !eventfd_write (self->wake_fd, 1);
}

static gboolean
set_live (GstCameraLoopEntry *entry, gboolean live)
{
  GstCameraLoop *self = entry->loop;
  struct epoll_event event = { .events = EPOLLIN, .data.fd = entry->fd };

  if (live == entry->live)
    return TRUE;
  if (epoll_ctl (self->epoll_fd, live ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, entry->fd, &event) < 0
      && live)
    return FALSE;
  entry->live = live;
  if (live)
    g_hash_table_insert (self->live, GINT_TO_POINTER (entry->fd), entry);
  else
    g_hash_table_remove (self->live, GINT_TO_POINTER (entry->fd));
  return TRUE;
}

static void
finish (GstCameraLoopEntry *entry)
{
  entry->done = TRUE;
  set_live (entry, FALSE);
  detach (entry);
}

/* Calls @entry, without the lock meanwhile. */
static void
run_entry (GstCameraLoop *self, GstCameraLoopEntry *entry)
{
  gint64 now = g_get_monotonic_time ();
  gint64 next = now;
  gboolean more;

  detach (entry);
  entry->woken = FALSE;
  self->running = entry;
  g_mutex_unlock (&self->lock);
  more = entry->funcs->run (entry->owner, self->buffer, now, &next);
  g_mutex_lock (&self->lock);
  self->running = NULL;

  if (entry->freed) {
    g_mutex_unlock (&self->lock);
    gst_camera_loop_unref (entry->loop);
    g_free (entry);
    g_mutex_lock (&self->lock);
  } else if (entry->done || !more) {
    finish (entry);
  } else if (entry->woken) {
    attach (entry, &self->due);
  } else {
    schedule (entry, next);
  }
  if (self->n_waiting > 0)
    g_cond_broadcast (&self->idle);
}

/* Makes due what waits in slots up to now. */
static void
turn (GstCameraLoop *self, gint64 now)
{
  gint64 last = (now - self->origin) / GST_CAMERA_LOOP_TICK;
  gint64 first = MAX (self->tick, last - N_SLOTS + 1); /* stopped for long: once round is enough */

  self->tick = MAX (self->tick, last + 1);
  for (gint64 tick = first; tick <= last; tick++) {
    GQueue *slot = &self->slots[tick % N_SLOTS];

    for (guint n = slot->length; n > 0; n--) {
      GstCameraLoopEntry *entry = g_queue_peek_head (slot);

      if (entry->due <= last)
        attach (entry, &self->due);
      else
        put_in_slot (entry);
    }
  }
}

static void
run_round (GstCameraLoop *self)
{
  gint64 start = g_get_monotonic_time ();

  turn (self, start);
  if (self->due.length == 0)
    return;
  /* What becomes due meanwhile has to wait for the next look at the live ones. */
  for (guint n = self->due.length; n > 0 && self->due.length > 0; n--)
    run_entry (self, g_queue_peek_head (&self->due));
  self->longest = MAX (self->longest, g_get_monotonic_time () - start);
}

/* ms until something is due, as epoll_wait() takes it. */
static gint
get_timeout (GstCameraLoop *self)
{
  if (self->quit || self->due.length > 0)
    return 0;
  for (gint64 tick = self->tick; tick < self->tick + N_SLOTS; tick++)
    if (self->slots[tick % N_SLOTS].length > 0) {
      gint64 left = self->origin + tick * GST_CAMERA_LOOP_TICK - g_get_monotonic_time ();

      return (gint) ((MAX (left, 0) + 999) / 1000);
    }
  return -1;
}

static void
wait_for_something (GstCameraLoop *self)
{
  struct epoll_event events[N_EVENTS];
  gint timeout = get_timeout (self);
  gint n;

  self->asleep = timeout != 0;
  g_mutex_unlock (&self->lock);
  n = epoll_wait (self->epoll_fd, events, N_EVENTS, timeout);
  g_mutex_lock (&self->lock);
  self->asleep = FALSE;

  for (gint i = 0; i < n; i++) {
    GstCameraLoopEntry *entry;
    eventfd_t count;

    if (events[i].data.fd == self->wake_fd) {
      (void) !eventfd_read (self->wake_fd, &count);
      continue;
    }
    /* One that was removed meanwhile is not found; another of the same number is called once for
     * nothing. */
    entry = g_hash_table_lookup (self->live, GINT_TO_POINTER (events[i].data.fd));
    if (entry != NULL && entry->queue != &self->due)
      attach (entry, &self->due);
  }
}

static void
loop_free (GstCameraLoop *self)
{
  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
  if (self->wake_fd >= 0)
    close (self->wake_fd);
  g_hash_table_unref (self->live);
  g_free (self->buffer);
  g_cond_clear (&self->idle);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gpointer
loop_main (gpointer data)
{
  GstCameraLoop *self = data;

  g_mutex_lock (&self->lock);
  while (!self->quit) {
    run_round (self);
    wait_for_something (self);
  }
  g_mutex_unlock (&self->lock);
  if (self->dropped)
    loop_free (self);
  return NULL;
}

static gboolean
start (GstCameraLoop *self, const gchar *name, GError **error)
{
  struct epoll_event event = { .events = EPOLLIN };

  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  event.data.fd = self->wake_fd;
  if (self->epoll_fd < 0 || self->wake_fd < 0
      || epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, self->wake_fd, &event) < 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                 "no loop to read cameras can be made: %s; allow more open files",
                 g_strerror (errno));
    return FALSE;
  }
  self->thread = g_thread_try_new (name, loop_main, self, error);
  return self->thread != NULL;
}

GstCameraLoop *
gst_camera_loop_new (const gchar *name, GError **error)
{
  GstCameraLoop *self = g_new0 (GstCameraLoop, 1);

  g_atomic_ref_count_init (&self->refs);
  g_mutex_init (&self->lock);
  g_cond_init (&self->idle);
  self->origin = g_get_monotonic_time ();
  self->buffer = g_malloc (GST_CAMERA_LOOP_BUFFER);
  self->live = g_hash_table_new (NULL, NULL);
  if (!start (self, name, error)) {
    loop_free (self);
    return NULL;
  }
  return self;
}

GstCameraLoop *
gst_camera_loop_get_shared (GError **error)
{
  GstCameraLoop *loop;

  g_mutex_lock (&shared_lock);
  if (shared == NULL)
    shared = gst_camera_loop_new ("camera-loop", error);
  else
    gst_camera_loop_ref (shared);
  loop = shared;
  g_mutex_unlock (&shared_lock);
  return loop;
}

GstCameraLoop *
gst_camera_loop_ref (GstCameraLoop *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

static void
end (GstCameraLoop *self)
{
  gboolean inside = self->thread == g_thread_self ();

  g_mutex_lock (&self->lock);
  self->quit = TRUE;
  kick (self);
  g_mutex_unlock (&self->lock);
  if (inside) {
    self->dropped = TRUE;
    g_thread_unref (self->thread);
    return;
  }
  g_thread_join (self->thread);
  loop_free (self);
}

void
gst_camera_loop_unref (GstCameraLoop *self)
{
  gboolean last;

  g_mutex_lock (&shared_lock);
  last = g_atomic_ref_count_dec (&self->refs);
  if (last && shared == self)
    shared = NULL;
  g_mutex_unlock (&shared_lock);
  if (last)
    end (self);
}

GstCameraLoopEntry *
gst_camera_loop_add (GstCameraLoop *self, gint fd, const GstCameraLoopFuncs *funcs, gpointer owner)
{
  GstCameraLoopEntry *entry;

  g_return_val_if_fail (fd >= 0, NULL);
  entry = g_new0 (GstCameraLoopEntry, 1);
  entry->loop = gst_camera_loop_ref (self);
  entry->fd = fd;
  entry->funcs = funcs;
  entry->owner = owner;
  entry->link.data = entry;

  g_mutex_lock (&self->lock);
  self->size++;
  attach (entry, &self->due);
  kick (self);
  g_mutex_unlock (&self->lock);
  return entry;
}

gboolean
gst_camera_loop_set_live (GstCameraLoopEntry *entry, gboolean live)
{
  GstCameraLoop *self = entry->loop;
  gboolean set;

  g_mutex_lock (&self->lock);
  set = entry->done || set_live (entry, live != FALSE);
  g_mutex_unlock (&self->lock);
  return set;
}

void
gst_camera_loop_wake (GstCameraLoopEntry *entry)
{
  GstCameraLoop *self = entry->loop;

  g_mutex_lock (&self->lock);
  if (self->running == entry) {
    entry->woken = TRUE;
  } else if (!entry->done && entry->queue != &self->due) {
    attach (entry, &self->due);
    kick (self);
  }
  g_mutex_unlock (&self->lock);
}

void
gst_camera_loop_remove (GstCameraLoopEntry *entry)
{
  GstCameraLoop *self = entry->loop;

  g_mutex_lock (&self->lock);
  finish (entry);
  self->size--;
  if (self->running == entry && self->thread == g_thread_self ()) {
    entry->freed = TRUE;
    g_mutex_unlock (&self->lock);
    return;
  }
  self->n_waiting++;
  while (self->running == entry)
    g_cond_wait (&self->idle, &self->lock);
  self->n_waiting--;
  g_mutex_unlock (&self->lock);
  gst_camera_loop_unref (self);
  g_free (entry);
}

gint64
gst_camera_loop_get_round (const GstCameraLoopEntry *entry, gint64 now, gint64 period)
{
  gint64 origin = entry->loop->origin;

  return origin + ((now - origin) / period + 1) * period;
}

guint
gst_camera_loop_get_size (GstCameraLoop *self)
{
  guint size;

  g_mutex_lock (&self->lock);
  size = self->size;
  g_mutex_unlock (&self->lock);
  return size;
}

gint64
gst_camera_loop_take_longest (GstCameraLoop *self)
{
  gint64 longest;

  g_mutex_lock (&self->lock);
  longest = self->longest;
  self->longest = 0;
  g_mutex_unlock (&self->lock);
  return longest;
}
