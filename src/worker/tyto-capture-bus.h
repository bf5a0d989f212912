/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-capture-bus.h: brings what a pipeline's elements post to the main context.
 *
 * A GstBus that is watched has two file descriptors, which the main loop polls each time it wakes,
 * for each camera; and most of what is posted (changes of state, of streams) concerns nobody. This
 * one has none, and passes on errors, warnings, EOS and element messages alone.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _TytoCaptureBus TytoCaptureBus;

typedef void (*TytoCaptureBusFunc) (GstMessage *message, gpointer user_data);

/* Replaces @pipeline's bus. @func is called in the thread-default main context of now, with @owner,
 * a GObject, which is kept alive meanwhile. */
TytoCaptureBus *
tyto_capture_bus_new (GstElement *pipeline, TytoCaptureBusFunc func, gpointer owner);

/* Calls the function for what has been posted and not yet been told. In the main context. */
void tyto_capture_bus_flush (TytoCaptureBus *self);

/* Nothing is told any more. In the main context. */
void tyto_capture_bus_free (TytoCaptureBus *self);

G_END_DECLS
