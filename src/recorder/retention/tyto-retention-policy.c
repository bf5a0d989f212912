/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "recorder/retention/tyto-retention-policy.h"

#define DAY_US (24 * 3600 * (gint64) G_USEC_PER_SEC)

/* (transfer none): lives in @plans or @config. */
static const char *
find_plan (const TytoRetentionPlans *plans, const TytoCameraConfig *config)
{
  const char *plan = "";

  if (*config->plan != '\0')
    return config->plan;
  if (*config->owner != '\0' && plans->owners != NULL)
    g_variant_lookup (plans->owners, config->owner, "&s", &plan);
  return plan;
}

TytoRetentionPromise
tyto_retention_policy_get (const TytoRetentionPlans *plans, const TytoCameraConfig *config)
{
  TytoRetentionPromise promise = { .days = plans->days, .plan = "" };
  guint32 days = 0;

  if (config == NULL)
    return promise;
  promise.limit_bytes = (guint64) config->retention_mib << 20;
  if (config->retention_days >= 0) {
    promise.days = (guint) config->retention_days;
    return promise;
  }
  promise.plan = find_plan (plans, config);
  if (*promise.plan == '\0')
    return promise;
  promise.unknown_plan
      = plans->plans == NULL || !g_variant_lookup (plans->plans, promise.plan, "u", &days);
  promise.days = days;
  return promise;
}

gint64
tyto_retention_promise_get_cutoff (const TytoRetentionPromise *self, gint64 now_us)
{
  gint64 cutoff_us = now_us - (gint64) self->days * DAY_US;

  return self->unknown_plan || self->days == 0 || cutoff_us < 0 ? -1 : cutoff_us;
}
