/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctl-words.h: the API's members in a person's words. */
#pragma once

#include "tytoctl/ctl-terminal.h"

G_BEGIN_DECLS

/* A camera's state: its translated name and the colour it deserves. Unknown ones as they are. */
const char *ctl_state_word (const char *state);
CtlColour ctl_state_colour (const char *state);

/* Why a gap is there, translated; unknown reasons as they are. */
const char *ctl_gap_reason_word (const char *reason);

/* Bytes for people, `6.0 MB`. (transfer full) */
char *ctl_size_text (guint64 bytes);

/* @seconds for people: `12.0 s`. (transfer full) */
char *ctl_seconds_text (double seconds);

/* A count, grouped the locale's way. (transfer full) */
char *ctl_count_text (guint64 count);

/* `h264 1920×1080, aac` of a camera (a{sv}); "–" when unknown. (transfer full) */
char *ctl_media_text (GVariant *camera);

G_END_DECLS
