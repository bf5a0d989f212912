/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-capture-accounts.h: what a run has received, recorded and lost, in the dictionaries (a{sv},
 * transfer full, not floating) of org.tyto.Worker1.
 */
#pragma once

#include "worker/tyto-capture-loss.h"
#include "worker/tyto-capture-stats.h"

G_BEGIN_DECLS

/* TytoCaptureAccounts: a plain value, between init and clear.
 * @run: its id
 * @start: (nullable): RunStarted's dictionary, once it has begun
 * @recorded_ns: in closed segments */
typedef struct {
  char *run;
  GVariant *start;
  guint64 recorded_ns;
  gint64 wall_end;     /* end of the last recorded frame, µs */
  guint64 lost_before; /* packets lost that are in a closed segment, or came before the first */
  TytoCaptureStats stats;
  TytoCaptureLoss loss;
} TytoCaptureAccounts;

void tyto_capture_accounts_init (TytoCaptureAccounts *self, const char *run);
void tyto_capture_accounts_clear (TytoCaptureAccounts *self);

/* The first frame came, or the first segment: sets @start. @streams: (nullable): camerasrc-streams.
 * @source: (nullable), here and below: camerasrc's stats. */
void tyto_capture_accounts_begin (TytoCaptureAccounts *self, gint64 wall_start,
                                  const GstStructure *streams, const GstStructure *source,
                                  int width, int height);

/* A message of segmentsink, each field with the type it has. */
GVariant *tyto_capture_accounts_translate (const GstStructure *message);

/* SegmentClosed's. */
GVariant *
tyto_capture_accounts_close_segment (TytoCaptureAccounts *self, const GstStructure *message,
                                     const GstStructure *source);

/* RunEnded's: with what RunStarted told, for a client that did not hear that. @statistics: of the
 * run (floating or not). */
GVariant *tyto_capture_accounts_end (TytoCaptureAccounts *self, GVariant *statistics,
                                     const char *reason, const char *detail);

G_END_DECLS
