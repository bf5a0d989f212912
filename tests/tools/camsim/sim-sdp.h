/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sim-audio.h"
#include "sim-media.h"

G_BEGIN_DECLS

/* Describes a stream (RFC 4566; control URLs of RFC 2326 C.1.1, relative to Content-Base):
 * trackID=1 is video, trackID=2 audio. @address is the server's. Returns: (transfer full) */
char *sim_sdp_new (guint camera, SimStreamKind kind, SimMedia *media, SimAudio *audio,
                   const char *address);

G_END_DECLS
