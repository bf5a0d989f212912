/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-capture-settings.h: what a worker is told of a camera: the dictionary of AddCamera
 * (data/org.tyto.Worker1.xml). */
#pragma once

#include "recorder/settings/tyto-settings.h"

G_BEGIN_DECLS

/* The directory of the thumbnails below the output directory. */
#define TYTO_THUMBNAILS_DIR "thumbnails"

/* The whole of it, the password resolved: never to be shown or logged. Two that
 * are equal record alike, so a change that leaves it equal needs no restart. NULL when a reference
 * in the camera's password leads nowhere. (transfer full), not floating */
GVariant *
tyto_capture_settings_new (TytoSettings *settings, const TytoCameraConfig *config, GError **error);

G_END_DECLS
