/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-web-client.h: GET over HTTP (RFC 9110) from whoever a playlist names: at most 5 redirects,
 * no cookies, no passwords, and to no address that nobody may be made to ask.
 *
 * Errors (TYTO_ERROR): NOT_FOUND (404, 410, 416 …) and FORBIDDEN (401, 403): the server has it not,
 * or not for us; UNAVAILABLE (5xx, 429, 408, cannot be reached), TIMED_OUT: they pass;
 * INVALID_ARGUMENT: no such URL can be asked; UNSUPPORTED: no part of it can be had. None has the
 * URL's path or query, which may be secrets.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_WEB_CLIENT (tyto_web_client_get_type ())
G_DECLARE_FINAL_TYPE (TytoWebClient, tyto_web_client, TYTO, WEB_CLIENT, GObject)

/**
 * TytoWebAnswer:
 * @url: where it was, after redirects
 * @body: NULL when it has not changed since @etag (304); to be read in the same thread-default main
 * context
 * @length: of the body, -1 when not told
 * @etag: with its quotes, "" for none; @modified_us: -1 for none
 */
typedef struct {
  char *url;
  GInputStream *body;
  gint64 length;
  char *etag;
  gint64 modified_us;
} TytoWebAnswer;

void tyto_web_answer_free (TytoWebAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoWebAnswer, tyto_web_answer_free)

/* @ca_file: PEM file of authorities, "": the system's; INVALID_ARGUMENT when it cannot be read.
 * @timeout_s: without a byte. */
TytoWebClient *tyto_web_client_new (const char *ca_file, guint timeout_s, GError **error);

/* @offset, @length: the part that is wanted, @length -1: all of it (@offset is not looked at).
 * @etag: that we have, "" or NULL for none. */
void tyto_web_client_get_async (TytoWebClient *self, const char *url, gint64 offset, gint64 length,
                                const char *etag, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer user_data);
TytoWebAnswer *
tyto_web_client_get_finish (TytoWebClient *self, GAsyncResult *result, GError **error);

G_END_DECLS
