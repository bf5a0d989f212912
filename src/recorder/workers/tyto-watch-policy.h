/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-watch-policy.h: when a worker, or the recording of one camera, is not well. Plain values;
 * times (monotonic, µs) and measurements are passed in, so that the rules can be tested without
 * waiting.
 */
#pragma once

#include "recorder/alerts/tyto-event-window.h"

G_BEGIN_DECLS

#define TYTO_WATCH_CPU_SPAN_S      60 /* CPU is judged over this long */
#define TYTO_WATCH_CPU_SAMPLES     32
#define TYTO_WATCH_MEMORY_SAMPLES  2  /* above the limit, in a row */
#define TYTO_WATCH_GRACE_S         30 /* beyond 2 segment lengths; and without a byte written */
#define TYTO_WATCH_RESTARTS_MAX    5  /* in the span; one more and it is left alone */
#define TYTO_WATCH_RESTARTS_SPAN_S 600
#define TYTO_WATCH_REST_S          1800 /* how long it is left alone */
#define TYTO_WATCH_SETTLE_S        120  /* a recording as young as this may not have written yet */

/**
 * TytoWorkerLimits:
 * @memory: bytes; 0: none
 * @cpu: of a core, 0.8 for 80 %, for all its cameras together; 0: none
 */
typedef struct {
  guint64 memory;
  double cpu;
} TytoWorkerLimits;

/* TytoWorkerPolicy: of one process; zeroed before use. */
typedef struct {
  gint64 at_us[TYTO_WATCH_CPU_SAMPLES]; /* the oldest first */
  gint64 cpu_us[TYTO_WATCH_CPU_SAMPLES];
  guint n;
  guint over_memory; /* samples in a row */
} TytoWorkerPolicy;

/**
 * TytoWorkerVerdict:
 * @cpu: of a core, over the last minute; -1 while it is younger
 * @high_cpu, @high_memory: above the limit
 * @restart: it is to be started anew, for its memory
 */
typedef struct {
  double cpu;
  gboolean high_cpu;
  gboolean high_memory;
  gboolean restart;
} TytoWorkerVerdict;

/* Takes a sample: @cpu_us: CPU time used since its start; @memory: bytes. */
TytoWorkerVerdict tyto_worker_policy_judge (TytoWorkerPolicy *self, gint64 now_us, gint64 cpu_us,
                                            guint64 memory, const TytoWorkerLimits *limits);

/* TytoCameraPolicy: of one camera's recording; tyto_camera_policy_init() before use. */
typedef struct {
  gint64 since_us;   /* recording since; -1: it is not */
  gint64 closed_us;  /* the last segment's close */
  gint64 before_us;  /* the one before it */
  gint64 written_us; /* when bytes were last seen to have been written */
  gint64 longest_us; /* between two such sights */
  gint64 size;
  TytoEventWindow restarts;
  gint64 rest_us; /* left alone until then; 0: no */
} TytoCameraPolicy;

/**
 * TytoCameraVerdict:
 * @low_rate: fewer than 2 segments were finished in the time of 3
 * @stuck: no segment was finished for 2 lengths, and nothing is written
 * @restart: it is stuck, and is to be started anew now
 * @unstable: it had to be too often, and is left alone
 */
typedef struct {
  gboolean low_rate;
  gboolean stuck;
  gboolean restart;
  gboolean unstable;
} TytoCameraVerdict;

void tyto_camera_policy_init (TytoCameraPolicy *self);

/* A segment was finished. */
void tyto_camera_policy_closed (TytoCameraPolicy *self, gint64 now_us);

/**
 * Takes a look at it.
 * @recording: whether it is recording
 * @size: of the open segment's file, bytes; -1 when there is none
 * @segment_seconds: length of its segments
 */
TytoCameraVerdict tyto_camera_policy_judge (TytoCameraPolicy *self, gint64 now_us,
                                            gboolean recording, gint64 size, guint segment_seconds);

/* Whether it should have been writing lately, and (@writing) whether it has: within @limit_us, or
 * twice as long as it has been seen to take between two writes. */
gboolean tyto_camera_policy_should_write (const TytoCameraPolicy *self, gint64 now_us,
                                          gint64 limit_us, gboolean *writing);

G_END_DECLS
