/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-stream-requests.h: what the service that counts streams is asked and answers
 * (data/services/stream-counter.openapi.yaml). */
#pragma once

#include "recorder/services/tyto-service-exchange.h"

G_BEGIN_DECLS

/* The body of a reservation: @user: who asks; @source: whose the camera is, "" for nobody's.
 * Floating. */
GVariant *tyto_stream_requests_reserve (const char *camera, const char *user, const char *source);
/* The body of a heartbeat; @interval: s between two of them. Floating. */
GVariant *tyto_stream_requests_heartbeat (guint interval);
/* "/api/v1/stream/VERB/ID". (transfer full) */
char *tyto_stream_requests_path (const char *verb, const char *id);

/* The reservation that @answer, a success, gives @camera. UNAVAILABLE: it makes no sense. (transfer
 * full) */
char *
tyto_stream_requests_read (const TytoServiceAnswer *answer, const char *camera, GError **error);
/* Sets @error to what a refusal means: QUOTA (429), UNAVAILABLE. */
void
tyto_stream_requests_refusal (const TytoServiceAnswer *answer, const char *camera, GError **error);

G_END_DECLS
