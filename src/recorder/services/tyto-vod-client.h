/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-vod-client.h: hands finished broadcasts to a service that shows videos on demand
 * (data/services/vod.openapi.yaml), switched on by the setting vod-service-url. */
#pragma once

#include "recorder/services/tyto-service-client.h"
#include "store/tyto-broadcast.h"

G_BEGIN_DECLS

#define TYTO_TYPE_VOD_CLIENT (tyto_vod_client_get_type ())
G_DECLARE_FINAL_TYPE (TytoVodClient, tyto_vod_client, TYTO, VOD_CLIENT, GObject)

TytoVodClient *tyto_vod_client_new (TytoSettings *settings);

/* Whether it is on, works, and its "state-changed". (transfer none) */
TytoServiceClient *tyto_vod_client_get_client (TytoVodClient *self);

/* Has the service import @broadcast, which is completed; gives the id of its video, a UUID in lower
 * case. Asking again for the same broadcast does no harm: it has an Idempotency-Key. One try.
 *
 * INVALID_ARGUMENT: the service refuses it (4xx but those below), or takes it without saying an id:
 * asking again is of no use. UNAVAILABLE, TIMED_OUT, FORBIDDEN (401, 403: the token), QUOTA (429):
 * later. (transfer full) */
void tyto_vod_client_import_async (TytoVodClient *self, TytoBroadcast *broadcast,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
char *tyto_vod_client_import_finish (TytoVodClient *self, GAsyncResult *result, GError **error);

/* The two halves of it, for tests: what is sent, and the id in what is answered. */
GVariant *tyto_vod_client_describe_import (const TytoBroadcast *broadcast); /* a{sv}, floating */
char *tyto_vod_client_read_video (const TytoServiceAnswer *answer, GError **error);

G_END_DECLS
