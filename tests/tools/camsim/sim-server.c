/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sim-server.h"

#include <errno.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "sim-methods.h"
#include "sim-sdp.h"

#define HOUSEKEEPING_INTERVAL (G_USEC_PER_SEC / 20)
#define ORPHAN_TIMEOUT        60 /* seconds a UDP session lives without connection and requests */

/* A session and whom it belongs to. */
typedef struct {
  SimSession *session;
  SimStream *stream; /* no-ref */
  guint camera;
  gint64 next_report; /* CLOCK_MONOTONIC µs */
} Entry;

struct _SimServer {
  SimLoop *loop;
  const SimPolicy *policy;
  GPtrArray *cameras;
  GSocket *socket;
  SimWatch *watch;
  char *address;
  guint port;
  GPtrArray *connections; /* (element-type SimConnection) no-ref: they free themselves */
  GHashTable *entries;    /* session id to Entry */
  gint64 next_housekeeping;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  sim_stream_remove_session (entry->stream, entry->session);
  sim_session_free (entry->session);
  g_free (entry);
}

SimCamera *
sim_server_get_camera (SimServer *self, guint id)
{
  return id >= 1 && id <= self->cameras->len ? g_ptr_array_index (self->cameras, id - 1) : NULL;
}

guint
sim_server_get_n_cameras (SimServer *self)
{
  return self->cameras->len;
}

static void
respond (SimConnection *connection, GString *response)
{
  sim_connection_send (connection, response->str, response->len);
  g_string_free (response, TRUE);
}

static void
refuse (SimConnection *connection, const SimRequest *request, guint status)
{
  GString *response = sim_response_new (status, request);

  sim_response_finish (response, NULL, NULL);
  respond (connection, response);
}

/* FALSE when the request has been answered with 401. */
static gboolean
authenticate (SimServer *self, SimConnection *connection, const SimRequest *request)
{
  const SimAuth *auth = &self->policy->auth;
  const char *nonce = sim_connection_get_nonce (connection, auth->nonce_lifetime);
  SimAuthResult result;
  GString *response;

  if (!sim_auth_wants (auth, request->method))
    return TRUE;
  result = sim_auth_check (auth, request->method, request->uri,
                           sim_request_get (request, "authorization"), nonce,
                           sim_connection_get_old_nonce (connection));
  if (result == SIM_AUTH_GRANTED)
    return TRUE;
  response = sim_response_new (401, request);
  sim_auth_append_challenge (auth, nonce, result == SIM_AUTH_STALE, response);
  sim_response_finish (response, NULL, NULL);
  respond (connection, response);
  return FALSE;
}

static Entry *
find_entry (SimServer *self, const SimRequest *request)
{
  const char *header = sim_request_get (request, "session");
  g_autofree char *id = NULL;

  if (header == NULL)
    return NULL;
  id = g_strndup (header, strcspn (header, "; "));
  return g_hash_table_lookup (self->entries, id);
}

static Entry *
add_entry (SimServer *self, SimCamera *camera, SimStream *stream)
{
  Entry *entry = g_new0 (Entry, 1);
  SimAudio *audio = sim_stream_get_audio (stream);
  SimAudioTrack track = { 8000, 0 };

  if (audio != NULL)
    track = sim_audio_get_track (audio);
  entry->session
      = sim_session_new (self->loop, &camera->faults, &track, self->policy->start_at_key);
  entry->stream = stream;
  entry->camera = camera->id;
  g_hash_table_insert (self->entries, (gpointer) sim_session_get_id (entry->session), entry);
  return entry;
}

/* A session that has no track yet after its SETUP was refused must not stay. */
static void
settle (SimServer *self, Entry *entry, const SimExchange *exchange)
{
  if (entry == NULL)
    return;
  if (exchange->teardown
      || (!sim_session_has_track (entry->session, SIM_TRACK_VIDEO)
          && !sim_session_has_track (entry->session, SIM_TRACK_AUDIO)))
    g_hash_table_remove (self->entries, sim_session_get_id (entry->session));
  else if (sim_session_is_playing (entry->session)) {
    self->next_housekeeping = 0; /* a sender report goes before all media */
    sim_loop_wake_at (self->loop, 0);
  }
}

static void
answer (SimServer *self, SimConnection *connection, const SimRequest *request, SimCamera *camera,
        SimStream *stream, int track)
{
  Entry *entry = find_entry (self, request);
  SimExchange exchange = { .request = request,
                           .connection = connection,
                           .stream = stream,
                           .camera = camera->id,
                           .address = self->address,
                           .session_timeout = self->policy->session_timeout };

  if (entry == NULL && sim_request_get (request, "session") != NULL) {
    refuse (connection, request, 454);
    return;
  }
  if (entry == NULL && g_str_equal (request->method, "SETUP"))
    entry = add_entry (self, camera, stream);
  exchange.track = track >= 0 && track < SIM_N_TRACKS ? (SimTrackKind) track : SIM_N_TRACKS;
  exchange.session = entry != NULL ? entry->session : NULL;
  if (entry != NULL) {
    exchange.stream = entry->stream;
    sim_session_note_request (entry->session, request->method);
  }
  respond (connection, sim_methods_answer (&exchange));
  settle (self, entry, &exchange);
}

