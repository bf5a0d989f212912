/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-process-handle.h: a running process that is watched and can be signalled: a child of ours,
 * or one that an earlier tytod started. Never another process that got the same number later. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_PROCESS_HANDLE (tyto_process_handle_get_type ())
G_DECLARE_FINAL_TYPE (TytoProcessHandle, tyto_process_handle, TYTO, PROCESS_HANDLE, GObject)

/* Signal: "exited" (const char *how: in words), once. */

/* @subprocess: referenced; it must not be waited for elsewhere. */
TytoProcessHandle *tyto_process_handle_new_for_child (GSubprocess *subprocess);

/* NULL with TYTO_ERROR_NOT_FOUND when there is no process @pid, or it is not called @program (the
 * first 15 bytes of its file's name; NULL: whatever it is called). */
TytoProcessHandle *tyto_process_handle_new_for_pid (guint pid, const char *program, GError **error);

guint tyto_process_handle_get_pid (TytoProcessHandle *self);

/* kill(2); nothing when it is gone. */
void tyto_process_handle_signal (TytoProcessHandle *self, int signal);

G_END_DECLS
