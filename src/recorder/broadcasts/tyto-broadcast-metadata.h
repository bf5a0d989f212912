/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-broadcast-metadata.h: what is kept with a broadcast's object (x-amz-meta-…), so that the
 * catalogue can be made again from the bucket alone. */
#pragma once

#include "store/tyto-broadcast.h"

G_BEGIN_DECLS

#define TYTO_BROADCAST_METADATA_ID "tyto-broadcast"

/* (element-type utf8 utf8): names without the prefix. (transfer full) */
GHashTable *tyto_broadcast_metadata_make (const TytoBroadcast *broadcast);

/* The broadcast that @metadata (nullable) tells, completed; its object is still to be set. NULL:
 * none. (transfer full) */
TytoBroadcast *tyto_broadcast_metadata_read (GHashTable *metadata);

G_END_DECLS
