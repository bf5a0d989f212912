/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-stream-releases.h: gives reservations back to the service that counts streams: again and
 * again while it cannot be reached, over restarts too. */
#pragma once

#include "recorder/services/tyto-service-client.h"
#include "recorder/services/tyto-service-state.h"

G_BEGIN_DECLS

#define TYTO_TYPE_STREAM_RELEASES (tyto_stream_releases_get_type ())
G_DECLARE_FINAL_TYPE (TytoStreamReleases, tyto_stream_releases, TYTO, STREAM_RELEASES, GObject)

/* Signal "idle": no request is under way any more. */

TytoStreamReleases *tyto_stream_releases_new (TytoServiceClient *client, TytoServiceState *state);

/* Gives back reservation @id, which was @camera's. */
void tyto_stream_releases_add (TytoStreamReleases *self, const char *id, const char *camera);
/* Tries now for all that are left from before. */
void tyto_stream_releases_retry (TytoStreamReleases *self);
/* They were of another service. */
void tyto_stream_releases_forget (TytoStreamReleases *self);

guint tyto_stream_releases_get_length (TytoStreamReleases *self);
gboolean tyto_stream_releases_is_idle (TytoStreamReleases *self);

G_END_DECLS
