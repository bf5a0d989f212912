/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-alerts.h: what a person should know of now. An alert stands from when it is raised until it
 * is cleared; there is at most one of each kind and camera. Raising one that stands with the same
 * severity, or clearing one that does not stand, says nothing.
 *
 * All is kept in memory: what stands is found again after a restart. Of the cleared ones the last
 * 200 are kept.
 *
 * An alert (a{sv}): id s, kind s (tyto-alert-kinds.h), severity s, camera s ("" for the whole
 * service), message s, standing b, raised_at s, updated_at s (its severity or message changed, or
 * it was cleared), cleared_at s (absent while it stands), count t (how often one of this kind and
 * camera has been raised since the service was started, this time included).
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TYTO_TYPE_ALERTS (tyto_alerts_get_type ())
G_DECLARE_FINAL_TYPE (TytoAlerts, tyto_alerts, TYTO, ALERTS, GObject)

/* Which alerts tyto_alerts_list() gives. */
typedef enum {
  TYTO_ALERTS_ALL,
  TYTO_ALERTS_STANDING,
  TYTO_ALERTS_CLEARED,
} TytoAlertsWhich;

/* Signal "alert" (GVariant *alert: as above, and raised b (standing), at s (updated_at)): it was
 * raised, became more or less severe, or was cleared. */

TytoAlerts *tyto_alerts_new (void);

/* @kind: of the table. @severity: "info", "warning" or "critical". @camera: "" for the whole
 * service. */
void tyto_alerts_raise (TytoAlerts *self, const char *kind, const char *severity,
                        const char *camera, const char *message);
void
tyto_alerts_clear (TytoAlerts *self, const char *kind, const char *camera, const char *message);

/* Clears all that stand for @camera. */
void tyto_alerts_clear_camera (TytoAlerts *self, const char *camera, const char *message);

/* Whether one of @kind stands for @camera. */
gboolean tyto_alerts_stands (TytoAlerts *self, const char *kind, const char *camera);

/* Those that stand, then the cleared ones, the newest first in each (aa{sv}, floating). @camera:
 * only its; NULL for all. */
GVariant *tyto_alerts_list (TytoAlerts *self, TytoAlertsWhich which, const char *camera);

guint tyto_alerts_get_n_standing (TytoAlerts *self);

G_END_DECLS
