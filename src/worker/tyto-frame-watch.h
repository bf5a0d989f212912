/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-frame-watch.h: sees whether whole pictures keep coming, by the rules of
 * tyto-frame-policy.h. That nothing comes at all camerasrc sees by itself; here it is what comes
 * and is not enough. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

#define TYTO_TYPE_FRAME_WATCH (tyto_frame_watch_get_type ())
G_DECLARE_FINAL_TYPE (TytoFrameWatch, tyto_frame_watch, TYTO, FRAME_WATCH, GObject)

/* Signal "stalled" (const char *why: what, and what next), once: the stream should be connected
 * anew. */

/* Watches the buffers and buffer lists that pass @pad from now on; it takes lists whole.
 * @timeout_s: without one */
TytoFrameWatch *tyto_frame_watch_new (GstPad *pad, guint timeout_s);

/* How often no frame came for 500 ms, or for three times as long as is usual. */
guint64 tyto_frame_watch_get_pauses (TytoFrameWatch *self);

/* Sees nothing more. */
void tyto_frame_watch_stop (TytoFrameWatch *self);

G_END_DECLS
