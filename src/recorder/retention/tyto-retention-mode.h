/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-retention-mode.h: what a run of retention does with what is no longer kept. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TytoRetentionMode:
 * TYTO_RETENTION_PREVIEW: nothing is changed
 * TYTO_RETENTION_LIST: the same, and each segment and broadcast is told
 * TYTO_RETENTION_DELETE: what is found is deleted
 */
typedef enum {
  TYTO_RETENTION_PREVIEW,
  TYTO_RETENTION_LIST,
  TYTO_RETENTION_DELETE,
} TytoRetentionMode;

/* Segments, and broadcasts, that TYTO_RETENTION_LIST tells at most; all are counted. */
#define TYTO_RETENTION_LIST_MAX 10000

G_END_DECLS
