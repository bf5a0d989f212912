/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tytoctl/ctl-client.h"

#include <glib/gi18n.h>
#include <string.h>

#include "base/tyto-error.h"
#include "base/tyto-id.h"
#include "base/tyto-json.h"

#define TIMEOUT_SECONDS 40 /* a stop takes 10 s at most; the event stream beats every 15 s */
#define PAGE_ROWS       1000
#define POLL_MS         300

struct _CtlClient {
  GObject parent_instance;
  char *url; /* without the slash at its end */
  char *token;
  SoupSession *session;
};

G_DEFINE_FINAL_TYPE (CtlClient, ctl_client, G_TYPE_OBJECT)

static void
ctl_client_finalize (GObject *object)
{
  CtlClient *self = CTL_CLIENT (object);

  g_free (self->url);
  g_free (self->token);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (ctl_client_parent_class)->finalize (object);
}

static void
ctl_client_class_init (CtlClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ctl_client_finalize;
}

static void
ctl_client_init (CtlClient *self)
{
}

static gboolean
check_url (const char *url, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
  const char *scheme = uri != NULL ? g_uri_get_scheme (uri) : "";

  if (uri == NULL || (!g_str_equal (scheme, "http") && !g_str_equal (scheme, "https"))
      || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0') {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    _ ("It looks like http://127.0.0.1:8083; see --url and $TYTO_URL."),
                    _ ("The service's address is not an http:// or https:// URL."));
    return FALSE;
  }
  if (g_uri_get_userinfo (uri) != NULL) {
    tyto_set_error (error, TYTO_ERROR_INVALID_ARGUMENT,
                    _ ("Put a bearer token into a file and give it by --token-file."),
                    _ ("The service's address must not contain credentials."));
    return FALSE;
  }
  return TRUE;
}

CtlClient *
ctl_client_new (const char *url, const char *token, GError **error)
{
  CtlClient *self;
  gsize length;

  if (!check_url (url, error))
    return NULL;
  self = g_object_new (CTL_TYPE_CLIENT, NULL);
  self->url = g_strdup (url);
  for (length = strlen (self->url); length > 0 && self->url[length - 1] == '/'; length--)
    self->url[length - 1] = '\0';
  self->token = g_strdup (token);
  self->session = soup_session_new_with_options ("user-agent", "tytoctl/" TYTO_VERSION, "timeout",
                                                 TIMEOUT_SECONDS, NULL);
  return self;
}

const char *
ctl_client_get_url (CtlClient *self)
{
  return self->url;
}

SoupSession *
ctl_client_get_session (CtlClient *self)
{
  return self->session;
}

void
ctl_client_unreachable (CtlClient *self, GError *cause, GError **error)
{
  tyto_set_error (error, TYTO_ERROR_UNAVAILABLE,
                  _ ("See whether it runs (systemctl status tyto), or give its address by --url "
                     "or $TYTO_URL."),
                  _ ("tytod does not answer at %s: %s."), self->url, cause->message);
  g_error_free (cause);
}

gboolean
ctl_client_is_unreachable (const GError *error)
{
  return g_error_matches (error, TYTO_ERROR, TYTO_ERROR_UNAVAILABLE);
}

SoupMessage *
ctl_client_message (CtlClient *self, const char *method, const char *path)
{
  g_autofree char *url = g_strconcat (self->url, path, NULL);
  SoupMessage *message = soup_message_new (method, url);

  /* check_url() has read the first part and all paths are percent-encoded. */
  g_assert (message != NULL);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  if (self->token != NULL) {
    g_autofree char *value = g_strconcat ("Bearer ", self->token, NULL);

    soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization",
                                  value);
  }
  return message;
}

/* The error code whose problem type is @type ("/problems/NAME"): exact where several codes share a
 * status. */
static gboolean
code_for_problem_type (const char *type, TytoError *code)
{
  const char *name = strrchr (type, '/');

  for (int i = TYTO_ERROR_INVALID_ARGUMENT; name != NULL && i <= TYTO_ERROR_TIMED_OUT; i++) {
    g_autoptr (GError) probe = g_error_new_literal (TYTO_ERROR, i, "");

    if (g_str_equal (tyto_error_info (probe)->name, name + 1)) {
      *code = (TytoError) i;
      return TRUE;
    }
  }
  return FALSE;
}

