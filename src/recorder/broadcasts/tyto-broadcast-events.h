/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-broadcast-events.h: what follows from an announcement, judged by what is known: plain code
 * that asks nobody, so that lost, late and repeated announcements can be tested.
 *
 * Announcements are told apart by their stream and their time, both by the clock of the stream
 * service. A broadcast that was found by its segments, or begun by hand, has no stream until one is
 * announced that can be its own.
 */
#pragma once

#include "recorder/broadcasts/tyto-broadcasts.h"

G_BEGIN_DECLS

/* A broadcast that ended unannounced may be told of by so much later. */
#define TYTO_BROADCAST_LATE_US (15 * G_TIME_SPAN_MINUTE)

/* Segments that are made so long after its end are its own. */
#define TYTO_BROADCAST_AFTER_US (10 * G_TIME_SPAN_SECOND)

typedef enum {
  TYTO_BROADCAST_NOTHING,   /* told before, or of the past */
  TYTO_BROADCAST_BEGIN,     /* a new one */
  TYTO_BROADCAST_REPLACE,   /* the end of that one was lost: it ends, a new one begins */
  TYTO_BROADCAST_END,       /* that one ends */
  TYTO_BROADCAST_NAME,      /* that one is of this stream */
  TYTO_BROADCAST_NAME_END,  /* that one is of this stream, and ends */
  TYTO_BROADCAST_BEGIN_END, /* a new one that has ended: its start was lost */
} TytoBroadcastVerdict;

/* @of_stream: the newest of the event's stream; @of_key: the newest of its key, whatever its stream
 * (both nullable). @which: (out): the one that the verdict is of, NULL for none. */
TytoBroadcastVerdict
tyto_broadcast_judge (const TytoStreamEvent *event, const TytoBroadcast *of_stream,
                      const TytoBroadcast *of_key, const TytoBroadcast **which);

/* Its start is not known: it was announced by its end alone. */
gboolean tyto_broadcast_start_is_unknown (const TytoBroadcast *broadcast);

G_END_DECLS
