/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-upload-schedule.h: when an upload that failed is tried again, and whether an object store
 * that fails is asked at all.
 *
 * An upload waits 5, 10, 20, 40, then always 80 s (± 10 %) after each failure, and is never given
 * up. The breaker is the endpoint's: it opens after 3 failures in a row that are the endpoint's own
 * fault, whichever uploads had them; then one upload at a time is a probe, after the same waits, so
 * that a store that is away costs one request however much waits. The first success closes it. Time
 * is passed in, so that the rules can be tested without waiting.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TYTO_UPLOAD_BREAKER_FAILURES 3

/* The wait in µs after failure number @tries (from 1). @chance: in [0, 1): spreads the waits. */
gint64 tyto_upload_schedule_delay (guint tries, double chance);

/**
 * TytoUploadBreaker: a plain value; all zero is a new one.
 * @failures: of the endpoint, in a row
 * @open_until_us: monotonic time before which nothing is asked; 0: closed
 * @probing: an upload is under way to see whether the endpoint is back
 */
typedef struct {
  guint failures;
  gint64 open_until_us;
  gboolean probing;
} TytoUploadBreaker;

/* Whether an upload may begin; when it is open and TRUE is given, that upload is the probe. */
gboolean tyto_upload_breaker_try (TytoUploadBreaker *self, gint64 now_us);

/* An upload succeeded, or failed by its own fault: the endpoint answers. Whether it was open. */
gboolean tyto_upload_breaker_succeeded (TytoUploadBreaker *self);
/* An upload failed by the endpoint's fault. Whether the breaker opened by it. */
gboolean tyto_upload_breaker_failed (TytoUploadBreaker *self, gint64 now_us, double chance);
/* An upload ended and says nothing of the endpoint (its worker died, it was called off). */
void tyto_upload_breaker_unknown (TytoUploadBreaker *self);
/* Somebody asked for another try: an open one lets its probe go now. */
void tyto_upload_breaker_hurry (TytoUploadBreaker *self, gint64 now_us);

gboolean tyto_upload_breaker_is_open (const TytoUploadBreaker *self);

G_END_DECLS
