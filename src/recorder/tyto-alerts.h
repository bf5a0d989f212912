/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-alerts.h: what a person should know of now. An alert stands from when it is raised until it
 * is cleared; raising one that stands, or clearing one that does not, says nothing.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_ALERTS (tyto_alerts_get_type ())
G_DECLARE_FINAL_TYPE (TytoAlerts, tyto_alerts, TYTO, ALERTS, GObject)

/* Signal "alert" (GVariant *alert: a{sv} kind s, severity s, camera s, message s, raised b, at s).
 * Kinds: "camera-offline" (warning), "worker-parked" (critical), "disk" (critical; the camera's
 * segments cannot be written), "catalogue" (critical; camera ""). */

TytoAlerts *tyto_alerts_new (void);

/* @severity: "warning" or "critical". @camera: "" for the whole service. */
void tyto_alerts_raise (TytoAlerts *self, const char *kind, const char *severity,
                        const char *camera, const char *message);
void
tyto_alerts_clear (TytoAlerts *self, const char *kind, const char *camera, const char *message);

G_END_DECLS
