/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-broadcast.h: what the commands of broadcasts share. */
#pragma once

#include "tytoctl/ctl-invocation.h"
#include "tytoctl/ctl-terminal.h"

G_BEGIN_DECLS

#define CTL_BROADCASTS "/api/v1/broadcasts"

/* The path of the broadcast that @word names: its id, or a stream key: then the newest of it. With
 * @suffix. (transfer full). NOT_FOUND, INVALID_ARGUMENT. */
char *ctl_broadcast_path (CtlClient *client, const char *word, const char *suffix, GError **error);

/* What becomes of @broadcast (a{sv}): `recording`, `processing: joining 42 %`. (transfer full) */
char *ctl_broadcast_state_text (GVariant *broadcast);
CtlColour ctl_broadcast_state_colour (GVariant *broadcast);
/* What stands in its way, or why it failed; "" for nothing. (transfer none) */
const char *ctl_broadcast_trouble (GVariant *broadcast);

/* Whether it is completed or failed, so that nothing more becomes of it by itself. */
gboolean ctl_broadcast_is_over (GVariant *broadcast);

/* Called with what it is now, whenever it changed. */
typedef void (*CtlBroadcastFunc) (GVariant *broadcast, gpointer user_data);

/* Looks at the broadcast at @path until it is over, and gives it then. (transfer full) */
GVariant *ctl_broadcast_follow (CtlClient *client, const char *path, CtlBroadcastFunc func,
                                gpointer user_data, GError **error);
/* The same with a line about it on standard error, when that is a terminal. */
GVariant *ctl_broadcast_wait (CtlClient *client, const char *path, GError **error);

G_END_DECLS
