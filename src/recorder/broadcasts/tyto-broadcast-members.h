/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-broadcast-members.h: what of a broadcast's record is kept beside the catalogue, so that it
 * can be made again: in its directory (tyto-broadcast-memo.h) and with its object
 * (tyto-broadcast-metadata.h). */
#pragma once

#include "store/tyto-broadcast.h"

G_BEGIN_DECLS

typedef enum {
  TYTO_BROADCAST_TEXT,     /* char * */
  TYTO_BROADCAST_SIGNED,   /* gint64 */
  TYTO_BROADCAST_UNSIGNED, /* guint64 */
  TYTO_BROADCAST_COUNT,    /* guint */
} TytoBroadcastKind;

/**
 * TytoBroadcastMember:
 * @memo: its name in broadcast.json
 * @metadata: (nullable): its name with the object; NULL: it is not kept there
 * @offset: in TytoBroadcast
 * @counted: it changes until the broadcast was joined
 */
typedef struct {
  const char *memo;
  const char *metadata;
  TytoBroadcastKind kind;
  gsize offset;
  gboolean counted;
} TytoBroadcastMember;

/* All of them; ended by one without a name. */
extern const TytoBroadcastMember tyto_broadcast_members[];

/* Its value in @broadcast: s, x, t or u; "" for no text. Floating. */
GVariant *
tyto_broadcast_member_get (const TytoBroadcastMember *self, const TytoBroadcast *broadcast);

G_END_DECLS
