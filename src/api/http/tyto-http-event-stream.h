/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-http-event-stream.h: one client of /api/v1/events: an answer that never ends
 * (text/event-stream, WHATWG HTML, section 9.2). What a slow client has not taken is bounded: then
 * events are left out, and how many is said by an event "lost" as soon as there is room.
 */
#pragma once

#include "api/http/tyto-http-request.h"

G_BEGIN_DECLS

#define TYTO_HTTP_EVENT_STREAM_BACKLOG (256 * 1024) /* bytes */

#define TYTO_TYPE_HTTP_EVENT_STREAM (tyto_http_event_stream_get_type ())
G_DECLARE_FINAL_TYPE (TytoHttpEventStream, tyto_http_event_stream, TYTO, HTTP_EVENT_STREAM, GObject)

/* Signal "gone": the client has left. */

/* Answers @request. @camera: only events of this one (nullable). */
TytoHttpEventStream *tyto_http_event_stream_new (TytoHttpRequest *request, const char *camera);

/* Sends an event of @camera ("" for the service's own); @data: one line of JSON. */
void tyto_http_event_stream_send (TytoHttpEventStream *self, const char *event, const char *camera,
                                  const char *data);

/* Sends a comment, so that both ends see that the connection lives. */
void tyto_http_event_stream_beat (TytoHttpEventStream *self);

/* Ends the answer. */
void tyto_http_event_stream_end (TytoHttpEventStream *self);

G_END_DECLS
