/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "camera-script.h"
#include "camera-viewer.h"

G_BEGIN_DECLS

/* Cameras by script (camera-script.h) that send G.711, whose packets are easily made. Its packets
 * come out as pictures of a Viewer, as it is the first media. */

#define SDP  "v=0\r\nm=audio 0 RTP/AVP 0\r\na=control:t\r\n"
#define SSRC 0x01020304

/* The handshake of all cameras here, up to PLAY. @public: their methods */
#define BEGIN(public)                                                                              \
  { .request = "OPTIONS ", .answer = "200 OK\nPublic: " public },                                  \
      { .request = "DESCRIBE ", .answer = "200 OK", .body = SDP },                                 \
  {                                                                                                \
    .request = "SETUP BASE/cam/t ",                                                                \
    .answer = "200 OK\nSession: 77;timeout=1\nTransport: RTP/AVP/TCP;interleaved=0-1"              \
  }
#define STEP(r, a)                                                                                 \
  {                                                                                                \
    .request = r, .answer = a                                                                      \
  }
#define STEP_WITH(r, a, bytes)                                                                     \
  {                                                                                                \
    .request = r, .answer = a, .before = (const gchar *) (bytes)->data,                            \
    .before_size = (bytes)->len                                                                    \
  }
/* The same as often as it comes: a sign of life */
#define STEPS(r, a)                                                                                \
  {                                                                                                \
    .request = r, .answer = a, .repeats = TRUE                                                     \
  }
#define PLAY     STEP ("PLAY BASE/cam ", "200 OK")
#define TEARDOWN STEP ("TEARDOWN BASE/cam ", "200 OK")
#define END                                                                                        \
  {                                                                                                \
    .request = NULL                                                                                \
  }

/* @n packets of 20 ms, with sequence numbers from @first on. */
void sounds_add (GByteArray *to, guint32 ssrc, guint16 first, guint n);
void sounds_add_text (GByteArray *to, const gchar *text);

/* Asks @camera for BASE/cam. */
Viewer *sounds_watch (CameraScript *camera, guint batch_ms);
void sounds_finish (CameraScript *camera, Viewer *viewer);

G_END_DECLS
