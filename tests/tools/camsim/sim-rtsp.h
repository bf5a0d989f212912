/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An RTSP/1.0 request (RFC 2326 6). */
typedef struct {
  char *method;
  char *uri;
  GHashTable *headers; /* lower-case name to value */
  gsize body_size;
} SimRequest;

/* Bytes of the request's head at the start of @data up to and with its empty line; 0 when it is
 * not whole yet. */
gsize sim_request_head_size (const guint8 *data, gsize size);

/* Parses a head of @size bytes. Returns: NULL when it is no request. */
SimRequest *sim_request_parse (const guint8 *data, gsize size);
void sim_request_free (SimRequest *self);

/* Returns: (nullable) the header's value; @name is lower case. */
const char *sim_request_get (const SimRequest *self, const char *name);

/* Splits "rtsp://host/cam2/sub/trackID=1?x" into camera 2, stream 1 (sub), track 0; @track is -1
 * when none is named. FALSE when the path is none of ours. */
gboolean sim_request_parse_path (const char *uri, guint *camera, guint *stream, int *track);

/* What a client asks for in Transport (RFC 2326 12.39). */
typedef struct {
  gboolean tcp;
  int channels[2]; /* interleaved RTP and RTCP channel, -1 when not given */
  guint ports[2];  /* client's RTP and RTCP port */
} SimTransport;

/* Takes the first transport of the list that we can serve; FALSE when there is none. */
gboolean sim_transport_parse (const char *header, SimTransport *transport);

/* Starts a response: status line, CSeq, Server. */
GString *sim_response_new (guint status, const SimRequest *request);
const char *sim_response_reason (guint status);

/* Ends the response with a body (nullable). */
void sim_response_finish (GString *response, const char *content_type, const char *body);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimRequest, sim_request_free)

G_END_DECLS
