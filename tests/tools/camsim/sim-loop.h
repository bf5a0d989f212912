/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One thread, one epoll set, one timer: all of the simulator runs in it, so that a thousand
 * sockets cost nothing until one of them has something to say. */
typedef struct _SimLoop SimLoop;
typedef struct _SimWatch SimWatch;

/* Called with the epoll events of the watched descriptor. */
typedef void (*SimWatchFunc) (guint32 events, gpointer data);

/* Called when the timer is due, with CLOCK_MONOTONIC in µs. Returns when it wants to be called
 * next (µs), or G_MAXINT64. */
typedef gint64 (*SimTickFunc) (gint64 now, gpointer data);

SimLoop *sim_loop_new (GError **error);
void sim_loop_free (SimLoop *self);
void sim_loop_set_tick (SimLoop *self, SimTickFunc func, gpointer data);
void sim_loop_wake_at (SimLoop *self, gint64 when);
void sim_loop_run (SimLoop *self);
void sim_loop_quit (SimLoop *self);

/* @fd stays the caller's. The watch is valid until sim_watch_remove(), which may be called from
 * within any watch function. */
SimWatch *sim_loop_watch (SimLoop *self, int fd, guint32 events, SimWatchFunc func, gpointer data);
void sim_watch_set_events (SimWatch *self, guint32 events);
void sim_watch_remove (SimWatch *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimLoop, sim_loop_free)

G_END_DECLS
