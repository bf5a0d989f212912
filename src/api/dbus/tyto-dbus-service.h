/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-dbus-service.h: the D-Bus front: org.tyto.Recorder1 and an org.tyto.Camera1 a camera
 * (data/org.tyto.Recorder1.xml). */
#pragma once

#include "recorder/tyto-recorder.h"

G_BEGIN_DECLS

#define TYTO_TYPE_DBUS_SERVICE (tyto_dbus_service_get_type ())
G_DECLARE_FINAL_TYPE (TytoDbusService, tyto_dbus_service, TYTO, DBUS_SERVICE, GObject)

/* Signal "request": a method was called (for the idle timer). */

/* @bus: "system", "session" or a D-Bus address. */
TytoDbusService *tyto_dbus_service_new (TytoRecorder *recorder, const char *bus);

/**
 * Connects, exports the objects and takes the name org.tyto.Recorder1; done when it is ours.
 * TYTO_ERROR_UNAVAILABLE when there is no bus, or the name is another's or not to be had. Should
 * the bus go away later, recording goes on without it.
 */
void tyto_dbus_service_own_async (TytoDbusService *self, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_dbus_service_own_finish (TytoDbusService *self, GAsyncResult *result, GError **error);

/* Gives the name up and takes the objects off the bus. */
void tyto_dbus_service_stop (TytoDbusService *self);

G_END_DECLS
