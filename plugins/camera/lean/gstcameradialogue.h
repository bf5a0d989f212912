/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera/lean/gstcamerahandshake.h"

G_BEGIN_DECLS

/**
 * GstCameraDialogue:
 *
 * What is said to a camera that plays: requests that keep the session alive (RFC 2326, 12.37),
 * answers to what the camera asks itself, TEARDOWN, and packets of ours. Nothing blocks: what the
 * connection does not take at once waits, 32 KiB at most; a message is sent whole or not at all.
 * For one thread at a time.
 */
typedef struct _GstCameraDialogue GstCameraDialogue;

/* @playing: (transfer none): outlives it
 * @interval: s between two signs of life, 0: by the session's time-out, as gstcamerakeepalive.c
 * @now: monotonic, µs */
GstCameraDialogue *gst_camera_dialogue_new (GstCameraPlaying *playing, guint interval, gint64 now);
void gst_camera_dialogue_free (GstCameraDialogue *self);

/* Sends what is due or waits. Gives when it wants to be called next (monotonic, µs). */
gint64 gst_camera_dialogue_run (GstCameraDialogue *self, gint64 now);
/* Takes a message of the camera's; @body_size: less than its Content-Length: the rest was left out.
 * FALSE: the session has come to its end, by GST_RESOURCE_ERROR READ. */
gboolean gst_camera_dialogue_take (GstCameraDialogue *self, const gchar *head, gsize head_size,
                                   const guint8 *body, gsize body_size, GError **error);
/* (nullable): the address to connect to at once: the camera has ended the session for that, by
 * REDIRECT (RFC 2326, 10.10) or by ANNOUNCE of another description (10.3). */
const gchar *gst_camera_dialogue_get_again (const GstCameraDialogue *self);
/* Sends an interleaved packet (10.12) unless something waits. */
void gst_camera_dialogue_send_packet (GstCameraDialogue *self, guint8 channel, const guint8 *data,
                                      gsize size);
/* Sends TEARDOWN, as far as the connection takes it. */
void gst_camera_dialogue_tear_down (GstCameraDialogue *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraDialogue, gst_camera_dialogue_free)

G_END_DECLS
