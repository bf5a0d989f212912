/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-capture-settings.h: how one camera is to be recorded: org.tyto.Worker1.AddCamera's
 * dictionary checked and with its defaults. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TytoCaptureSettings:
 * @url: rtsp:// or rtsps://, without credentials
 * @user, @password: "" when the camera wants none; the password is wiped when freed
 * @transport: "tcp", "udp" or "auto"
 * @audio: whether the audio stream is recorded too
 * @latency_ms: jitter buffer, 0–10000
 * @timeout_s: without data, 1–3600
 * @keep_alive_s: 0 = by the session's time-out, else 1–3600
 * @root: directory below which @path_template is evaluated
 * @path_template: as segmentsink's location
 * @segment_seconds: 1–86400
 * @format: "mp4", "ts" or "mkv"
 * @fragment_ms: length of an mp4 fragment, 100–60000
 * @thumbnail_seconds: between two thumbnails, 0–86400; 0 = only those asked for
 * @thumbnail_root: directory of the thumbnails
 * @thumbnail_width, @thumbnail_height: the box they fit in, pixels, 16–4096
 * @connect_delay_ms: before the first connect, so that many cameras do not connect at once
 * @retry_initial_ms: before the first retry, 1–30000; doubled by each failure up to 30 s
 * @engine: "fragments" or "splitmuxsink": what writes mp4
 * @ingest: "auto", "lean" or "rtspsrc": what receives (camerasrc's engine)
 * @sync_ms: between two fdatasync() of an open segment, 100–60000
 * @queue_bytes: media that may wait for a slow disk, from 64 KiB
 * @floor_bytes, @floor_percent: free space below which no segment is opened; 0 = none
 * @not_before_us: µs since the Unix epoch before which no segment is labelled; 0 = none
 * @redirect: (nullable): of the next run: where the camera referred to in the last (camerasrc's
 *   redirect); not of the dictionary
 */
typedef struct {
  char *url;
  char *user;
  char *password;
  char *transport;
  gboolean audio;
  guint latency_ms;
  guint timeout_s;
  guint keep_alive_s;
  char *root;
  char *path_template;
  guint segment_seconds;
  char *format;
  guint fragment_ms;
  guint thumbnail_seconds;
  char *thumbnail_root;
  guint thumbnail_width;
  guint thumbnail_height;
  guint connect_delay_ms;
  guint retry_initial_ms;
  char *engine;
  char *ingest;
  guint sync_ms;
  guint64 queue_bytes;
  guint64 floor_bytes;
  guint floor_percent;
  gint64 not_before_us;
  char *redirect;
} TytoCaptureSettings;

/* Reads @dict (a{sv}); TYTO_ERROR_INVALID_ARGUMENT names the wrong member. (transfer full) */
TytoCaptureSettings *tyto_capture_settings_new (GVariant *dict, GError **error);
void tyto_capture_settings_free (TytoCaptureSettings *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoCaptureSettings, tyto_capture_settings_free)

G_END_DECLS
