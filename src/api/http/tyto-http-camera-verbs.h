/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-http-camera-verbs.h: what a camera can be told: start, stop, snapshot; and how its pipeline
 * looks. */
#pragma once

#include "api/http/tyto-http-router.h"

G_BEGIN_DECLS

void tyto_http_camera_verbs_add_routes (TytoHttpRouter *router);

G_END_DECLS
