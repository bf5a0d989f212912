/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-dbus-call.h: from a method call to a verb of the core and back. */
#pragma once

#include "recorder/tyto-recorder.h"

G_BEGIN_DECLS

/* How a verb's result is written as the call's answer: a tuple, floating. @user_data: the verb's */
typedef GVariant *(*TytoDbusReply) (GVariant *result, gpointer user_data);

/**
 * A GAsyncReadyCallback's user_data for verbs that end in tyto_recorder_camera_finish() or
 * tyto_recorder_query_finish(): answers @invocation with what
 * @reply makes of the result, or with the error. (transfer full)
 */
gpointer tyto_dbus_call_new (GDBusMethodInvocation *invocation, TytoDbusReply reply);

void tyto_dbus_call_on_camera (GObject *recorder, GAsyncResult *result, gpointer call);
void tyto_dbus_call_on_query (GObject *recorder, GAsyncResult *result, gpointer call);
void tyto_dbus_call_on_pipeline (GObject *recorder, GAsyncResult *result, gpointer call);

/* What the callbacks do: answers with @result (NULL: @error) and frees @call. */
void tyto_dbus_call_end (gpointer call, GVariant *result, GError *error);

/* Replies: nothing; the dictionary; its rows; a page of rows and the next cursor. */
GVariant *tyto_dbus_reply_nothing (GVariant *result, gpointer user_data);
GVariant *tyto_dbus_reply_dict (GVariant *result, gpointer user_data);
GVariant *tyto_dbus_reply_items (GVariant *result, gpointer user_data);
GVariant *tyto_dbus_reply_page (GVariant *result, gpointer user_data);

/* One method or signal and who handles it. */
typedef struct {
  const char *signal;
  GCallback handler;
} TytoDbusHandler;

/* Connects @handlers, which end with a row without a signal, to @instance for as long as @object,
 * their last argument, lives. */
void tyto_dbus_connect (gpointer instance, const TytoDbusHandler *handlers, gpointer object);

/* Reads what all queries have: from, to and limit (1 to 1000); what @dict does not say stays as it
 * is. @known: all members there may be: first the texts, then limit, then others.
 * INVALID_ARGUMENT. */
gboolean tyto_dbus_read_page (GVariant *dict, const char *const *known, gint64 *from_us,
                              gint64 *to_us, guint *limit, GError **error);

/* Reads ListSegments' and ListGaps' query; @query's strings live as long as @dict.
 * INVALID_ARGUMENT. */
gboolean tyto_dbus_read_query (GVariant *dict, TytoCatalogueQuery *query, GError **error);

/* The object path of camera @id. (transfer full) */
char *tyto_dbus_camera_path (const char *id);

G_END_DECLS
