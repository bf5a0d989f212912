/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-log-limit.h: which messages are repeated too often to be written. Inside tyto-log only. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The same text is written at most TYTO_LOG_LIMIT_BURST times in TYTO_LOG_LIMIT_WINDOW_US. */
#define TYTO_LOG_LIMIT_BURST     20
#define TYTO_LOG_LIMIT_WINDOW_US (10 * G_USEC_PER_SEC)
/* Different texts remembered at once; when there are more, the oldest is given up early. */
#define TYTO_LOG_LIMIT_TEXTS 256

/**
 * TytoLogRepeat: a text whose time is over and of which some were left out.
 * @left_out: how many
 */
typedef struct {
  GLogLevelFlags level;
  char *domain;  /* nullable */
  char *camera;  /* nullable */
  char *message; /* shortened to 200 bytes */
  guint left_out;
} TytoLogRepeat;

void tyto_log_repeat_free (TytoLogRepeat *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoLogRepeat, tyto_log_repeat_free)

/* Not thread-safe: tyto-log holds its lock. Times are µs of any clock that never goes back. */
typedef struct _TytoLogLimit TytoLogLimit;

TytoLogLimit *tyto_log_limit_new (void);
void tyto_log_limit_free (TytoLogLimit *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoLogLimit, tyto_log_limit_free)

/* Counts one message; FALSE when it is to be left out. @domain and @camera may be NULL. Call
 * tyto_log_limit_take_over() before, so that the time of what is over begins anew. */
gboolean tyto_log_limit_admit (TytoLogLimit *self, gint64 now_us, GLogLevelFlags level,
                               const char *domain, const char *camera, const char *message);

/* Takes out a text that is over (of which some were left out), NULL when there is none: call until
 * then. (transfer full) */
TytoLogRepeat *tyto_log_limit_take_over (TytoLogLimit *self, gint64 now_us);

/* When the first text of which some were left out is over, in µs; -1 when there is none. */
gint64 tyto_log_limit_next_over (TytoLogLimit *self);

/* Texts remembered now: never more than TYTO_LOG_LIMIT_TEXTS. */
guint tyto_log_limit_size (TytoLogLimit *self);

G_END_DECLS
