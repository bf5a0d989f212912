/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-metrics-alerts.h: the part of /metrics that tells of alerts and of the watch over the
 * workers. */
#pragma once

#include "recorder/tyto-recorder.h"

G_BEGIN_DECLS

/* @alerts: aa{sv} (tyto_recorder_list_alerts()), those that stand. */
void tyto_http_metrics_alerts_write (GString *out, GVariant *alerts);

/* @watch: (element-type TytoWatchFigures), tyto_recorder_list_watch(). */
void tyto_http_metrics_watch_write (GString *out, GArray *watch);

G_END_DECLS
