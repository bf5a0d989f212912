/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-auth.h"
#include "sim-camera.h"
#include "sim-loop.h"

G_BEGIN_DECLS

/* How the server behaves; read when it is needed, so that it may change while running. */
typedef struct {
  SimAuth auth;
  guint session_timeout;     /* seconds, told to clients */
  gboolean enforce_timeout;  /* drop sessions without a request for so long */
  gboolean rtcp_keeps_alive; /* receiver reports count as a sign of life */
  gboolean start_at_key;     /* sessions begin at a key frame rather than at once */
  gsize queue_limit;         /* bytes waiting for a slow reader */
  guint report_interval;     /* ms between sender reports */
} SimPolicy;

/* The RTSP server: accepts, authenticates, answers, and keeps the cameras' time. */
typedef struct _SimServer SimServer;

/* @policy and @cameras (element-type SimCamera) outlive the server. */
SimServer *sim_server_new (SimLoop *loop, const SimPolicy *policy, GPtrArray *cameras);
void sim_server_free (SimServer *self);

/* @address: numeric; @port 0 takes any. */
gboolean sim_server_listen (SimServer *self, const char *address, guint port, GError **error);
guint sim_server_get_port (SimServer *self);

/* Returns: (nullable) camera @id. */
SimCamera *sim_server_get_camera (SimServer *self, guint id);
guint sim_server_get_n_cameras (SimServer *self);

/* Closes each connection that plays a stream of the camera, with a TCP reset if @reset; returns
 * how many sessions ended. Not from within a request. */
guint sim_server_drop_sessions (SimServer *self, guint camera, gboolean reset);

/* Sends REDIRECT (RFC 2326, 10.10) in each session of the camera. @location: nullable */
void sim_server_redirect (SimServer *self, guint camera, const char *location);

/* Sends ANNOUNCE (10.3) likewise, with the stream's present description. */
void sim_server_announce (SimServer *self, guint camera);

/* Gives the camera's sessions new SSRCs and sequence numbers. */
void sim_server_renew_ssrc (SimServer *self, guint camera, gboolean timestamps);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimServer, sim_server_free)

G_END_DECLS
