/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-http-recording-plan.h: the three endpoints /api/recording/… of the subscription service that
 * Tyto takes the place of: camera_id in the body, a number or a string; exactly its fields. All
 * three answer the camera's status.
 */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_recording_plan_add_routes (TytoHttpRouter *router);

/* @bytes for people, in SI units: "45.2 GB", "318 B". (transfer full) */
char *tyto_http_recording_plan_format_size (guint64 bytes);

G_END_DECLS
