/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-client.h: REST calls to tytod. They block: tytoctl does one thing at a time and has no main
 * loop, but for `watch`, which only borrows messages and session here. */
#pragma once

#include <libsoup/soup.h>

G_BEGIN_DECLS

#define CTL_TYPE_CLIENT (ctl_client_get_type ())
G_DECLARE_FINAL_TYPE (CtlClient, ctl_client, CTL, CLIENT, GObject)

/* @url: http or https, without credentials; @token: bearer token (RFC 6750) or NULL.
 * TYTO_ERROR_INVALID_ARGUMENT. */
CtlClient *ctl_client_new (const char *url, const char *token, GError **error);

const char *ctl_client_get_url (CtlClient *self);
SoupSession *ctl_client_get_session (CtlClient *self);

/**
 * Sends @body (a{sv}, NULL for none; a floating reference is consumed) as JSON and gives the JSON
 * object that came back: (transfer full), an empty one for an empty answer; an array comes as
 * member "items". Problems (RFC 9457) become TYTO_ERROR with the server's own why and hint;
 * TYTO_ERROR_UNAVAILABLE when the server cannot be reached.
 */
GVariant *ctl_client_call (CtlClient *self, const char *method, const char *path, GVariant *body,
                           GError **error);

/* The same by GET, a little later: for what changes by itself. */
GVariant *ctl_client_poll (CtlClient *self, const char *path, GError **error);

/* All items of a paged list, up to @limit (0 = all), as GVariants a{sv}. @path may have a query.
 * (transfer container) */
GPtrArray *ctl_client_list (CtlClient *self, const char *path, guint64 limit, GError **error);

/* All items of a list that has no pages, likewise. */
GPtrArray *ctl_client_list_whole (CtlClient *self, const char *path, GError **error);

/* The cameras, as ctl_client_list() gives them. */
GPtrArray *ctl_client_list_cameras (CtlClient *self, GError **error);

/* The body of a resource that is no JSON. @modified: (out) (optional) (nullable) (transfer full):
 * its Last-Modified. */
GBytes *ctl_client_get (CtlClient *self, const char *path, GDateTime **modified, GError **error);

/* A request for @path with the token in it, not yet sent. (transfer full) */
SoupMessage *ctl_client_message (CtlClient *self, const char *method, const char *path);

/* Sends @message and gives the body's stream once the status is 2xx; else the problem as error.
 * (transfer full) */
GInputStream *ctl_client_send (CtlClient *self, SoupMessage *message, GError **error);

/* The same with a message of our own, a GET, that may be sent on to another server (307, RFC 9110,
 * section 15.4.8): once, and without the token. @message: (inout) (transfer full): the one that was
 * answered. */
GInputStream *ctl_client_follow (CtlClient *self, SoupMessage **message, GError **error);

/* The error for an answer that is not 2xx, from its problem+json; FALSE when it is one. */
gboolean ctl_client_check (SoupMessage *message, GBytes *body, GError **error);

/* Replaces @cause (consumed), a failure to connect or to read, by one that names the service and
 * says what to do next. */
void ctl_client_unreachable (CtlClient *self, GError *cause, GError **error);

/* Whether @error says that nothing answers at all. */
gboolean ctl_client_is_unreachable (const GError *error);

/* Adds `name=value` percent-encoded to @path; nothing when @value is NULL. */
void ctl_query_add (GString *path, const char *name, const char *value);

/* "/api/v1/cameras/ID" + @suffix. (transfer full). TYTO_ERROR_INVALID_ARGUMENT when @id is none. */
char *ctl_camera_path (const char *id, const char *suffix, GError **error);

G_END_DECLS
