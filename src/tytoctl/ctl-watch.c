/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tytoctl watch: follows the service's events, over restarts of the service. */
#include "tytoctl/ctl-commands.h"

#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdio.h>

#include "base/tyto-backoff.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"
#include "tytoctl/ctl-event-text.h"
#include "tytoctl/ctl-sse.h"

#define CHUNK_BYTES 16384

typedef struct {
  CtlClient *client;
  GMainLoop *loop;
  GCancellable *cancellable;
  CtlSse *sse;
  CtlEventText *text;
  GInputStream *stream;
  SoupMessage *message;
  char *path;
  char *last_id;
  TytoBackoff backoff;
  guint retry_id;
  gboolean json;
  gboolean segments_only;
  gboolean was_connected;
  gboolean said_lost;
  gboolean interrupted;
  GError *error;
} Watch;

static void connect_events (Watch *self);

static void
watch_clear (Watch *self)
{
  if (self->retry_id != 0)
    g_source_remove (self->retry_id);
  g_clear_object (&self->client);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->sse, ctl_sse_free);
  g_clear_pointer (&self->text, ctl_event_text_free);
  g_clear_object (&self->stream);
  g_clear_object (&self->message);
  g_free (self->path);
  g_free (self->last_id);
  g_clear_error (&self->error);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Watch, watch_clear)

static char *
json_line (const char *type, GVariant *data)
{
  g_autoptr (GVariant) object = NULL;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "event", g_variant_new_string (type));
  g_variant_builder_add (&builder, "{sv}", "data", data);
  object = g_variant_ref_sink (g_variant_builder_end (&builder));
  return tyto_json_from_variant (object, FALSE);
}

static void
on_event (const char *type, const char *text, const char *id, gpointer user_data)
{
  Watch *self = user_data;
  g_autoptr (GVariant) data = tyto_json_to_variant (text, -1, NULL);
  g_autofree char *line = NULL;

  g_free (self->last_id);
  self->last_id = g_strdup (id);
  if (data == NULL)
    return;
  if (!self->json)
    line = ctl_event_text_line (self->text, type, data);
  else if (!self->segments_only || g_str_equal (type, "segment-closed"))
    line = json_line (type, data);
  if (line != NULL)
    g_print ("%s\n", line);
  /* Nobody reads any more (`| head`): there is nothing left to do. */
  if (ferror (stdout))
    g_main_loop_quit (self->loop);
}

static gboolean
on_retry (gpointer user_data)
{
  Watch *self = user_data;

  self->retry_id = 0;
  connect_events (self);
  return G_SOURCE_REMOVE;
}

/* The connection is gone, or could not be made: @cause, consumed, says why. */
static void
on_lost (Watch *self, GError *cause)
{
  g_clear_object (&self->stream);
  g_clear_object (&self->message);
  if (self->interrupted) {
    g_clear_error (&cause);
    g_main_loop_quit (self->loop);
    return;
  }
  if (!self->was_connected || (cause != NULL && !ctl_client_is_unreachable (cause))) {
    self->error = cause;
    g_main_loop_quit (self->loop);
    return;
  }
  g_clear_error (&cause);
  if (!self->said_lost)
    g_printerr (_ ("tytoctl: the connection to %s is lost; trying again.\n"),
                ctl_client_get_url (self->client));
  self->said_lost = TRUE;
  self->retry_id = g_timeout_add (tyto_backoff_next (&self->backoff), on_retry, self);
}

static void
on_bytes (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Watch *self = user_data;
  GError *cause = NULL, *lost = NULL;
  g_autoptr (GBytes) bytes
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &cause);
  gsize size = 0;
  const char *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  if (cause != NULL)
    ctl_client_unreachable (self->client, cause, &lost);
  if (size == 0 || !ctl_sse_push (self->sse, data, size)) {
    on_lost (self, lost);
    return;
  }
  tyto_backoff_reset (&self->backoff);
  g_input_stream_read_bytes_async (self->stream, CHUNK_BYTES, G_PRIORITY_DEFAULT, self->cancellable,
                                   on_bytes, self);
}

