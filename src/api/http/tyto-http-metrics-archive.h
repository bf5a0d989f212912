/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-metrics-archive.h: the metrics of uploads, under the names that the services before
 * Tyto used, and of their queue. */
#pragma once

#include "recorder/archive/tyto-archive.h"
#include "recorder/cameras/tyto-camera.h"

G_BEGIN_DECLS

/* Appends the families: recording_uploads_total (label status), recording_upload_duration_seconds
 * (histogram), by camera_id camera_segments_uploaded_total, camera_upload_failures_total and
 * camera_segment_upload_duration_seconds (summary), and tyto_upload_…, tyto_archive_….
 * @cameras: those configured (element-type TytoCamera), tyto_recorder_get_cameras() */
void tyto_http_metrics_archive_write (GString *out, TytoArchive *archive, GPtrArray *cameras);

G_END_DECLS
