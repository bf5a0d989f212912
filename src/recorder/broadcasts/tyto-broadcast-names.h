/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-broadcast-names.h: what a broadcast's directory, file and object are called. */
#pragma once

#include "store/tyto-broadcast.h"

G_BEGIN_DECLS

/* Below the recordings; no recording of a camera is in it. */
#define TYTO_BROADCASTS_DIR ".broadcasts"

/* [A-Za-z0-9_-]{1,64}. INVALID_ARGUMENT. */
gboolean tyto_broadcast_check_key (const char *stream_key, GError **error);
/* A UUID in any case (RFC 9562, section 4), or "". INVALID_ARGUMENT naming @what. */
gboolean tyto_broadcast_check_uuid (const char *what, const char *text, GError **error);
/* http or https with a host and neither user nor password, at most 4096 bytes, or "".
 * INVALID_ARGUMENT. */
gboolean tyto_broadcast_check_url (const char *url, GError **error);

/* OUTPUT-DIR/.broadcasts/ID. (transfer full) */
char *tyto_broadcast_get_directory (const TytoBroadcast *broadcast, const char *output_dir);
/* KEY.mp4 in it. (transfer full) */
char *tyto_broadcast_get_movie (const TytoBroadcast *broadcast, const char *output_dir);

/* The key for its object: KEY.mp4, after which come KEY-YYYYMMDDTHHMMSSZ.mp4 (its start, UTC) and
 * KEY-ID.mp4. @after: one that is another's, NULL for the first. NULL after the last.
 * (transfer full) */
char *tyto_broadcast_next_object (const TytoBroadcast *broadcast, const char *after);

G_END_DECLS
