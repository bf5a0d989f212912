/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-sse.h: reads a stream of Server-Sent Events (WHATWG HTML, section 9.2.6). */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _CtlSse CtlSse;

/* Called for each event that has data. @type: "message" when the stream names none. @id: the last
 * event id seen, "" for none. All valid during the call only. */
typedef void (*CtlSseFunc) (const char *type, const char *data, const char *id, gpointer user_data);

CtlSse *ctl_sse_new (CtlSseFunc func, gpointer user_data);
void ctl_sse_free (CtlSse *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CtlSse, ctl_sse_free)

/* Takes the next @length bytes of the stream, cut anywhere. FALSE when an event grows beyond 1 MiB:
 * then this is no event stream. */
gboolean ctl_sse_push (CtlSse *self, const char *bytes, gsize length);

G_END_DECLS
