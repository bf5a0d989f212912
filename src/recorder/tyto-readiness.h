/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-readiness.h: tells the service manager how we are: sd_notify(3)'s protocol, a datagram to
 * $NOTIFY_SOCKET; nothing without one. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* @state: lines such as `READY=1`, `STOPPING=1`, `STATUS=…`. Failures are not worth more than a
 * line in the log. */
void tyto_readiness_tell (const char *state);

G_END_DECLS
