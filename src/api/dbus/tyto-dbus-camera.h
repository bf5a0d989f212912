/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-dbus-camera.h: the org.tyto.Camera1 of one camera. */
#pragma once

#include "recorder/tyto-recorder.h"

G_BEGIN_DECLS

/* A new object with that interface, for a GDBusObjectManagerServer. @camera: as the recorder tells
 * it. @recorder must outlive it. (transfer full) */
GDBusObjectSkeleton *tyto_dbus_camera_new (TytoRecorder *recorder, GVariant *camera);

/* Shows @camera's present state; emits StateChanged when that is new. */
void tyto_dbus_camera_update (GDBusObjectSkeleton *object, GVariant *camera);

void tyto_dbus_camera_emit_segment_opened (GDBusObjectSkeleton *object, GVariant *segment);

G_END_DECLS
