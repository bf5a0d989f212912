/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-retention-policy.h: how long the recordings of a camera are kept. Asks nobody.
 *
 * The days of a camera are its own, where it has some, else those of its plan, else those of its
 * owner's plan, else the service's. A plan that is not known is a mistake of somebody: nothing is
 * deleted by it. The limit in bytes is the camera's own, whatever its days.
 */
#pragma once

#include "recorder/cameras/tyto-camera-config.h"

G_BEGIN_DECLS

/**
 * TytoRetentionPlans: what the service says.
 * @plans: a{su}: days by plan; @owners: a{ss}: plan by owner; NULL for none
 * @days: of cameras without a plan or days of their own; 0 = for ever
 */
typedef struct {
  GVariant *plans;
  GVariant *owners;
  guint days;
} TytoRetentionPlans;

/**
 * TytoRetentionPromise: what was promised to a camera. Its strings are those of its config and
 * plans.
 * @days: 0 = for ever
 * @limit_bytes: the newest recordings that are kept; 0 = no limit
 * @plan: by which the days were found; "" for none
 * @unknown_plan: @plan is not known: nothing of the camera is deleted
 */
typedef struct {
  guint days;
  guint64 limit_bytes;
  const char *plan;
  gboolean unknown_plan;
} TytoRetentionPromise;

/* @config: NULL for a camera that is no longer configured: the service's days hold. */
TytoRetentionPromise
tyto_retention_policy_get (const TytoRetentionPlans *plans, const TytoCameraConfig *config);

/* Recordings that ended by then are no longer kept, µs since the Unix epoch; -1 when all are. A day
 * is 24 hours. */
gint64 tyto_retention_promise_get_cutoff (const TytoRetentionPromise *self, gint64 now_us);

G_END_DECLS