gboolean
ctl_client_check (SoupMessage *message, GBytes *body, GError **error)
{
  guint status = soup_message_get_status (message);
  const TytoErrorInfo *info = tyto_error_info_for_status (status);
  TytoError code = info != NULL ? info->code : TYTO_ERROR_INTERNAL;
  g_autoptr (GVariant) problem = NULL;
  const char *hint = "", *why;

  if (SOUP_STATUS_IS_SUCCESSFUL (status))
    return TRUE;
  if (body != NULL)
    problem = tyto_json_to_variant (g_bytes_get_data (body, NULL), (gssize) g_bytes_get_size (body),
                                    NULL);
  why = problem != NULL ? tyto_dict_string (problem, "detail", "") : "";
  if (problem != NULL) {
    code_for_problem_type (tyto_dict_string (problem, "type", ""), &code);
    if (*why == '\0')
      why = tyto_dict_string (problem, "title", "");
    hint = tyto_dict_string (problem, "hint", "");
  }
  if (code == TYTO_ERROR_UNAUTHORIZED) /* the server's hint is about headers */
    hint = _ ("Give the file with the token by --token-file or $TYTO_TOKEN_FILE.");
  if (*why != '\0')
    tyto_set_error (error, code, *hint != '\0' ? hint : NULL, "%s", why);
  else
    tyto_set_error (error, code, *hint != '\0' ? hint : NULL, _ ("The server answered %u %s."),
                    status, soup_message_get_reason_phrase (message));
  return FALSE;
}

static GBytes *
send_and_read (CtlClient *self, SoupMessage *message, GError **error)
{
  GError *cause = NULL;
  g_autoptr (GBytes) body = soup_session_send_and_read (self->session, message, NULL, &cause);

  if (body == NULL) {
    ctl_client_unreachable (self, cause, error);
    return NULL;
  }
  if (!ctl_client_check (message, body, error))
    return NULL;
  return g_steal_pointer (&body);
}

/* A JSON object, or an array put into an object. */
static GVariant *
read_json (GBytes *body, GError **error)
{
  gsize size;
  const char *text = g_bytes_get_data (body, &size);
  GVariant *value;
  g_autoptr (GError) cause = NULL;

  if (size == 0)
    return g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
  if (*text == '[') {
    g_autofree char *object = g_strdup_printf ("{\"items\":%.*s}", (int) size, text);

    value = tyto_json_to_variant (object, -1, &cause);
  } else {
    value = tyto_json_to_variant (text, (gssize) size, &cause);
  }
  if (value == NULL)
    tyto_set_error (error, TYTO_ERROR_INTERNAL, _ ("Is it tytod that answers at this address?"),
                    _ ("The answer is not JSON: %s"), cause->message);
  return value;
}

GVariant *
ctl_client_call (CtlClient *self, const char *method, const char *path, GVariant *body,
                 GError **error)
{
  g_autoptr (SoupMessage) message = ctl_client_message (self, method, path);
  g_autoptr (GVariant) sent = body != NULL ? g_variant_ref_sink (body) : NULL;
  g_autoptr (GBytes) answer = NULL;

  if (sent != NULL) {
    char *text = tyto_json_from_variant (sent, FALSE);
    g_autoptr (GBytes) bytes = g_bytes_new_take (text, strlen (text));

    soup_message_set_request_body_from_bytes (message, "application/json", bytes);
  }
  answer = send_and_read (self, message, error);
  return answer != NULL ? read_json (answer, error) : NULL;
}

static gboolean
on_poll (gpointer data)
{
  *(gboolean *) data = TRUE;
  return G_SOURCE_REMOVE;
}

GVariant *
ctl_client_poll (CtlClient *self, const char *path, GError **error)
{
  gboolean over = FALSE;

  g_timeout_add (POLL_MS, on_poll, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
  return ctl_client_call (self, "GET", path, NULL, error);
}

/* Appends a page's items to @items. */
static void
take_items (GVariant *page, GPtrArray *items, guint64 limit)
{
  g_autoptr (GVariant) array = g_variant_lookup_value (page, "items", NULL);
  GVariantIter iter;
  GVariant *child;

  if (array == NULL || !g_variant_is_container (array))
    return;
  g_variant_iter_init (&iter, array);
  while ((child = g_variant_iter_next_value (&iter)) != NULL) {
    g_autoptr (GVariant) value = child;

    if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARIANT)) {
      g_variant_unref (value);
      value = g_variant_get_variant (child);
    }
    if (g_variant_is_of_type (value, G_VARIANT_TYPE_VARDICT) && (limit == 0 || items->len < limit))
      g_ptr_array_add (items, g_steal_pointer (&value));
  }
}

GPtrArray *
ctl_client_list (CtlClient *self, const char *path, guint64 limit, GError **error)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_autofree char *cursor = NULL;

  do {
    g_autoptr (GString) page_path = g_string_new (path);
    g_autoptr (GVariant) page = NULL;
    guint64 rows = limit == 0 ? PAGE_ROWS : MIN (PAGE_ROWS, limit - items->len);
    g_autofree char *rows_text = g_strdup_printf ("%" G_GUINT64_FORMAT, rows);

    ctl_query_add (page_path, "limit", rows_text);
    ctl_query_add (page_path, "cursor", cursor);
    page = ctl_client_call (self, "GET", page_path->str, NULL, error);
    if (page == NULL)
      return NULL;
    take_items (page, items, limit);
    g_free (cursor);
    cursor = g_strdup (tyto_dict_string (page, "next_cursor", ""));
  } while (*cursor != '\0' && (limit == 0 || items->len < limit));
  return g_steal_pointer (&items);
}

