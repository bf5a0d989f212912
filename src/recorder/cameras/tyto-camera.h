/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-camera.h: one camera as the core knows it: what a person wants of it, what its worker tells
 * of it, and what came of it since tytod was started.
 *
 * It controls nothing; #TytoSupervisor does. What its worker tells goes in by the functions of
 * tyto-camera-events.h and comes out as state, counters, catalogue records and gaps.
 */
#pragma once

#include "recorder/cameras/tyto-camera-counters.h"
#include "recorder/ledger/tyto-ledger.h"
#include "recorder/settings/tyto-settings.h"
#include "store/tyto-run.h"
#include "store/tyto-wish.h"

G_BEGIN_DECLS

#define TYTO_TYPE_CAMERA (tyto_camera_get_type ())
G_DECLARE_FINAL_TYPE (TytoCamera, tyto_camera, TYTO, CAMERA, GObject)

typedef enum {
  TYTO_CAMERA_STATE_OFF, /* not to be recorded */
  TYTO_CAMERA_STATE_CONNECTING,
  TYTO_CAMERA_STATE_RECORDING,
  TYTO_CAMERA_STATE_RETRYING, /* waiting for the next try */
  TYTO_CAMERA_STATE_OFFLINE,  /* after the fifth failed try; still tried for ever */
  TYTO_CAMERA_STATE_PARKED,   /* its worker kept dying */
  TYTO_CAMERA_STATE_STOPPING,
} TytoCameraState;

/**
 * Signals: "changed": its state, error or settings; "wish" (TytoWish *wish: recording is wanted,
 * or no longer when its end_us is set), "run-started" (TytoRun *run), "run-ended" (TytoRun *run:
 * another record with the same id), "segment-begun" (TytoSegment *segment: an open one) and
 * "segment-opened" (GVariant *segment: the same as in
 * tyto-recorder.h), "segment-closed" (TytoSegment *segment), "thumbnail-taken" (GVariant
 * *thumbnail: path s, wall x, width u, height u, bytes t), "gap-opened" (TytoGap *gap),
 * "gap-closed" (TytoGap *gap), "gap-moved" (TytoGap *gap: an open one begins later).
 */

/* A camera that is off. @settings, @config: referenced. */
TytoCamera *tyto_camera_new (TytoSettings *settings, TytoCameraConfig *config);

const char *tyto_camera_get_id (TytoCamera *self);
TytoCameraConfig *tyto_camera_get_config (TytoCamera *self); /* (transfer none) */
void tyto_camera_set_config (TytoCamera *self, TytoCameraConfig *config);

TytoCameraState tyto_camera_get_state (TytoCamera *self);
const char *tyto_camera_get_error (TytoCamera *self); /* "" for none */
/* @error: what, why and what next; NULL for none. */
void tyto_camera_set_state (TytoCamera *self, TytoCameraState state, const char *error);

/* Whether its first connect since it was last asked to record is decided, either way. */
gboolean tyto_camera_is_settled (TytoCamera *self);

TytoLedger *tyto_camera_get_ledger (TytoCamera *self); /* (transfer none) */
/* The segment that is being written, up to the last frame that is known to have come: a copy
 * (transfer full), or NULL. */
TytoSegment *tyto_camera_get_open_segment (TytoCamera *self);
/* @ratio: how much of what was wanted in the last day is recorded, 0–1; -1: nothing was wanted. */
void tyto_camera_set_coverage (TytoCamera *self, double ratio);
double tyto_camera_get_coverage (TytoCamera *self);                    /* -1: not known */
const TytoCameraCounters *tyto_camera_get_counters (TytoCamera *self); /* (transfer none) */

/* As the API shows it, see tyto-recorder.h. */
void tyto_camera_describe (TytoCamera *self, TytoMembers *members);
/* The same as a{sv}, floating. */
GVariant *tyto_camera_to_variant (TytoCamera *self);

const char *tyto_camera_state_to_string (TytoCameraState state);
/* The state a worker names; OFF when it is none of the worker's. */
TytoCameraState tyto_camera_state_from_worker (const char *name);

G_END_DECLS
