/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-role-process.h: a process of ours that does one kind of work for tytod, and the private link
 * to it: uploads, collects the segments of broadcasts, joins them. It is started, told its
 * settings, and ends when the link does; it is never adopted by a later tytod.
 *
 * One that restarts is started again when it dies, after 1, 2, … 30 s; 1 s again after a call that
 * succeeded. One that does not answer for 20 s is killed.
 */
#pragma once

#include "recorder/workers/tyto-worker-launcher.h"

G_BEGIN_DECLS

/**
 * TytoRole: what kind; static.
 * @role: what is started; @instance: which one of those that run side by side
 * @name: for people, after "The": "worker that uploads"
 * @object_path, @interface: of the link
 * @configures: it has a method Configure (a{sv}), and is ready when that has answered
 * @watchdog: a method with one text as its argument that any process that is well answers at once
 * to "", if only by an error; NULL: it is not asked
 * @restarts: whether it is started again when it died
 */
typedef struct {
  TytoWorkerRole role;
  guint instance;
  const char *name;
  const char *object_path;
  const char *interface;
  gboolean configures;
  const char *watchdog;
  gboolean restarts;
} TytoRole;

#define TYTO_TYPE_ROLE_PROCESS (tyto_role_process_get_type ())
G_DECLARE_FINAL_TYPE (TytoRoleProcess, tyto_role_process, TYTO, ROLE_PROCESS, GObject)

/* Signals: "ready": it takes calls; "refused" (const char *why): it does not take its settings,
 * until they change; "told" (const char *name, GVariant *parameters): a signal of its interface;
 * "ended" (const char *how): the process is gone, or could not be started. */

/* @launcher: referenced. @role: copied, its texts are not. */
TytoRoleProcess *tyto_role_process_new (TytoWorkerLauncher *launcher, const TytoRole *role);

/* Starts it, or tells the one there is. @settings: of Configure (a{sv}), with secrets: they are
 * kept in memory alone; without Configure: empty. */
void tyto_role_process_configure (TytoRoleProcess *self, GVariant *settings);
/* Ends it, after 3 s by force; it is not started again until it is configured. */
void tyto_role_process_stop (TytoRoleProcess *self);

gboolean tyto_role_process_is_ready (TytoRoleProcess *self);
gboolean tyto_role_process_is_wanted (TytoRoleProcess *self); /* configured, and not stopped */
guint tyto_role_process_get_pid (TytoRoleProcess *self);      /* 0 when it does not run */
guint tyto_role_process_get_restarts (TytoRoleProcess *self); /* since it was made */

/* Calls @method with @arguments (a tuple, floating); gives the answer, a tuple of @type (NULL:
 * whatever). @timeout_ms: -1 for none. Errors of the process as they are (TYTO_ERROR); WRONG_STATE:
 * it is not ready, or it ended meanwhile. (transfer full) */
void
tyto_role_process_call_async (TytoRoleProcess *self, const char *method, GVariant *arguments,
                              const GVariantType *type, int timeout_ms, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
GVariant *
tyto_role_process_call_finish (TytoRoleProcess *self, GAsyncResult *result, GError **error);
/* Calls without waiting for an answer; nothing when there is no link. @arguments: floating. */
void tyto_role_process_tell (TytoRoleProcess *self, const char *method, GVariant *arguments);

G_END_DECLS
