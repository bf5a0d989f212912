/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-worker-attachment.h: what a worker was doing when we attached to it: Attach's answer
 * (data/org.tyto.Worker1.xml). */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Its program's version is ours. */
gboolean tyto_worker_attachment_is_current (GVariant *attachment);

/* What it told of @camera: settings, state, run …; NULL when it has none of that name. (transfer
 * full) */
GVariant *tyto_worker_attachment_look_up (GVariant *attachment, const char *camera);

/* The cameras' ids. (transfer full) */
GStrv tyto_worker_attachment_list (GVariant *attachment);

/* Whether @camera is being recorded as @wanted (AddCamera's settings) has it. A worker of another
 * version may lack settings that we know and have some that we do not: those are left aside, that
 * an upgrade interrupts nothing. */
gboolean
tyto_worker_attachment_matches (GVariant *attachment, const char *camera, GVariant *wanted);

G_END_DECLS
