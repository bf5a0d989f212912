/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-vms-client.h: asks the service that knows the cameras for one of them
 * (data/services/vms.openapi.yaml). */
#pragma once

#include "recorder/services/tyto-service-client.h"

G_BEGIN_DECLS

#define TYTO_TYPE_VMS_CLIENT (tyto_vms_client_get_type ())
G_DECLARE_FINAL_TYPE (TytoVmsClient, tyto_vms_client, TYTO, VMS_CLIENT, GObject)

TytoVmsClient *tyto_vms_client_new (TytoServiceClient *client);

/* Details and RTSP URL of camera @id. @known: (nullable): as it is configured; the answer is a copy
 * of it with the service's name, URL, credentials and transport, and with its source as owner where
 * there is none. NOT_FOUND: it does not know the camera; UNAVAILABLE, TIMED_OUT, FORBIDDEN: it
 * cannot be asked, or what it says makes no sense. (transfer full) */
void tyto_vms_client_get_camera_async (TytoVmsClient *self, const char *id, TytoCameraConfig *known,
                                       GCancellable *cancellable, GAsyncReadyCallback callback,
                                       gpointer user_data);
TytoCameraConfig *
tyto_vms_client_get_camera_finish (TytoVmsClient *self, GAsyncResult *result, GError **error);

G_END_DECLS
