/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-strip.h: a stretch of time as a strip of characters, one for each equal part of it. */
#pragma once

#include "tytoctl/ctl-terminal.h"

G_BEGIN_DECLS

/**
 * @items: a ledger's (aa{sv}: state s, start s, end s; see /api/v1/cameras/{id}/ledger)
 * @width: characters
 * "█" all of what was wanted is recorded, "▒" a part of it, "░" none, "·" nothing was wanted (or it
 * has expired), "?" some of it is unaccounted for. (transfer full)
 */
char *
ctl_strip_render (GVariant *items, gint64 from_us, gint64 to_us, guint width, gboolean colour);

G_END_DECLS
