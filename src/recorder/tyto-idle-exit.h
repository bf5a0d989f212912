/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-idle-exit.h: says when a service that can be activated again has nothing left to do: no
 * camera is to be recorded, and nobody has asked for anything for "idle-exit-seconds". */
#pragma once

#include "recorder/tyto-recorder.h"

G_BEGIN_DECLS

#define TYTO_TYPE_IDLE_EXIT (tyto_idle_exit_get_type ())
G_DECLARE_FINAL_TYPE (TytoIdleExit, tyto_idle_exit, TYTO, IDLE_EXIT, GObject)

/* Signal "exit": it is time; again after each further idle time. */

/* Watches from now on. */
TytoIdleExit *tyto_idle_exit_new (TytoRecorder *recorder);

/* Somebody asked for something: the time begins anew. */
void tyto_idle_exit_touch (TytoIdleExit *self);

G_END_DECLS
