/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-server.h"

G_BEGIN_DECLS

/* The control socket (UNIX, stream): a command a line, answered by one line of JSON,
 * {"ok":true,…} or {"ok":false,"error":"…"}. The commands are in sim-commands.h. */
typedef struct _SimControl SimControl;

/* Removes a stale socket at @path. All but @path outlive it. */
SimControl *sim_control_new (SimLoop *loop, const char *path, SimServer *server, SimPolicy *policy,
                             SimLibrary *library, GError **error);
void sim_control_free (SimControl *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimControl, sim_control_free)

G_END_DECLS