static void
on_request (SimConnection *connection, const SimRequest *request, gpointer data)
{
  SimServer *self = data;
  guint id, kind;
  int track;
  SimCamera *camera;

  if (g_str_equal (request->uri, "*")) {
    refuse (connection, request, g_str_equal (request->method, "OPTIONS") ? 200 : 400);
    return;
  }
  if (!sim_request_parse_path (request->uri, &id, &kind, &track)
      || (camera = sim_server_get_camera (self, id)) == NULL) {
    refuse (connection, request, 404);
    return;
  }
  if (camera->faults.deaf)
    return;
  if (camera->faults.away_until > g_get_monotonic_time ()) {
    sim_connection_break (connection);
    return;
  }
  if (camera->faults.refuse != 0) {
    refuse (connection, request, camera->faults.refuse);
    return;
  }
  if (authenticate (self, connection, request))
    answer (self, connection, request, camera, camera->streams[kind], track);
}

static void
on_interleaved (SimConnection *connection, guint channel, const guint8 *packet, gsize size,
                gpointer data)
{
  SimServer *self = data;
  GHashTableIter iter;
  Entry *entry;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &entry))
    if (sim_session_get_connection (entry->session) == connection)
      sim_session_note_interleaved (entry->session, channel, packet, size);
}

static void
on_closed (SimConnection *connection, gpointer data)
{
  SimServer *self = data;
  GHashTableIter iter;
  Entry *entry;

  g_ptr_array_remove_fast (self->connections, connection);
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &entry)) {
    if (sim_session_get_connection (entry->session) != connection)
      continue;
    if (sim_session_is_tcp (entry->session))
      g_hash_table_iter_remove (&iter);
    else
      sim_session_forget_connection (entry->session);
  }
}

static const SimConnectionEvents connection_events = { on_request, on_interleaved, on_closed };

static void
on_accept (guint32 events, gpointer data)
{
  SimServer *self = data;
  int fd = accept4 (g_socket_get_fd (self->socket), NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

  if (fd >= 0)
    g_ptr_array_add (
        self->connections,
        sim_connection_new (self->loop, fd, self->policy->queue_limit, &connection_events, self));
}

/* Ends the sessions with their connections; @ids (element-type utf8), because closing a connection
 * may end another session of the list. */
static void
drop_sessions (SimServer *self, GPtrArray *ids, gboolean reset)
{
  for (guint i = 0; i < ids->len; i++) {
    Entry *entry = g_hash_table_lookup (self->entries, g_ptr_array_index (ids, i));
    SimConnection *connection;

    if (entry == NULL)
      continue;
    connection = sim_session_get_connection (entry->session);
    g_hash_table_remove (self->entries, g_ptr_array_index (ids, i));
    if (connection != NULL)
      sim_connection_close (connection, reset);
  }
}

static gboolean
is_expired (SimServer *self, Entry *entry, gint64 now)
{
  gint64 seen = sim_session_get_last_request (entry->session);
  gint64 limit = self->policy->session_timeout;

  if (self->policy->rtcp_keeps_alive || !self->policy->enforce_timeout)
    seen = MAX (seen, sim_session_get_last_rtcp (entry->session));
  if (!self->policy->enforce_timeout) {
    if (sim_session_get_connection (entry->session) != NULL)
      return FALSE;
    limit = ORPHAN_TIMEOUT;
  }
  return now - seen > limit * G_USEC_PER_SEC;
}

static void
keep_house (SimServer *self, gint64 now)
{
  g_autoptr (GPtrArray) expired = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  Entry *entry;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &entry)) {
    if (is_expired (self, entry, now)) {
      g_ptr_array_add (expired, g_strdup (sim_session_get_id (entry->session)));
      continue;
    }
    if (now < entry->next_report || !sim_session_is_playing (entry->session))
      continue;
    entry->next_report = now + self->policy->report_interval * 1000;
    sim_session_report (entry->session, now - sim_stream_get_start (entry->stream),
                        g_get_real_time () - g_get_monotonic_time () + now);
  }
  drop_sessions (self, expired, FALSE);
}