static void
on_problem_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Watch *self = user_data;
  g_autoptr (GBytes) body
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);
  GError *problem = NULL;

  ctl_client_check (self->message, body, &problem);
  on_lost (self, problem);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Watch *self = user_data;
  GError *cause = NULL, *lost = NULL;

  self->stream = soup_session_send_finish (SOUP_SESSION (source), result, &cause);
  if (self->stream == NULL) {
    ctl_client_unreachable (self->client, cause, &lost);
    on_lost (self, lost);
    return;
  }
  if (!SOUP_STATUS_IS_SUCCESSFUL (soup_message_get_status (self->message))) {
    g_input_stream_read_bytes_async (self->stream, CHUNK_BYTES, G_PRIORITY_DEFAULT,
                                     self->cancellable, on_problem_read, self);
    return;
  }
  if (self->said_lost)
    g_printerr (_ ("tytoctl: connected again.\n"));
  self->was_connected = TRUE;
  self->said_lost = FALSE;
  g_input_stream_read_bytes_async (self->stream, CHUNK_BYTES, G_PRIORITY_DEFAULT, self->cancellable,
                                   on_bytes, self);
}

static void
connect_events (Watch *self)
{
  SoupMessageHeaders *headers;

  self->message = ctl_client_message (self->client, "GET", self->path);
  headers = soup_message_get_request_headers (self->message);
  soup_message_headers_replace (headers, "Accept", "text/event-stream");
  if (self->last_id != NULL && *self->last_id != '\0')
    soup_message_headers_replace (headers, "Last-Event-ID", self->last_id);
  g_clear_pointer (&self->sse, ctl_sse_free);
  self->sse = ctl_sse_new (on_event, self);
  soup_session_send_async (ctl_client_get_session (self->client), self->message, G_PRIORITY_DEFAULT,
                           self->cancellable, on_connected, self);
}

static gboolean
on_signal (gpointer user_data)
{
  Watch *self = user_data;

  self->interrupted = TRUE;
  g_cancellable_cancel (self->cancellable);
  if (self->retry_id != 0) /* nothing is under way that would end the loop */
    g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

/* Whoever started us may have had them blocked. */
static void
unblock_signals (void)
{
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGTERM);
  pthread_sigmask (SIG_UNBLOCK, &set, NULL);
}

static gboolean
follow (Watch *self, GError **error)
{
  guint interrupt_id = g_unix_signal_add (SIGINT, on_signal, self);
  guint terminate_id = g_unix_signal_add (SIGTERM, on_signal, self);

  unblock_signals ();
  connect_events (self);
  g_main_loop_run (self->loop);
  g_source_remove (interrupt_id);
  g_source_remove (terminate_id);
  /* What is still under way refers to @self. */
  g_cancellable_cancel (self->cancellable);
  while (self->stream != NULL && g_input_stream_has_pending (self->stream))
    g_main_context_iteration (NULL, TRUE);
  if (self->error == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

gboolean
ctl_watch_run (CtlInvocation *invocation, GError **error)
{
  g_auto (Watch) watch = { .backoff = { 250, 5000, 0 } };
  g_autofree char *camera = NULL;
  const GOptionEntry entries[] = {
    { "camera", 'c', 0, G_OPTION_ARG_STRING, &camera, N_ ("Of this camera alone"), N_ ("ID") },
    { "segments-only", 0, 0, G_OPTION_ARG_NONE, &watch.segments_only,
      N_ ("Finished segments alone"), NULL },
    { NULL },
  };
  g_auto (GStrv) args = ctl_invocation_parse (invocation, entries, 0, 0, error);
  g_autoptr (GString) path = g_string_new ("/api/v1/events");

  if (args == NULL || (camera != NULL && !tyto_id_check (camera, error)))
    return FALSE;
  watch.client = ctl_invocation_connect (invocation, error);
  if (watch.client == NULL)
    return FALSE;
  ctl_query_add (path, "camera", camera);
  watch.path = g_strdup (path->str);
  watch.json = invocation->json;
  watch.loop = g_main_loop_new (NULL, FALSE);
  watch.cancellable = g_cancellable_new ();
  watch.text = ctl_event_text_new (watch.segments_only, ctl_terminal_has_colour ());
  return follow (&watch, error);
}
