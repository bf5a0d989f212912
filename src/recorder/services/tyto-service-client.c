/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/services/tyto-service-client.h"

#include "base/tyto-error.h"
#include "base/tyto-json.h"
#include "base/tyto-time.h"

#include <string.h>

#define ANSWER_SECONDS 10
#define FIRST_WAIT_MS  200
#define LAST_BEGIN_US  (6 * (gint64) G_USEC_PER_SEC)
/* Calls at a time; and connections, which uploads have, too (upload-concurrency: at most 64). */
#define CALLS       8
#define CONNECTIONS 72

struct _TytoServiceClient {
  GObject parent_instance;

  TytoSettings *settings;
  const char *property;
  const char *name;
  SoupSession *session;
  guint n_running;    /* exchanges */
  GQueue waiting;     /* (element-type GTask): calls, for one of them to end */
  gint64 answered_us; /* wall clock; 0: it never did */
  gint64 failing_us;  /* since when; 0: it does not */
  char *failure;      /* nullable */
};

enum { SIGNAL_STATE_CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (TytoServiceClient, tyto_service_client, G_TYPE_OBJECT)

/* --- State --- */

static const char *
get_url (TytoServiceClient *self)
{
  return tyto_settings_get_string (self->settings, self->property);
}

gboolean
tyto_service_client_is_on (TytoServiceClient *self)
{
  return *get_url (self) != '\0';
}

const char *
tyto_service_client_get_failure (TytoServiceClient *self)
{
  return self->failure;
}

SoupSession *
tyto_service_client_get_session (TytoServiceClient *self)
{
  return self->session;
}

const char *
tyto_service_client_get_name (TytoServiceClient *self)
{
  return self->name;
}

static const char *
get_state (TytoServiceClient *self)
{
  if (!tyto_service_client_is_on (self))
    return "off";
  if (self->failure != NULL)
    return "failing";
  return self->answered_us != 0 ? "ok" : "unknown";
}

GVariant *
tyto_service_client_describe (TytoServiceClient *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "state", "s", get_state (self));
  g_variant_dict_insert (&dict, "url", "s", get_url (self));
  if (self->answered_us != 0) {
    g_autofree char *answered = tyto_time_format (self->answered_us);

    g_variant_dict_insert (&dict, "last_answer", "s", answered);
  }
  if (self->failure != NULL) {
    g_autofree char *since = tyto_time_format (self->failing_us);

    g_variant_dict_insert (&dict, "error", "s", self->failure);
    g_variant_dict_insert (&dict, "failing_since", "s", since);
  }
  return g_variant_dict_end (&dict);
}

void
tyto_service_client_note (TytoServiceClient *self, const GError *error)
{
  gboolean failed = self->failure != NULL;
  gint64 now_us = tyto_time_now ();

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_pointer (&self->failure, g_free);
  if (error != NULL) {
    self->failure = tyto_error_why (error);
    if (!failed) {
      self->failing_us = now_us;
      g_warning ("%s", self->failure);
    }
  } else {
    self->answered_us = now_us;
    self->failing_us = 0;
    if (failed)
      g_message ("The %s answers again", self->name);
  }
  if (failed != (self->failure != NULL))
    g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0);
}

static void
on_url_changed (TytoServiceClient *self)
{
  self->answered_us = 0;
  self->failing_us = 0;
  g_clear_pointer (&self->failure, g_free);
  soup_session_abort (self->session);
  g_signal_emit (self, signals[SIGNAL_STATE_CHANGED], 0);
}

/* --- Calls --- */

typedef struct {
  char *method;
  char *path;
  char *body; /* nullable: JSON */
  char *key;  /* nullable */
  guint tries;
  guint n_tried;
  gint64 begun_us; /* monotonic */
  guint timer;
} Call;

static void
call_free (gpointer data)
{
  Call *self = data;

  g_clear_handle_id (&self->timer, g_source_remove);
  g_free (self->method);
  g_free (self->path);
  g_free (self->body);
  g_free (self->key);
  g_free (self);
}

static gboolean
set_token (TytoServiceClient *self, SoupMessage *message, GError **error)
{
  g_autofree char *token = tyto_settings_get_secret (self->settings, "service-token", error);
  g_autofree char *value = NULL;

  if (token == NULL)
    return FALSE;
  if (*token == '\0')
    return TRUE;
  value = g_strconcat ("Bearer ", g_strstrip (token), NULL);
  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", value);
  explicit_bzero (token, strlen (token));
  explicit_bzero (value, strlen (value));
  return TRUE;
}

SoupMessage *
tyto_service_client_make_message (TytoServiceClient *self, const char *method, const char *path,
                                  GError **error)
{
  const char *base = get_url (self);
  gsize length = strlen (base);
  g_autofree char *url = NULL;
  g_autoptr (SoupMessage) message = NULL;

  while (length > 0 && base[length - 1] == '/')
    length--;
  url = g_strdup_printf ("%.*s%s", (int) length, base, path);
  message = length > 0 ? soup_message_new (method, url) : NULL;
  if (message == NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT, "Mend its URL in the settings.",
                    "The %s has no URL that can be used", self->name);
    return NULL;
  }
  soup_message_headers_replace (soup_message_get_request_headers (message), "Accept",
                                "application/json");
  return set_token (self, message, error) ? g_steal_pointer (&message) : NULL;
}

static void try_call (GTask *task);
static void send_waiting (TytoServiceClient *self);

static gboolean
on_wait_over (gpointer data)
{
  GTask *task = data;
  Call *call = g_task_get_task_data (task);

  call->timer = 0;
  try_call (task);
  return G_SOURCE_REMOVE;
}

