/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The test picture repeats after so many frames. A multiple of 16, so that predicted pictures can
 * be repeated behind one another: see sim-encoder.h. */
#define SIM_PICTURE_PERIOD 48

/* Draws an I420 picture: a still gradient, the camera's number, a bar and a square that move, and
 * a band of noise that gives the encoder something to spend its bits on. */
typedef struct _SimPicture SimPicture;

/* @number 0 draws none. @noise_rows is the height of the band in pixels. */
SimPicture *sim_picture_new (guint width, guint height, guint number, guint noise_rows);
void sim_picture_free (SimPicture *self);

/* Bytes of a picture: width * height * 3 / 2, without padding. */
gsize sim_picture_get_size (SimPicture *self);
void sim_picture_draw (SimPicture *self, guint index, guint8 *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SimPicture, sim_picture_free)

G_END_DECLS
