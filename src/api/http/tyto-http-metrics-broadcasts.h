/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-metrics-broadcasts.h: the metrics of broadcasts and of who collects them. */
#pragma once

#include "recorder/broadcasts/tyto-broadcasts.h"

G_BEGIN_DECLS

/* Appends the families: tyto_broadcasts (label status), tyto_broadcast_… and tyto_collector_…. */
void tyto_http_metrics_broadcasts_write (GString *out, TytoBroadcasts *broadcasts);

G_END_DECLS