/* Whether another try may do better, and there is one left. */
static gboolean
may_try_again (Call *call, const GError *error)
{
  return (g_error_matches (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE)
          || g_error_matches (error, TYTO_ERROR, TYTO_ERROR_TIMED_OUT))
         && call->n_tried < call->tries && g_get_monotonic_time () - call->begun_us < LAST_BEGIN_US;
}

static void
on_exchanged (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  TytoServiceClient *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  GError *error = NULL;
  TytoServiceAnswer *answer = tyto_service_exchange_finish (result, &error);

  self->n_running--;
  send_waiting (self);
  if (answer == NULL && may_try_again (call, error)
      && !g_cancellable_is_cancelled (g_task_get_cancellable (task))) {
    guint wait_ms = FIRST_WAIT_MS << (call->n_tried - 1);

    g_error_free (error);
    call->timer = g_timeout_add ((guint) (wait_ms * g_random_double_range (0.5, 1.5)), on_wait_over,
                                 g_steal_pointer (&task));
    return;
  }
  tyto_service_client_note (self, error);
  if (answer == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, answer, (GDestroyNotify) tyto_service_answer_free);
}

/* Takes @task. */
static void
send_call (GTask *task)
{
  TytoServiceClient *self = g_task_get_source_object (task);
  Call *call = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (SoupMessage) message
      = tyto_service_client_make_message (self, call->method, call->path, &error);

  if (message == NULL) {
    tyto_service_client_note (self, error);
    g_task_return_error (task, error);
    g_object_unref (task);
    return;
  }
  if (call->key != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (message), "Idempotency-Key",
                                  call->key);
  if (call->body != NULL) {
    g_autoptr (GBytes) bytes = g_bytes_new (call->body, strlen (call->body));

    soup_message_set_request_body_from_bytes (message, "application/json", bytes);
  }
  call->n_tried++;
  self->n_running++;
  tyto_service_exchange_async (self->session, message, self->name, ANSWER_SECONDS,
                               g_task_get_cancellable (task), on_exchanged, task);
}

static void
send_waiting (TytoServiceClient *self)
{
  while (self->n_running < CALLS && !g_queue_is_empty (&self->waiting))
    send_call (g_queue_pop_head (&self->waiting));
}

/* Takes @task. It waits here for its turn, and not in the session, where it would seem late. */
static void
try_call (GTask *task)
{
  TytoServiceClient *self = g_task_get_source_object (task);
  const Call *call = g_task_get_task_data (task);

  if (call->tries > 1) /* somebody waits for it, as nobody does for a heartbeat */
    g_queue_push_head (&self->waiting, task);
  else
    g_queue_push_tail (&self->waiting, task);
  send_waiting (self);
}

void
tyto_service_client_call_async (TytoServiceClient *self, const TytoServiceCall *given,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
  GTask *task = g_task_new (self, cancellable, callback, user_data);
  Call *call = g_new0 (Call, 1);

  call->method = g_strdup (given->method);
  call->path = g_strdup (given->path);
  call->key = g_strdup (given->key);
  call->tries = MAX (given->tries, 1);
  call->begun_us = g_get_monotonic_time ();
  if (given->body != NULL) {
    g_autoptr (GVariant) body = g_variant_ref_sink (given->body);

    call->body = tyto_json_from_variant (body, FALSE);
  }
  g_task_set_task_data (task, call, call_free);
  g_task_set_check_cancellable (task, FALSE);
  try_call (task);
}

TytoServiceAnswer *
tyto_service_client_call_finish (TytoServiceClient *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- The object --- */

TytoServiceClient *
tyto_service_client_new (TytoSettings *settings, const char *property, const char *name)
{
  TytoServiceClient *self = g_object_new (TYTO_TYPE_SERVICE_CLIENT, NULL);
  g_autofree char *notify = g_strconcat ("notify::", property, NULL);

  self->settings = g_object_ref (settings);
  self->property = property;
  self->name = name;
  g_signal_connect_object (settings, notify, G_CALLBACK (on_url_changed), self, G_CONNECT_SWAPPED);
  return self;
}

static void
tyto_service_client_dispose (GObject *object)
{
  TytoServiceClient *self = TYTO_SERVICE_CLIENT (object);

  soup_session_abort (self->session);
  G_OBJECT_CLASS (tyto_service_client_parent_class)->dispose (object);
}

static void
tyto_service_client_finalize (GObject *object)
{
  TytoServiceClient *self = TYTO_SERVICE_CLIENT (object);

  g_object_unref (self->session);
  g_object_unref (self->settings);
  g_free (self->failure);
  G_OBJECT_CLASS (tyto_service_client_parent_class)->finalize (object);
}

static void
tyto_service_client_class_init (TytoServiceClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = tyto_service_client_dispose;
  object_class->finalize = tyto_service_client_finalize;
  signals[SIGNAL_STATE_CHANGED]
      = g_signal_new ("state-changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_FIRST, 0, NULL, NULL,
                      NULL, G_TYPE_NONE, 0);
}

static void
tyto_service_client_init (TytoServiceClient *self)
{
  self->session
      = soup_session_new_with_options ("max-conns-per-host", CONNECTIONS, "max-conns", CONNECTIONS,
                                       "user-agent", "Tyto/" TYTO_VERSION, NULL);
  soup_session_set_proxy_resolver (self->session, NULL);
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_AUTH_MANAGER);
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_CONTENT_DECODER);
}
