/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-camera.h"
#include "sim-rtsp.h"
#include "sim-session.h"

G_BEGIN_DECLS

/* Answers to the RTSP methods (RFC 2326 10), of requests that are let in and name a stream. */
typedef struct {
  const SimRequest *request;
  SimConnection *connection;
  SimStream *stream;
  SimTrackKind track; /* SIM_N_TRACKS: none named */
  guint camera;
  const char *address;
  guint session_timeout;
  SimSession *session; /* nullable: none named by the request; a new one at SETUP */
  gboolean teardown;   /* out: the session ends with this answer */
} SimExchange;

/* Returns: (transfer full) the whole response. */
GString *sim_methods_answer (SimExchange *exchange);

G_END_DECLS
