/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-event-text.h: an event of the service as a line for people. */
#pragma once

#include "tytoctl/ctl-terminal.h"

G_BEGIN_DECLS

/* Remembers what it must to say only what is new: each camera's state, and how wide their ids are.
 */
typedef struct _CtlEventText CtlEventText;

CtlEventText *ctl_event_text_new (gboolean segments_only, gboolean colour);
void ctl_event_text_free (CtlEventText *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlEventText, ctl_event_text_free)

/* The line, without its end, for an event of @type (a name of GET /api/v1/events) with @data
 * (a{sv}); NULL for one that is not worth a line. (transfer full) */
char *ctl_event_text_line (CtlEventText *self, const char *type, GVariant *data);

G_END_DECLS