GPtrArray *
ctl_client_list_cameras (CtlClient *self, GError **error)
{
  return ctl_client_list_whole (self, "/api/v1/cameras", error);
}

GPtrArray *
ctl_client_list_whole (CtlClient *self, const char *path, GError **error)
{
  g_autoptr (GVariant) page = ctl_client_call (self, "GET", path, NULL, error);
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);

  if (page == NULL)
    return NULL;
  take_items (page, items, 0);
  return g_steal_pointer (&items);
}

GBytes *
ctl_client_get (CtlClient *self, const char *path, GDateTime **modified, GError **error)
{
  g_autoptr (SoupMessage) message = ctl_client_message (self, "GET", path);
  g_autoptr (GBytes) body = send_and_read (self, message, error);

  if (body != NULL && modified != NULL) {
    const char *header = soup_message_headers_get_one (soup_message_get_response_headers (message),
                                                       "Last-Modified");

    *modified = header != NULL ? soup_date_time_new_from_http_string (header) : NULL;
  }
  return g_steal_pointer (&body);
}

/* What came of @message: the stream of a 2xx; else the problem as error. Takes @stream. */
static GInputStream *
take_answer (SoupMessage *message, GInputStream *stream, GError **error)
{
  g_autoptr (GInputStream) taken = stream;
  g_autoptr (GBytes) body = NULL;

  if (SOUP_STATUS_IS_SUCCESSFUL (soup_message_get_status (message)))
    return g_steal_pointer (&taken);
  body = g_input_stream_read_bytes (taken, 64 * 1024, NULL, NULL);
  ctl_client_check (message, body, error);
  return NULL;
}

static GInputStream *
send (CtlClient *self, SoupMessage *message, GError **error)
{
  GError *cause = NULL;
  GInputStream *stream = soup_session_send (self->session, message, NULL, &cause);

  if (stream == NULL)
    ctl_client_unreachable (self, cause, error);
  return stream;
}

GInputStream *
ctl_client_send (CtlClient *self, SoupMessage *message, GError **error)
{
  GInputStream *stream = send (self, message, error);

  return stream != NULL ? take_answer (message, stream, error) : NULL;
}

/* The request that @message was sent on with, or NULL. (transfer full) */
static SoupMessage *
make_redirected (SoupMessage *message)
{
  const char *location
      = soup_message_headers_get_one (soup_message_get_response_headers (message), "Location");
  const char *range
      = soup_message_headers_get_one (soup_message_get_request_headers (message), "Range");
  g_autoptr (GUri) uri
      = location != NULL ? g_uri_parse (location, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  SoupMessage *redirected;

  if (uri == NULL || g_uri_get_host (uri) == NULL
      || (g_strcmp0 (g_uri_get_scheme (uri), "https") != 0
          && g_strcmp0 (g_uri_get_scheme (uri), "http") != 0))
    return NULL;
  redirected = soup_message_new_from_uri ("GET", uri);
  soup_message_add_flags (redirected, SOUP_MESSAGE_NO_REDIRECT);
  if (range != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (redirected), "Range", range);
  return redirected;
}

static void
refuse_elsewhere (SoupMessage *message, const char *why, GError **error)
{
  tyto_set_error (error, TYTO_ERROR_UNAVAILABLE,
                  _ ("Try again later, or from where it is reached."),
                  _ ("The recording is in the archive alone, and its server %s does not give it: "
                     "%s."),
                  g_uri_get_host (soup_message_get_uri (message)), why);
}

GInputStream *
ctl_client_follow (CtlClient *self, SoupMessage **message, GError **error)
{
  g_autoptr (GInputStream) stream = send (self, *message, error);
  g_autoptr (SoupMessage) redirected = NULL;
  g_autoptr (GError) cause = NULL;

  if (stream == NULL)
    return NULL;
  if (soup_message_get_status (*message) == SOUP_STATUS_TEMPORARY_REDIRECT)
    redirected = make_redirected (*message);
  if (redirected == NULL)
    return take_answer (*message, g_steal_pointer (&stream), error);
  g_clear_object (&stream);
  stream = soup_session_send (self->session, redirected, NULL, &cause);
  g_set_object (message, redirected);
  if (stream != NULL && SOUP_STATUS_IS_SUCCESSFUL (soup_message_get_status (redirected)))
    return g_steal_pointer (&stream);
  refuse_elsewhere (redirected,
                    cause != NULL ? cause->message
                                  : soup_status_get_phrase (soup_message_get_status (redirected)),
                    error);
  return NULL;
}

void
ctl_query_add (GString *path, const char *name, const char *value)
{
  if (value == NULL || *value == '\0')
    return;
  g_string_append_c (path, strchr (path->str, '?') != NULL ? '&' : '?');
  g_string_append_printf (path, "%s=", name);
  g_string_append_uri_escaped (path, value, NULL, FALSE);
}

char *
ctl_camera_path (const char *id, const char *suffix, GError **error)
{
  return tyto_id_check (id, error) ? g_strconcat ("/api/v1/cameras/", id, suffix, NULL) : NULL;
}
