/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-capture-fault.h: what an error of the pipeline means for the recording. */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/**
 * The reason of the gap that begins with @error: camera-refused, camera-offline, camera-silent,
 * camera-ended, disk or internal (static).
 * @from_camera: it came from camerasrc, else from segmentsink or the pipeline
 * @was_silent: nothing had come for about as long as the camera may be silent
 */
const char *
tyto_capture_fault_reason (const GError *error, gboolean from_camera, gboolean was_silent);

G_END_DECLS
