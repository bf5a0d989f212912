/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-frame-policy.h: when pictures come too slowly to be all there are. A plain value; times are
 * passed in.
 *
 * A pause is 500 ms without a frame, for cameras that send less than 6 a second three times their
 * usual distance. That distance is learnt from the time stamps of the run's first 30 frames: what a
 * camera says of its rate is often wrong. Ten pauses in a row, each ended by a single frame, are a
 * stream that has broken down. A frame is known to have come when its connection was read: single
 * pauses may seem shorter by that, the ten together do not.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TYTO_FRAME_PAUSE_US    (500 * (gint64) 1000)
#define TYTO_FRAME_PAUSE_USUAL 3 /* times the usual distance */
#define TYTO_FRAME_PAUSES_MAX  10
#define TYTO_FRAME_ROUND_US    (250 * (gint64) 1000) /* between two reads: camerasrc's batch */
#define TYTO_FRAME_LEARNT      30
#define TYTO_FRAME_FIRST_S     90 /* until the first: a group of pictures may last a minute */

/**
 * TytoFramePolicy: tyto_frame_policy_init() before use.
 * @pauses: in all
 * @in_row: what may be pauses, one after the other
 * @row_us: when the last of them began, by number
 */
typedef struct {
  gint64 began_us;
  gint64 last_us;  /* -1: none yet */
  gint64 usual_us; /* 0: not known yet */
  gint64 first_stamp_us;
  guint learnt;
  guint64 pauses;
  guint in_row;
  gint64 row_us[TYTO_FRAME_PAUSES_MAX];
} TytoFramePolicy;

/* The streams are there since @now_us: monotonic, µs. */
void tyto_frame_policy_init (TytoFramePolicy *self, gint64 now_us);

/* A frame came; @stamp_us: its time stamp, -1 when it has none. TRUE when the stream has broken
 * down. */
gboolean tyto_frame_policy_frame (TytoFramePolicy *self, gint64 now_us, gint64 stamp_us);

/* Whether no frame has come for longer than one may wait; @timeout_us: after the first one. */
gboolean
tyto_frame_policy_is_silent (const TytoFramePolicy *self, gint64 now_us, gint64 timeout_us);

G_END_DECLS
