/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-worker-registry.h: a worker's own GStreamer registry, without what it never uses. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* Forgets the plugins that neither record nor make thumbnails: about 1 MB in each worker, and
 * rtspsrc no longer loads protocol extensions (RealMedia, ASF) that no camera speaks. Only in this
 * process; the registry file stays. Call it after gst_init(). */
void tyto_worker_registry_trim (void);

/* Forgets all plugins but @names (NULL-terminated). */
void tyto_worker_registry_keep (const char *const *names);

G_END_DECLS
