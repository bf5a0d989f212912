/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-dbus-broadcasts.h: the broadcasts' part of org.tyto.Recorder1. */
#pragma once

#include "api/dbus/tyto-bus.h"
#include "recorder/tyto-recorder.h"

G_BEGIN_DECLS

/* Answers the methods of broadcasts of @service, and has it tell of them. */
void tyto_dbus_broadcasts_serve (TytoBusRecorder1 *service, TytoRecorder *recorder);

G_END_DECLS
