/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * GstCameraInterleave:
 *
 * Takes what comes on an RTSP connection apart: interleaved binary data (RFC 2326, 10.12) and RTSP
 * messages between them, from chunks cut anywhere: what it tells does not depend on the cuts. It
 * copies only what a chunk's end cuts: at most 64 KiB of a packet, 256 KiB of a message.
 *
 * Bytes that are neither (some cameras send a few) are passed over up to the next plausible
 * beginning, and counted: a message that camera or answer may begin with, or a packet of RTP
 * version 2 whose SSRC came before or behind which something plausible begins. Such a packet may
 * have to wait for the bytes behind it.
 */
typedef struct _GstCameraInterleave GstCameraInterleave;

/* Called by gst_camera_interleave_take(); they may not call anything of the same interleave. */
typedef struct {
  /* A packet of @channel, not empty; valid during the call. */
  void (*packet) (gpointer owner, guint8 channel, const guint8 *data, gsize size);
  /* An RTSP message, an answer or a camera's request: its head with the empty line, not
   * 0-terminated, and its body (@body_size 0: none, or one that is too large, which is noise).
   * Lines may end in LF alone. */
  void (*message) (gpointer owner, const gchar *head, gsize head_size, const guint8 *body,
                   gsize body_size);
} GstCameraInterleaveEvents;

/* @n_channels: 1 to 256; those above are no packets of ours: a '$' with another is noise. */
GstCameraInterleave *gst_camera_interleave_new (const GstCameraInterleaveEvents *events,
                                                gpointer owner, guint n_channels);
void gst_camera_interleave_free (GstCameraInterleave *self);
/* As if new: for another connection. */
void gst_camera_interleave_reset (GstCameraInterleave *self);

/* Takes @size bytes. */
void gst_camera_interleave_take (GstCameraInterleave *self, const guint8 *data, gsize size);

/* Bytes that belonged to nothing. */
guint64 gst_camera_interleave_get_noise (const GstCameraInterleave *self);
/* Whether the last chunk ended within a packet or message, or one waits for what follows it. */
gboolean gst_camera_interleave_is_cut (const GstCameraInterleave *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (GstCameraInterleave, gst_camera_interleave_free)

G_END_DECLS