static gint64
on_tick (gint64 now, gpointer data)
{
  SimServer *self = data;
  gint64 next = G_MAXINT64;

  if (g_hash_table_size (self->entries) == 0)
    return G_MAXINT64;
  if (now >= self->next_housekeeping) {
    keep_house (self, now);
    self->next_housekeeping = now + HOUSEKEEPING_INTERVAL;
  }
  for (guint i = 0; i < self->cameras->len; i++) {
    SimCamera *camera = g_ptr_array_index (self->cameras, i);

    for (guint k = 0; k < SIM_N_STREAMS; k++)
      next = MIN (next, sim_stream_tick (camera->streams[k], now));
  }
  return MIN (next, self->next_housekeeping);
}

SimServer *
sim_server_new (SimLoop *loop, const SimPolicy *policy, GPtrArray *cameras)
{
  SimServer *self = g_new0 (SimServer, 1);

  self->loop = loop;
  self->policy = policy;
  self->cameras = cameras;
  self->connections = g_ptr_array_new ();
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, entry_free);
  sim_loop_set_tick (loop, on_tick, self);
  return self;
}

void
sim_server_free (SimServer *self)
{
  sim_loop_set_tick (self->loop, NULL, NULL);
  while (self->connections->len > 0)
    sim_connection_close (g_ptr_array_index (self->connections, 0), FALSE);
  g_ptr_array_unref (self->connections);
  g_hash_table_unref (self->entries);
  if (self->watch != NULL)
    sim_watch_remove (self->watch);
  g_clear_object (&self->socket);
  g_free (self->address);
  g_free (self);
}

gboolean
sim_server_listen (SimServer *self, const char *address, guint port, GError **error)
{
  g_autoptr (GSocketAddress) want = g_inet_socket_address_new_from_string (address, port);
  g_autoptr (GSocketAddress) got = NULL;

  if (want == NULL) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "no numeric address: %s", address);
    return FALSE;
  }
  self->socket = g_socket_new (g_socket_address_get_family (want), G_SOCKET_TYPE_STREAM,
                               G_SOCKET_PROTOCOL_TCP, error);
  if (self->socket == NULL)
    return FALSE;
  g_socket_set_blocking (self->socket, FALSE);
  g_socket_set_listen_backlog (self->socket, 4096); /* a thousand cameras are dialled at once */
  if (!g_socket_bind (self->socket, want, TRUE, error) || !g_socket_listen (self->socket, error))
    return FALSE;
  got = g_socket_get_local_address (self->socket, error);
  if (got == NULL)
    return FALSE;
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (got));
  self->address = g_strdup (address);
  self->watch
      = sim_loop_watch (self->loop, g_socket_get_fd (self->socket), EPOLLIN, on_accept, self);
  return TRUE;
}

guint
sim_server_get_port (SimServer *self)
{
  return self->port;
}

guint
sim_server_drop_sessions (SimServer *self, guint camera, gboolean reset)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  Entry *entry;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &entry))
    if (entry->camera == camera)
      g_ptr_array_add (ids, g_strdup (sim_session_get_id (entry->session)));
  drop_sessions (self, ids, reset);
  return ids->len;
}

void
sim_server_renew_ssrc (SimServer *self, guint camera, gboolean timestamps)
{
  GHashTableIter iter;
  Entry *entry;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &entry))
    if (entry->camera == camera)
      sim_session_renew_ssrc (entry->session, timestamps);
}

/* A request of ours. */
static GString *
begin_request (SimServer *self, const char *method, Entry *entry)
{
  GString *request = g_string_new (NULL);

  g_string_printf (request, "%s rtsp://%s:%u/cam%u RTSP/1.0\r\nCSeq: 1\r\nSession: %s\r\n", method,
                   self->address, self->port, entry->camera, sim_session_get_id (entry->session));
  return request;
}

void
sim_server_redirect (SimServer *self, guint camera, const char *location)
{
  GHashTableIter iter;
  Entry *entry;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &entry)) {
    SimConnection *connection = sim_session_get_connection (entry->session);
    GString *request;

    if (entry->camera != camera || connection == NULL)
      continue;
    request = begin_request (self, "REDIRECT", entry);
    if (location != NULL)
      g_string_append_printf (request, "Location: %s\r\n", location);
    sim_response_finish (request, NULL, NULL);
    respond (connection, request);
  }
}

void
sim_server_announce (SimServer *self, guint camera)
{
  GHashTableIter iter;
  Entry *entry;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &entry)) {
    SimConnection *connection = sim_session_get_connection (entry->session);
    g_autofree char *sdp = NULL;
    GString *request;

    if (entry->camera != camera || connection == NULL)
      continue;
    sdp = sim_sdp_new (camera, sim_stream_get_kind (entry->stream),
                       sim_stream_get_media (entry->stream), sim_stream_get_audio (entry->stream),
                       self->address);
    request = begin_request (self, "ANNOUNCE", entry);
    sim_response_finish (request, "application/sdp", sdp);
    respond (connection, request);
  }
}
