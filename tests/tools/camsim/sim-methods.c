/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-methods.h"

#include <string.h>

#include "sim-sdp.h"

#define METHODS "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, GET_PARAMETER, SET_PARAMETER, TEARDOWN"

static GString *
plain (SimExchange *exchange, guint status)
{
  GString *response = sim_response_new (status, exchange->request);

  sim_response_finish (response, NULL, NULL);
  return response;
}

static void
append_session (SimExchange *exchange, GString *response)
{
  if (exchange->session != NULL)
    g_string_append_printf (response, "Session: %s;timeout=%u\r\n",
                            sim_session_get_id (exchange->session), exchange->session_timeout);
}

static GString *
answer_options (SimExchange *exchange)
{
  GString *response = sim_response_new (200, exchange->request);

  g_string_append (response, "Public: " METHODS "\r\n");
  append_session (exchange, response);
  sim_response_finish (response, NULL, NULL);
  return response;
}

static GString *
answer_describe (SimExchange *exchange)
{
  GString *response = sim_response_new (200, exchange->request);
  g_autofree char *sdp = sim_sdp_new (exchange->camera, sim_stream_get_kind (exchange->stream),
                                      sim_stream_get_media (exchange->stream),
                                      sim_stream_get_audio (exchange->stream), exchange->address);
  const char *uri = exchange->request->uri;

  g_string_append_printf (response, "Content-Base: %s%s\r\n", uri,
                          g_str_has_suffix (uri, "/") ? "" : "/");
  g_string_append (response, "Cache-Control: no-cache\r\n");
  sim_response_finish (response, "application/sdp", sdp);
  return response;
}

static GString *
answer_setup (SimExchange *exchange)
{
  const char *header = sim_request_get (exchange->request, "transport");
  SimTrackKind track = exchange->track;
  SimTransport transport;
  g_autofree char *answer = NULL;
  GString *response;

  if (track == SIM_N_TRACKS)
    return plain (exchange, 459);
  if (track == SIM_TRACK_AUDIO && sim_stream_get_audio (exchange->stream) == NULL)
    return plain (exchange, 404);
  if (sim_session_is_playing (exchange->session))
    return plain (exchange, 455);
  if (header == NULL || !sim_transport_parse (header, &transport))
    return plain (exchange, 461);
  answer = sim_session_setup (exchange->session, track, &transport, exchange->connection, NULL);
  if (answer == NULL)
    return plain (exchange, 503);
  response = sim_response_new (200, exchange->request);
  g_string_append_printf (response, "Transport: %s\r\n", answer);
  append_session (exchange, response);
  sim_response_finish (response, NULL, NULL);
  return response;
}

static void
append_rtp_info (SimExchange *exchange, GString *response)
{
  const char *uri = exchange->request->uri;
  gsize base = strlen (uri);
  const char *separator = "RTP-Info: ";

  if (base > 0 && uri[base - 1] == '/')
    base--;
  for (guint i = 0; i < SIM_N_TRACKS; i++) {
    guint16 seq;
    guint32 rtptime;

    if (!sim_session_has_track (exchange->session, i))
      continue;
    sim_session_get_rtp_info (exchange->session, i,
                              sim_stream_get_next_timestamp (exchange->stream, i), &seq, &rtptime);
    g_string_append_printf (response, "%surl=%.*s/trackID=%u;seq=%u;rtptime=%u", separator,
                            (int) base, uri, i + 1, seq, rtptime);
    separator = ",";
  }
  g_string_append (response, "\r\n");
}

static GString *
answer_play (SimExchange *exchange)
{
  GString *response;

  if (exchange->session == NULL)
    return plain (exchange, 454);
  if (!sim_session_has_track (exchange->session, SIM_TRACK_VIDEO)
      && !sim_session_has_track (exchange->session, SIM_TRACK_AUDIO))
    return plain (exchange, 455);
  sim_stream_add_session (exchange->stream, exchange->session);
  response = sim_response_new (200, exchange->request);
  append_session (exchange, response);
  g_string_append (response, "Range: npt=now-\r\n");
  append_rtp_info (exchange, response);
  sim_response_finish (response, NULL, NULL);
  sim_session_play (exchange->session);
  return response;
}

static GString *
answer_pause (SimExchange *exchange)
{
  if (exchange->session == NULL)
    return plain (exchange, 454);
  sim_session_pause (exchange->session);
  return plain (exchange, 200);
}

static GString *
answer_parameter (SimExchange *exchange)
{
  GString *response = sim_response_new (200, exchange->request);

  append_session (exchange, response);
  sim_response_finish (response, NULL, NULL);
  return response;
}

static GString *
answer_teardown (SimExchange *exchange)
{
  if (exchange->session == NULL)
    return plain (exchange, 454);
  exchange->teardown = TRUE;
  return plain (exchange, 200);
}

GString *
sim_methods_answer (SimExchange *exchange)
{
  static const struct {
    const char *method;
    GString *(*answer) (SimExchange *);
  } methods[] = {
    { "OPTIONS", answer_options },
    { "DESCRIBE", answer_describe },
    { "SETUP", answer_setup },
    { "PLAY", answer_play },
    { "PAUSE", answer_pause },
    { "GET_PARAMETER", answer_parameter },
    { "SET_PARAMETER", answer_parameter },
    { "TEARDOWN", answer_teardown },
  };

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    if (g_str_equal (exchange->request->method, methods[i].method))
      return methods[i].answer (exchange);
  return plain (exchange, 501);
}
