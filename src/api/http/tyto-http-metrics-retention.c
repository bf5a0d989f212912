/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "api/http/tyto-http-metrics-retention.h"

#include "api/http/tyto-http-exposition.h"

#include <math.h>

static void
write_kept (GString *out, const TytoRetentionOutlook *outlook)
{
  tyto_http_exposition_family (out, "tyto_kept_bytes", "gauge",
                               "Recordings that are kept, by camera and by where they are.");
  for (guint i = 0; i < outlook->cameras->len; i++) {
    const TytoOutlookCamera *camera = outlook->cameras->pdata[i];

    if (camera->kept == NULL)
      continue;
    tyto_http_exposition_sample2 (out, "tyto_kept_bytes", "camera", camera->id, "tier", "fast",
                                  (double) camera->kept->fast_bytes);
    tyto_http_exposition_sample2 (out, "tyto_kept_bytes", "camera", camera->id, "tier", "slow",
                                  (double) camera->kept->slow_bytes);
    tyto_http_exposition_sample2 (out, "tyto_kept_bytes", "camera", camera->id, "tier", "archive",
                                  (double) camera->kept->archive_bytes);
  }
}

static void
write_disks (GString *out, const TytoRetentionOutlook *outlook)
{
  tyto_http_exposition_family (out, "tyto_disk_full_in_days", "gauge",
                               "Days until a disk is full as things go now; +Inf: it will not.");
  for (guint i = 0; i < outlook->n_disks; i++)
    tyto_http_exposition_sample (out, "tyto_disk_full_in_days", "tier", outlook->disks[i].tier,
                                 outlook->disks[i].forecast.full_in_days);
}

void
tyto_http_metrics_retention_write (GString *out, TytoRetention *retention)
{
  const TytoRetentionOutlook *outlook = tyto_retention_get_outlook (retention);

  tyto_http_exposition_family (out, "tyto_retention_deleted_segments_total", "counter",
                               "Segments deleted because they are no longer kept.");
  tyto_http_exposition_sample (out, "tyto_retention_deleted_segments_total", NULL, NULL,
                               (double) tyto_retention_get_deleted_segments (retention));
  tyto_http_exposition_family (out, "tyto_retention_deleted_bytes_total", "counter",
                               "Bytes of the segments deleted because they are no longer kept.");
  tyto_http_exposition_sample (out, "tyto_retention_deleted_bytes_total", NULL, NULL,
                               (double) tyto_retention_get_deleted_bytes (retention));
  tyto_http_exposition_family (out, "tyto_retention_deleted_broadcasts_total", "counter",
                               "Broadcasts deleted because they are no longer kept.");
  tyto_http_exposition_sample (out, "tyto_retention_deleted_broadcasts_total", NULL, NULL,
                               (double) tyto_retention_get_deleted_broadcasts (retention));
  if (outlook == NULL)
    return;
  write_kept (out, outlook);
  write_disks (out, outlook);
}
