/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-library.h"
#include "sim-stream.h"

G_BEGIN_DECLS

/* A camera: a main stream, a sub-stream and the faults they share. */
typedef struct {
  guint id; /* from 1 */
  SimFaults faults;
  SimStream *streams[SIM_N_STREAMS];
} SimCamera;

/* @numbered: draw the camera's number into its pictures. @start: see sim_stream_new(). */
SimCamera *sim_camera_new (guint id, const SimCameraConfig *config, SimLibrary *library,
                           gboolean numbered, gint64 start, GError **error);
void sim_camera_free (SimCamera *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimCamera, sim_camera_free)

G_END_DECLS
