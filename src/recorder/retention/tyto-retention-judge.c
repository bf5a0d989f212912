/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The forecast of an outlook, and how it is shown. */
#include "recorder/retention/tyto-retention-outlook.h"

#include "base/tyto-members.h"

#include <math.h>

#define DAY_US (24 * 3600 * (double) G_USEC_PER_SEC)

/* Less than this part of the promise missing is within what can be told. */
#define MARGIN 0.97

/* Days on disks in all, INFINITY = for ever. */
static double
local_days (const TytoRetentionOutlook *self, const TytoOutlookCamera *camera, double archive_days)
{
  double days = camera->promise.days > 0 && !camera->promise.unknown_plan
                    ? (double) camera->promise.days
                    : INFINITY;

  return self->archive ? MIN (days, archive_days) : days;
}

static void
forecast_disk (TytoRetentionOutlook *self, guint disk, GArray *cameras)
{
  TytoOutlookDisk *about = &self->disks[disk];

  for (guint i = 0; i < cameras->len; i++) {
    const TytoForecastCamera *camera = &g_array_index (cameras, TytoForecastCamera, i);

    if (camera->stay_days > 0)
      about->day_bytes += camera->day_bytes;
  }
  tyto_retention_forecast (&about->forecast, (gpointer) cameras->data, cameras->len);
}

/* What of each camera is on one disk: from the age @from_days on. */
static GArray *
make_cameras (TytoRetentionOutlook *self, double from_days, double to_days, double archive_days,
              gint64 now_us)
{
  GArray *array = g_array_sized_new (FALSE, TRUE, sizeof (TytoForecastCamera), self->cameras->len);

  for (guint i = 0; i < self->cameras->len; i++) {
    const TytoOutlookCamera *camera = self->cameras->pdata[i];
    double local = local_days (self, camera, archive_days);
    double age = camera->kept != NULL && camera->kept->first_us >= 0
                     ? (double) (now_us - camera->kept->first_us) / DAY_US
                     : 0;
    const TytoForecastCamera row = {
      .day_bytes = camera->day_bytes,
      .stay_days = MAX (0, MIN (local, to_days) - from_days),
      .limit_bytes = self->archive || isfinite (to_days) ? 0 : camera->promise.limit_bytes,
      .held_days = MAX (0, MIN (age, to_days) - from_days),
    };

    g_array_append_val (array, row);
  }
  return array;
}

void
tyto_retention_outlook_judge (TytoRetentionOutlook *self, gint64 now_us, gint64 slow_after_us,
                              gint64 local_us)
{
  double border = self->n_disks == 2 ? (double) slow_after_us / DAY_US : INFINITY;
  double archive_days = (double) local_us / DAY_US;
  g_autoptr (GArray) fast = make_cameras (self, 0, border, archive_days, now_us);
  g_autoptr (GArray) slow = make_cameras (self, border, INFINITY, archive_days, now_us);

  if (self->n_disks > 0)
    forecast_disk (self, 0, fast);
  if (self->n_disks == 2)
    forecast_disk (self, 1, slow);
  for (guint i = 0; i < self->cameras->len; i++) {
    TytoOutlookCamera *camera = self->cameras->pdata[i];
    double promised = local_days (self, camera, INFINITY);
    double fits = INFINITY;

    if (self->n_disks > 0)
      fits = g_array_index (fast, TytoForecastCamera, i).fits_days;
    if (self->n_disks == 2)
      fits += g_array_index (slow, TytoForecastCamera, i).fits_days;
    camera->expected_days = self->archive || camera->day_bytes == 0 ? promised : fits;
    camera->ok = isinf (promised) || camera->expected_days >= MARGIN * promised;
  }
}

const TytoOutlookCamera *
tyto_retention_outlook_get_worst (const TytoRetentionOutlook *self)
{
  const TytoOutlookCamera *worst = NULL;
  double least = INFINITY;

  for (guint i = 0; i < self->cameras->len; i++) {
    const TytoOutlookCamera *camera = self->cameras->pdata[i];

    if (!camera->ok && camera->expected_days / camera->promise.days < least) {
      least = camera->expected_days / camera->promise.days;
      worst = camera;
    }
  }
  return worst;
}

/* --- As the API shows it --- */

static void
insert_days (GVariantDict *dict, const char *key, double days)
{
  if (isfinite (days))
    g_variant_dict_insert (dict, key, "d", days);
}

static GVariant *
camera_to_variant (const TytoOutlookCamera *self)
{
  static const TytoKeptTotals nothing = { .first_us = -1, .expired_us = -1 };
  const TytoKeptTotals *kept = self->kept != NULL ? self->kept : &nothing;
  GVariantBuilder dict = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  TytoMembers members = { .dict = &dict };

  tyto_members_string (&members, "camera", self->id);
  tyto_members_boolean (&members, "configured", self->config != NULL);
  tyto_members_string (&members, "owner", self->config != NULL ? self->config->owner : "");
  tyto_members_string (&members, "plan", self->promise.plan);
  tyto_members_boolean (&members, "plan_known", !self->promise.unknown_plan);
  tyto_members_uint (&members, "days", self->promise.days);
  tyto_members_uint (&members, "limit_bytes", self->promise.limit_bytes);
  tyto_members_uint (&members, "kept_bytes", kept->kept_bytes);
  tyto_members_uint (&members, "fast_bytes", kept->fast_bytes);
  tyto_members_uint (&members, "slow_bytes", kept->slow_bytes);
  tyto_members_uint (&members, "archive_bytes", kept->archive_bytes);
  tyto_members_uint (&members, "day_bytes", self->day_bytes);
  tyto_members_time (&members, "oldest", kept->first_us);
  tyto_members_time (&members, "expired", kept->expired_us);
  if (isfinite (self->expected_days))
    tyto_members_double (&members, "expected_days", self->expected_days);
  tyto_members_boolean (&members, "ok", self->ok && !self->promise.unknown_plan);
  return g_variant_builder_end (&dict);
}

GVariant *
tyto_retention_outlook_cameras_to_variant (const TytoRetentionOutlook *self)
{
  GVariantBuilder list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < self->cameras->len; i++)
    g_variant_builder_add_value (&list, camera_to_variant (self->cameras->pdata[i]));
  return g_variant_builder_end (&list);
}

static GVariant *
disk_to_variant (const TytoOutlookDisk *self)
{
  GVariantDict dict;

  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "tier", "s", self->tier);
  g_variant_dict_insert (&dict, "directory", "s", self->directory);
  g_variant_dict_insert (&dict, "recordings", "t", self->recordings);
  g_variant_dict_insert (&dict, "free", "t", self->forecast.free_bytes);
  g_variant_dict_insert (&dict, "day_bytes", "t", self->day_bytes);
  insert_days (&dict, "holds_days", self->forecast.holds_days);
  insert_days (&dict, "full_in_days", self->forecast.full_in_days);
  return g_variant_dict_end (&dict);
}

GVariant *
tyto_retention_outlook_disks_to_variant (const TytoRetentionOutlook *self)
{
  GVariantBuilder list = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa{sv}"));

  for (guint i = 0; i < self->n_disks; i++)
    g_variant_builder_add_value (&list, disk_to_variant (&self->disks[i]));
  return g_variant_builder_end (&list);
}
