/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-services.h: the user's other services: the one that knows the cameras, the one that counts
 * streams, and the one that takes recordings; each is switched on by its URL in the settings.
 * Without them the cameras of the settings, the setting stream-quota and the object store serve.
 *
 * What they fail in is told by the alerts vms-service, stream-counter and stream-quota, and never
 * ends a recording.
 */
#pragma once

#include "recorder/alerts/tyto-alerts.h"
#include "recorder/archive/tyto-archive-target.h"
#include "recorder/settings/tyto-settings.h"

G_BEGIN_DECLS

#define TYTO_TYPE_SERVICES (tyto_services_get_type ())
G_DECLARE_FINAL_TYPE (TytoServices, tyto_services, TYTO, SERVICES, GObject)

TytoServices *tyto_services_new (TytoSettings *settings, TytoAlerts *alerts);

/* The cameras of the settings are being recorded: keeps their places, follows what becomes of them,
 * and asks now and every 10 minutes for those that came from the VMS service. */
void tyto_services_start (TytoServices *self);

/* Whether camera @id is to be asked for at the VMS service before it is started: it came from
 * there, or is not configured at all. */
gboolean tyto_services_asks_vms (TytoServices *self, const char *id);
/* Asks for it and writes it to the settings, where it is new or changed; a new one is not enabled.
 * See tyto_vms_client_get_camera_async(). */
void
tyto_services_fetch_camera_async (TytoServices *self, const char *id, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
gboolean
tyto_services_fetch_camera_finish (TytoServices *self, GAsyncResult *result, GError **error);

/* Whether camera @id may be enabled as one more, where no service need be asked for that: FALSE
 * when one must. @admitted: (out); @error: TYTO_ERROR_QUOTA when it may not. */
gboolean tyto_services_admits_at_once (TytoServices *self, const char *id, gboolean *admitted,
                                       GError **error);
/* Asks the service for a place for camera @id of @owner, which is kept for it: give it back with
 * tyto_services_withdraw() when the camera is not enabled after all. TYTO_ERROR_QUOTA. */
void tyto_services_admit_async (TytoServices *self, const char *id, const char *owner,
                                GAsyncReadyCallback callback, gpointer user_data);
gboolean tyto_services_admit_finish (TytoServices *self, GAsyncResult *result, GError **error);
void tyto_services_withdraw (TytoServices *self, const char *id);

/* The reservation of camera @id, NULL for none. (transfer none) */
const char *tyto_services_get_reservation (TytoServices *self, const char *id);

/* Where recordings are archived when there is no object store; NULL when no such service is set.
 * (transfer none) */
TytoArchiveTarget *tyto_services_get_storage (TytoServices *self);

/* vms, stream_counter and storage (each a{sv}: see tyto_service_client_describe(); and cameras t of
 * the first; reserved t, missing t, releasing t, quota u of the second). Floating. */
GVariant *tyto_services_describe (TytoServices *self);

/* @release: places are given back, within 3 s; else they are kept for the next process. TRUE
 * always.
 */
void tyto_services_stop_async (TytoServices *self, gboolean release, GAsyncReadyCallback callback,
                               gpointer user_data);
gboolean tyto_services_stop_finish (TytoServices *self, GAsyncResult *result, GError **error);

G_END_DECLS
