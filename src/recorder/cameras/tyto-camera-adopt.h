/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-camera-adopt.h: a #TytoCamera takes up what went on without it while tytod was not
 * running. The dictionaries are those of data/org.tyto.Worker1.xml. */
#pragma once

#include "recorder/cameras/tyto-camera.h"

G_BEGIN_DECLS

/* Its worker has been recording it: @known is what Attach tells of it. The news after the serial
 * @acknowledged are still to come. */
void tyto_camera_adopt (TytoCamera *self, GVariant *known, guint64 acknowledged);

/* Makes the run that @dict tells of (RunStarted's, RunEnded's) the present one, unless it is; it
 * was told to an earlier life of the recorder. */
void tyto_camera_restore_run (TytoCamera *self, GVariant *dict);

/* Its segments end at @end_us (wall clock, µs; -1: there are none). */
void tyto_camera_set_last_segment (TytoCamera *self, gint64 end_us);
gint64 tyto_camera_get_last_segment (TytoCamera *self);

G_END_DECLS
