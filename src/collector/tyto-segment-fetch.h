/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tyto-segment-fetch.h: one try to fetch one segment from a source into a file. */
#pragma once

#include "collector/tyto-segment-source.h"

G_BEGIN_DECLS

/* What a try that failed says of its segment. */
typedef enum {
  TYTO_FETCH_ABSENT, /* the source has it not, or not yet */
  TYTO_FETCH_LATE,   /* it did not come in time */
  TYTO_FETCH_AWAY,   /* the source is away, or the connection broke */
  TYTO_FETCH_LOCAL,  /* it cannot be kept: the disk */
  TYTO_FETCH_NEVER,  /* it cannot be had at all */
} TytoFetchFailure;

TytoFetchFailure tyto_fetch_judge (const GError *error);

/**
 * TytoFetched: @bytes of it; @etag, @made_us: "", -1 when not told.
 */
typedef struct {
  gint64 bytes;
  char *etag;
  gint64 made_us;
} TytoFetched;

void tyto_fetched_free (TytoFetched *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoFetched, tyto_fetched_free)

/* @floor: bytes that stay free on the disk. @timeout_s: a source that gives a byte now and then has
 * ten times as long. */
void tyto_segment_fetch_async (TytoSegmentSource *source, const TytoSourceEntry *entry,
                               const char *directory, const char *name, guint64 floor,
                               guint timeout_s, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data);
TytoFetched *tyto_segment_fetch_finish (GAsyncResult *result, GError **error);

G_END_DECLS
