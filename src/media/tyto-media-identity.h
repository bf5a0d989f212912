/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-media-identity.h: what a segment's file says of itself, so that the catalogue can be made
 * again from the files alone. */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/**
 * TytoMediaIdentity: a plain record; strings are owned, "" where unknown.
 * @camera: 1–64 of A-Z a-z 0-9 _ -
 * @stream: "main" or "sub"
 * @run, @sequence: which connection, and which segment of it, from 1
 * @wall_start_us: label of the first frame, µs since the Unix epoch, UTC
 * @clock_offset_us: @wall_start_us minus the system's clock at that frame; other than about 0 when
 * that clock was set back and the labels went on
 * @monotonic_start_ns: CLOCK_MONOTONIC at the first frame
 * @camera_time_us: the camera's own clock (RTCP sender reports, RFC 3550 6.4.1) at the first frame,
 * µs since the Unix epoch; -1 when unknown
 */
typedef struct {
  char *camera;
  char *stream;
  char *run;
  guint64 sequence;
  gint64 wall_start_us;
  gint64 clock_offset_us;
  guint64 monotonic_start_ns;
  gint64 camera_time_us;
} TytoMediaIdentity;

void tyto_media_identity_copy (TytoMediaIdentity *to, const TytoMediaIdentity *from);
void tyto_media_identity_clear (TytoMediaIdentity *self); /* frees what it has, not itself */

/* Whether camera, stream and run could be ids, or are empty. */
gboolean tyto_media_identity_is_valid (const TytoMediaIdentity *self);

/* @wall_us as RFC 3339 in UTC, with microseconds; "" when the calendar ends before. (transfer full)
 */
char *tyto_media_identity_format_time (gint64 wall_us);

/* What a file's comment says of it: "camera=… run=… sequence=… start=…". (transfer full) */
char *tyto_media_identity_format_comment (const TytoMediaIdentity *self);

/* Takes from @text the words of such a comment that are valid; leaves the rest as it is. Returns:
 * whether a run and a sequence were among them. */
gboolean tyto_media_identity_parse_comment (TytoMediaIdentity *self, const char *text);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TytoMediaIdentity, tyto_media_identity_clear)

G_END_DECLS
