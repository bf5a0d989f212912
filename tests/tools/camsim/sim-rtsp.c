/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-rtsp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gsize
sim_request_head_size (const guint8 *data, gsize size)
{
  const guint8 *end = memmem (data, size, "\r\n\r\n", 4);

  return end == NULL ? 0 : (gsize) (end - data) + 4;
}

SimRequest *
sim_request_parse (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\r\n", -1);
  /* no line at all: the head began with a zero byte */
  g_auto (GStrv) words = lines[0] != NULL ? g_strsplit (lines[0], " ", 3) : NULL;
  g_autoptr (SimRequest) self = NULL;
  const char *length;

  if (words == NULL || g_strv_length (words) != 3 || !g_str_has_prefix (words[2], "RTSP/1."))
    return NULL;
  self = g_new0 (SimRequest, 1);
  self->method = g_strdup (words[0]);
  self->uri = g_strdup (words[1]);
  self->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (guint i = 1; lines[i] != NULL; i++) {
    char *colon = strchr (lines[i], ':');

    if (colon == NULL)
      continue;
    *colon = '\0';
    g_hash_table_replace (self->headers, g_ascii_strdown (lines[i], -1),
                          g_strdup (g_strstrip (colon + 1)));
  }
  length = sim_request_get (self, "content-length");
  if (length != NULL)
    self->body_size = CLAMP (atol (length), 0, 65536);
  return g_steal_pointer (&self);
}

void
sim_request_free (SimRequest *self)
{
  g_free (self->method);
  g_free (self->uri);
  g_hash_table_unref (self->headers);
  g_free (self);
}

const char *
sim_request_get (const SimRequest *self, const char *name)
{
  return g_hash_table_lookup (self->headers, name);
}

gboolean
sim_request_parse_path (const char *uri, guint *camera, guint *stream, int *track)
{
  const char *path = strstr (uri, "://");
  char *end;

  path = path == NULL ? uri : strchr (path + 3, '/');
  if (path == NULL || !g_str_has_prefix (path, "/cam"))
    return FALSE;
  *camera = strtoul (path + 4, &end, 10);
  if (end == path + 4)
    return FALSE;
  *stream = 0;
  *track = -1;
  if (g_str_has_prefix (end, "/sub")) {
    *stream = 1;
    end += 4;
  }
  if (g_str_has_prefix (end, "/trackID=")) {
    *track = strtoul (end + 9, &end, 10) - 1;
  } else if (*end == '/') {
    end++;
  }
  return *end == '\0' || *end == '?';
}

static gboolean
parse_one_transport (const char *text, SimTransport *transport)
{
  g_auto (GStrv) parameters = g_strsplit (text, ";", -1);
  gboolean unicast = TRUE;

  memset (transport, 0, sizeof *transport);
  transport->channels[0] = transport->channels[1] = -1;
  for (guint i = 0; parameters[i] != NULL; i++) {
    const char *parameter = g_strstrip (parameters[i]);

    if (i == 0 && g_ascii_strcasecmp (parameter, "RTP/AVP/TCP") == 0)
      transport->tcp = TRUE;
    else if (i == 0 && g_ascii_strcasecmp (parameter, "RTP/AVP") != 0
             && g_ascii_strcasecmp (parameter, "RTP/AVP/UDP") != 0)
      return FALSE;
    else if (g_ascii_strcasecmp (parameter, "multicast") == 0)
      unicast = FALSE;
    else if (sscanf (parameter, "interleaved=%d-%d", &transport->channels[0],
                     &transport->channels[1])
             == 1)
      transport->channels[1] = transport->channels[0] + 1;
    else if (sscanf (parameter, "client_port=%u-%u", &transport->ports[0], &transport->ports[1])
             == 1)
      transport->ports[1] = transport->ports[0] + 1;
  }
  if (transport->tcp)
    return unicast && transport->channels[0] <= 255 && transport->channels[1] <= 255;
  return unicast && transport->ports[0] > 0 && transport->ports[0] <= 65535
         && transport->ports[1] <= 65535;
}

gboolean
sim_transport_parse (const char *header, SimTransport *transport)
{
  g_auto (GStrv) choices = g_strsplit (header, ",", -1);

  for (guint i = 0; choices[i] != NULL; i++)
    if (parse_one_transport (g_strstrip (choices[i]), transport))
      return TRUE;
  return FALSE;
}

const char *
sim_response_reason (guint status)
{
  static const struct {
    guint status;
    const char *reason;
  } reasons[] = {
    { 200, "OK" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 404, "Not Found" },
    { 454, "Session Not Found" },
    { 455, "Method Not Valid in This State" },
    { 459, "Aggregate Operation Not Allowed" },
    { 461, "Unsupported Transport" },
    { 501, "Not Implemented" },
    { 503, "Service Unavailable" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
    if (reasons[i].status == status)
      return reasons[i].reason;
  return "Unknown";
}

GString *
sim_response_new (guint status, const SimRequest *request)
{
  GString *response = g_string_new (NULL);
  const char *cseq = request == NULL ? NULL : sim_request_get (request, "cseq");

  g_string_printf (response, "RTSP/1.0 %u %s\r\n", status, sim_response_reason (status));
  if (cseq != NULL)
    g_string_append_printf (response, "CSeq: %s\r\n", cseq);
  g_string_append (response, "Server: camsim\r\n");
  return response;
}

void
sim_response_finish (GString *response, const char *content_type, const char *body)
{
  if (body != NULL)
    g_string_append_printf (response, "Content-Type: %s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n",
                            content_type, strlen (body));
  g_string_append (response, "\r\n");
  if (body != NULL)
    g_string_append (response, body);
}
