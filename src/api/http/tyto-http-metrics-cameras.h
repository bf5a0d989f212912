/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-metrics-cameras.h: the metrics that have a sample for each camera. */
#pragma once

#include "recorder/cameras/tyto-camera.h"

G_BEGIN_DECLS

/* Appends all of their families. @cameras: (element-type TytoCamera), tyto_recorder_get_cameras().
 */
void tyto_http_metrics_cameras_write (GString *out, GPtrArray *cameras);

G_END_DECLS
