/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-state-lock.h: one recorder for a state directory: flock(2) on its file "lock", which the
 * kernel lets go of whatever way the process ends. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Makes @state_dir (0700) and locks it until the process ends or the descriptor is closed. The
 * descriptor, or -1 with TYTO_ERROR_ALREADY_EXISTS when another process (named) has it, or
 * TYTO_ERROR_STORAGE. */
int tyto_state_lock (const char *state_dir, GError **error);

G_END_DECLS
