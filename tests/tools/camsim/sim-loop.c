/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-loop.h"

#include <errno.h>
#include <gio/gio.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct _SimWatch {
  SimLoop *loop; /* no-ref */
  int fd;
  SimWatchFunc func; /* nullable: removed */
  gpointer data;
};

struct _SimLoop {
  int epoll_fd;
  int timer_fd;
  SimTickFunc tick;
  gpointer tick_data;
  gint64 armed; /* µs, when the timer fires */
  gboolean quit;
  GPtrArray *dead; /* (element-type SimWatch) removed while events may still name them */
};

SimLoop *
sim_loop_new (GError **error)
{
  g_autoptr (SimLoop) self = g_new0 (SimLoop, 1);
  struct epoll_event event = { .events = EPOLLIN };

  self->armed = G_MAXINT64;
  self->dead = g_ptr_array_new_with_free_func (g_free);
  self->timer_fd = -1;
  self->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll_fd >= 0)
    self->timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (self->timer_fd < 0 || epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, self->timer_fd, &event) < 0) {
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "event loop: %s",
                 g_strerror (errno));
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
sim_loop_free (SimLoop *self)
{
  if (self->timer_fd >= 0)
    close (self->timer_fd);
  if (self->epoll_fd >= 0)
    close (self->epoll_fd);
  g_ptr_array_unref (self->dead);
  g_free (self);
}

void
sim_loop_set_tick (SimLoop *self, SimTickFunc func, gpointer data)
{
  self->tick = func;
  self->tick_data = data;
}

static void
arm (SimLoop *self, gint64 when)
{
  struct itimerspec spec = { 0 };

  self->armed = when;
  if (when != G_MAXINT64) {
    when = MAX (when, 1);
    spec.it_value.tv_sec = when / G_USEC_PER_SEC;
    spec.it_value.tv_nsec = when % G_USEC_PER_SEC * 1000;
  }
  timerfd_settime (self->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

void
sim_loop_wake_at (SimLoop *self, gint64 when)
{
  if (when < self->armed)
    arm (self, when);
}

static void
run_tick (SimLoop *self)
{
  guint64 expirations;
  gint64 next;

  if (read (self->timer_fd, &expirations, sizeof expirations) < 0 && errno != EAGAIN)
    g_warning ("timer: %s", g_strerror (errno));
  self->armed = G_MAXINT64;
  if (self->tick == NULL)
    return;
  next = self->tick (g_get_monotonic_time (), self->tick_data);
  arm (self, MIN (next, self->armed));
}

void
sim_loop_run (SimLoop *self)
{
  struct epoll_event events[64];

  while (!self->quit) {
    int n = epoll_wait (self->epoll_fd, events, G_N_ELEMENTS (events), -1);

    if (n < 0 && errno != EINTR)
      g_error ("epoll_wait: %s", g_strerror (errno));
    for (int i = 0; i < n; i++) {
      SimWatch *watch = events[i].data.ptr;

      if (watch == NULL)
        run_tick (self);
      else if (watch->func != NULL)
        watch->func (events[i].events, watch->data);
    }
    g_ptr_array_set_size (self->dead, 0);
  }
}

void
sim_loop_quit (SimLoop *self)
{
  self->quit = TRUE;
}

SimWatch *
sim_loop_watch (SimLoop *self, int fd, guint32 events, SimWatchFunc func, gpointer data)
{
  SimWatch *watch = g_new0 (SimWatch, 1);
  struct epoll_event event = { .events = events, .data.ptr = watch };

  watch->loop = self;
  watch->fd = fd;
  watch->func = func;
  watch->data = data;
  if (epoll_ctl (self->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0)
    g_error ("epoll_ctl: %s", g_strerror (errno));
  return watch;
}

void
sim_watch_set_events (SimWatch *self, guint32 events)
{
  struct epoll_event event = { .events = events, .data.ptr = self };

  epoll_ctl (self->loop->epoll_fd, EPOLL_CTL_MOD, self->fd, &event);
}

void
sim_watch_remove (SimWatch *self)
{
  epoll_ctl (self->loop->epoll_fd, EPOLL_CTL_DEL, self->fd, NULL);
  self->func = NULL;
  g_ptr_array_add (self->loop->dead, self);
}
