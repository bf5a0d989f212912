/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-metrics-cameras.h: the metrics that have a sample for each camera. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Appends all of their families. @cameras: tyto_recorder_list_cameras(). */
void tyto_http_metrics_cameras_write (GString *out, GVariant *cameras);

G_END_DECLS
