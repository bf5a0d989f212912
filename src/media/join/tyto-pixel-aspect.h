/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-pixel-aspect.h: the shape of pixels as video usability information says it (ISO/IEC
 * 14496-10, E.1.1 and table E-1; 23008-2 has the same). */
#pragma once

#include "media/join/tyto-bit-reader.h"

G_BEGIN_DECLS

/* Takes aspect_ratio_info_present_flag and what follows of it. 0:0 when nothing is said. */
void tyto_pixel_aspect_read (TytoBitReader *in, guint *n, guint *d);

G_END_DECLS
