/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mp4-samples.h: where the samples of an MP4 file are (ISO/IEC 14496-12), fragmented or not. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A sample of any track, whole in the file. */
typedef void (*Mp4SampleFunc) (const guint8 *data, gsize size, gpointer user_data);

/* Calls @func for each sample of each track. FALSE: @data is no MP4, or its boxes do not fit it;
 * what came before has been given. */
gboolean
mp4_samples_for_each (const guint8 *data, gsize size, Mp4SampleFunc func, gpointer user_data);

/* Whether all boxes of the file are whole and the last one is what ends it: mfra (fragmented), or
 * there is a moov with samples (not fragmented). */
gboolean mp4_samples_is_finished (const guint8 *data, gsize size);

G_END_DECLS
