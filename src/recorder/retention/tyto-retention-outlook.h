/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * tyto-retention-outlook.h: what was promised to each camera, what is kept of it, and whether the
 * disks will hold what was promised.
 *
 * What the archive has is kept whatever the disks hold: with an archive set, the promise is its.
 */
#pragma once

#include "recorder/retention/tyto-retention-forecast.h"
#include "recorder/retention/tyto-retention-policy.h"
#include "recorder/settings/tyto-settings.h"
#include "store/tyto-catalogue-retention.h"

G_BEGIN_DECLS

/**
 * TytoOutlookCamera: one camera.
 * @config: NULL when it is no longer configured
 * @kept: what the catalogue has of it, or NULL
 * @day_bytes: what comes a day, 0 when it is not known
 * @expected_days: how long recordings will be kept, as things go now; INFINITY = for ever
 * @ok: as long as was promised
 */
typedef struct {
  char *id;
  TytoCameraConfig *config;
  TytoRetentionPromise promise; /* its plan: an interned string */
  TytoKeptTotals *kept;
  guint64 day_bytes;
  double expected_days;
  gboolean ok;
} TytoOutlookCamera;

/* TytoOutlookDisk: @tier: "fast", "slow"; @recordings: bytes of them; @day_bytes: what comes a day
 */
typedef struct {
  const char *tier;
  char *directory;
  guint64 recordings;
  guint64 day_bytes;
  TytoForecastDisk forecast;
} TytoOutlookDisk;

typedef struct {
  GPtrArray *cameras; /* (element-type TytoOutlookCamera), by id */
  TytoOutlookDisk disks[2];
  guint n_disks; /* 0: they could not be asked */
  gboolean archive;
} TytoRetentionOutlook;

/* What @settings say of plans. The promise's plan is interned. @config: NULL: not configured */
TytoRetentionPromise
tyto_retention_outlook_get_promise (TytoSettings *settings, const TytoCameraConfig *config);

void tyto_retention_outlook_async (TytoSettings *settings, TytoCatalogue *catalogue,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
TytoRetentionOutlook *tyto_retention_outlook_finish (GAsyncResult *result, GError **error);
void tyto_retention_outlook_free (TytoRetentionOutlook *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TytoRetentionOutlook, tyto_retention_outlook_free)

/* Fills in what the forecast says, of cameras with promise, kept and day_bytes and disks with
 * directory, recordings and the forecast's room and free bytes; times in µs since the Unix epoch.
 * @slow_after_us: from fast to slow, when there is a second disk; @local_us: on disks at all, with
 * an archive. */
void tyto_retention_outlook_judge (TytoRetentionOutlook *self, gint64 now_us, gint64 slow_after_us,
                                   gint64 local_us);

/* The camera whose promise is broken worst; NULL when none is. (transfer none) */
const TytoOutlookCamera *tyto_retention_outlook_get_worst (const TytoRetentionOutlook *self);

/* As the API shows them (aa{sv}, floating). A camera: camera s, configured b, owner s, plan s,
 * plan_known b, days t (0: for ever), limit_bytes t (0: none), kept_bytes t, fast_bytes t,
 * slow_bytes t, archive_bytes t, day_bytes t (0: not known yet), oldest s and expired s (absent:
 * nothing), expected_days d (absent: for ever), ok b. A disk: tier s, directory s, recordings t,
 * free t (above the floor), day_bytes t, holds_days d (absent: all that is promised), full_in_days
 * d (absent: it does not fill up). */
GVariant *tyto_retention_outlook_cameras_to_variant (const TytoRetentionOutlook *self);
GVariant *tyto_retention_outlook_disks_to_variant (const TytoRetentionOutlook *self);

G_END_DECLS
