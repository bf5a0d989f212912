/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-log.h: logging over g_log_structured(). Installed once per process by main(); everything
 * else uses g_message(), g_warning() … or, where a camera is concerned, tyto_log_camera(), which
 * adds a CAMERA= field.
 *
 * Output: the journal when stderr is connected to it ($JOURNAL_STREAM), else stderr, a line each:
 * `02:08:00.123 I front-door: text`; or one JSON object a line (time, level, domain, camera,
 * message). The same text (domain, level, camera and message) more than 20 times in 10 s is cut
 * off, and how many were left out is said when the 10 s are over or the text next comes.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  TYTO_LOG_FORMAT_TEXT,
  TYTO_LOG_FORMAT_JSON,
} TytoLogFormat;

/* Installs the writer. @program: the name shown, static. Which levels are fatal (G_DEBUG,
 * g_log_set_always_fatal()) is read now. */
void tyto_log_install (const char *program);

/* @level: "error", "warning", "info" (g_message and above) or "debug"; FALSE and unchanged when it
 * is none of them. May be called at any time. */
gboolean tyto_log_set_level (const char *level);
/* @format: "text" or "json". */
gboolean tyto_log_set_format (const char *format);

/* Logs with a CAMERA= field; @camera may be NULL. */
void tyto_log_camera (const char *camera, GLogLevelFlags level, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

G_END_DECLS
