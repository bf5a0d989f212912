/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-storage-target.h: a service that takes finished recordings, as the target of the archive
 * (data/services/storage.openapi.yaml). */
#pragma once

#include "recorder/archive/tyto-archive-target.h"
#include "recorder/services/tyto-service-client.h"

G_BEGIN_DECLS

#define TYTO_TYPE_STORAGE_TARGET (tyto_storage_target_get_type ())
G_DECLARE_FINAL_TYPE (TytoStorageTarget, tyto_storage_target, TYTO, STORAGE_TARGET, GObject)

/* What is sent is streamed from its file; an upload that is broken off begins anew. It is done when
 * the service has answered with the size and SHA-256 of what it stored, and they are the file's. */
TytoStorageTarget *tyto_storage_target_new (TytoSettings *settings, TytoServiceClient *client);

G_END_DECLS
