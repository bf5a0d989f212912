/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-dbus-retention.h: retention's part of org.tyto.Recorder1. */
#pragma once

#include "api/dbus/tyto-bus.h"
#include "recorder/tyto-recorder.h"

G_BEGIN_DECLS

/* Answers GetRetention, RunRetention, DeleteSegment, AddClip, ListClips and RemoveClip of
 * @service. */
void tyto_dbus_retention_serve (TytoBusRecorder1 *service, TytoRecorder *recorder);

G_END_DECLS
